// A list of hashes that is only ever appended to and read once, from the start.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "messages/hash128.hpp"
#include "runtime/os/unique_fd.hpp"

namespace sluice::diff {

/// Keeps hashes in a small buffer and then in an unlinked file: 16 bytes each, written one after
/// the other. The file does not survive the process. One thread only. I/O errors are `failure`
/// (ledger_failed), since the file is in the ledger's directory.
class hash_log {
 public:
  /// The file is created in `directory` when it is needed.
  explicit hash_log(std::filesystem::path directory, std::size_t buffered = 4096);

  void append(const hash128& hash);
  /// Calls `visit` for every hash in the order in which they came, then forgets them all.
  void drain(const std::function<void(const hash128&)>& visit);
  [[nodiscard]] std::uint64_t size() const { return in_file_ + buffer_.size(); }

 private:
  void write_buffer();
  void drain_file(const std::function<void(const hash128&)>& visit);

  std::filesystem::path directory_;
  std::size_t buffered_;
  std::vector<hash128> buffer_;
  os::unique_fd file_;
  std::uint64_t in_file_ = 0;  ///< hashes written
};

}  // namespace sluice::diff
