// One region of a file, written front to back through a small buffer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/ledger/file.hpp"

namespace sluice::ledger {

class region_writer {
 public:
  static constexpr std::size_t buffer_bytes = 65536;

  /// Begins at `at` of `out`, which outlives this.
  region_writer(file& out, std::uint64_t at) : out_(&out), at_(at) {}

  void append(std::string_view bytes) {
    if (buffer_.size() + bytes.size() > buffer_bytes) flush();
    buffer_.append(bytes);
  }
  /// Writes what is buffered; call it at the end.
  void flush() {
    if (buffer_.empty()) return;
    out_->write(at_, buffer_);
    at_ += buffer_.size();
    buffer_.clear();
  }

 private:
  file* out_;
  std::uint64_t at_;
  std::string buffer_;
};

}  // namespace sluice::ledger
