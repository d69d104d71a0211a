#include "runtime/http/gzip.hpp"

#include <zlib.h>

#include "messages/error.hpp"

namespace sluice::http {

std::string gzip(std::string_view bytes) {
  constexpr int gzip_format = 15 + 16;  // the largest window, with gzip's header: zlib.h
  constexpr int memory_level = 8;       // zlib's default
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_format, memory_level,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    throw failure(errc::internal, "compress request", {}, "zlib cannot be set up", {});
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  // zlib's interface is not const-correct; it does not write there.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const auto result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END)
    throw failure(errc::internal, "compress request", {}, "zlib did not finish", {});
  return out;
}

}  // namespace sluice::http
