#include "runtime/diff/hash_log.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <type_traits>

#include "messages/error.hpp"
#include "runtime/os/files.hpp"
#include "runtime/os/system_error.hpp"

namespace sluice::diff {

namespace {

static_assert(std::is_trivially_copyable_v<hash128> && sizeof(hash128) == 16);

[[noreturn]] void fail(const char* operation, const std::filesystem::path& directory, int code) {
  throw failure(errc::ledger_failed, operation, directory.string(), os::reason(code),
                "the state directory must be writable and have 16 bytes free per new row");
}

}  // namespace

hash_log::hash_log(std::filesystem::path directory, std::size_t buffered)
    : directory_(std::move(directory)), buffered_(buffered) {
  buffer_.reserve(buffered_);
}

void hash_log::append(const hash128& hash) {
  if (buffer_.size() == buffered_) write_buffer();
  buffer_.push_back(hash);
}

void hash_log::drain(const std::function<void(const hash128&)>& visit) {
  drain_file(visit);
  for (const auto& hash : buffer_) visit(hash);
  buffer_.clear();
}

void hash_log::write_buffer() {
  if (!file_) file_ = os::open_unnamed(directory_);
  if (!file_) fail("create temporary file in", directory_, errno);
  const std::string_view bytes(reinterpret_cast<const char*>(buffer_.data()),
                               buffer_.size() * sizeof(hash128));
  if (const int code = os::write_all(file_.get(), bytes); code != 0)
    fail("write temporary file in", directory_, code);
  in_file_ += buffer_.size();
  buffer_.clear();
}

void hash_log::drain_file(const std::function<void(const hash128&)>& visit) {
  std::vector<hash128> block(std::min<std::uint64_t>(in_file_, 4096));
  for (std::uint64_t at = 0; at < in_file_;) {
    const auto hashes = std::min<std::uint64_t>(in_file_ - at, block.size());
    if (const int code = os::read_all_at(file_.get(), at * sizeof(hash128), block.data(),
                                         hashes * sizeof(hash128));
        code != 0)
      fail("read temporary file in", directory_, code);
    std::for_each_n(block.begin(), hashes, visit);
    at += hashes;
  }
  file_.reset();
  in_file_ = 0;
}

}  // namespace sluice::diff
