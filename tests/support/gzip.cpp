#include "tests/support/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>

namespace sluice::test {
namespace {

constexpr int gzip_window = MAX_WBITS + 16;  // zlib: 16 more asks for gzip's header and checksum

class deflater {
 public:
  deflater() {
    constexpr int memory_level = 8;
    if (::deflateInit2(&stream_, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_window, memory_level,
                       Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::runtime_error("deflateInit2 failed");
  }
  ~deflater() { ::deflateEnd(&stream_); }
  deflater(const deflater&) = delete;
  deflater& operator=(const deflater&) = delete;

  void put(std::string_view data, int flush) {
    // zlib counts in 32 bits, and takes even constant input as mutable.
    if (data.size() > std::numeric_limits<uInt>::max()) throw std::runtime_error("too long");
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream_.avail_in = static_cast<uInt>(data.size());
    std::array<char, 16384> buffer{};
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream_.avail_out = buffer.size();
      ::deflate(&stream_, flush);
      result_.append(buffer.data(), buffer.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

  [[nodiscard]] std::string finish() {
    put({}, Z_FINISH);
    return std::move(result_);
  }

 private:
  z_stream stream_{};
  std::string result_;
};

}  // namespace

std::string gzip(std::string_view data) {
  deflater out;
  out.put(data, Z_NO_FLUSH);
  return out.finish();
}

std::string gzip_bomb(std::size_t size) {
  deflater out;
  const std::string zeros(std::min<std::size_t>(size, 1 << 20), '\0');
  while (size > 0) {
    const auto n = std::min(size, zeros.size());
    out.put(std::string_view{zeros}.substr(0, n), Z_NO_FLUSH);
    size -= n;
  }
  return out.finish();
}

std::string gunzip(std::string_view data) {
  z_stream stream{};
  if (data.size() > std::numeric_limits<uInt>::max()) throw std::runtime_error("too long");
  if (::inflateInit2(&stream, gzip_window) != Z_OK) throw std::runtime_error("inflateInit2 failed");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  std::string result;
  std::array<char, 16384> buffer{};
  int code = Z_OK;
  do {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = buffer.size();
    code = ::inflate(&stream, Z_NO_FLUSH);
    result.append(buffer.data(), buffer.size() - stream.avail_out);
  } while (code == Z_OK);
  const bool whole = code == Z_STREAM_END && stream.avail_in == 0;
  ::inflateEnd(&stream);
  if (!whole) throw std::runtime_error("not a whole gzip member");
  return result;
}

}  // namespace sluice::test
