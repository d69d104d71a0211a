// The directory that holds all durable state of a node: catalog, ledgers, lock.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "messages/error.hpp"
#include "messages/names.hpp"
#include "runtime/os/unique_fd.hpp"

namespace sluice::node {

/// Checks that a node can keep its state in `path`: it is a directory that this process may write,
/// or can be created, on a disk that is neither full nor read-only. Changes nothing and takes no
/// lock. Throws `failure` (ledger_failed).
void check_state_dir(const std::filesystem::path& path);

/// Where credentials are kept in the state directory `path`.
[[nodiscard]] inline std::filesystem::path credentials_in(const std::filesystem::path& path) {
  return path / "credentials";
}

/// Holds the directory for this process, as long as the object lives. The lock ends with the
/// process, also after kill -9.
class state_dir {
 public:
  /// The file that a name leads to, as device and inode; nothing without a file.
  using identity = std::optional<std::pair<std::uint64_t, std::uint64_t>>;

  /// Creates the directory (mode 0700) if it is missing, and locks both the directory and a file in
  /// it; completes a restore that was cut short. Throws `failure`: `state_locked` naming the
  /// process that holds it, `ledger_failed` if it cannot be created or written.
  explicit state_dir(std::filesystem::path path);
  state_dir(const state_dir&) = delete;
  state_dir& operator=(const state_dir&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path catalog_file() const { return path_ / "catalog.sqlite"; }
  /// Directory of one connection's ledger. Connection names are checked to be plain file names.
  [[nodiscard]] std::filesystem::path ledger_dir(const connection_name& connection) const {
    return path_ / "ledger" / connection.text();
  }
  /// What a connection's last complete pass saw of its source; see runtime/digest/index_file.hpp.
  [[nodiscard]] std::filesystem::path digest_file(const connection_name& connection) const {
    return path_ / "digest" / connection.text();
  }
  /// Refresh tokens; made when there is one.
  [[nodiscard]] std::filesystem::path credentials_dir() const { return credentials_in(path_); }
  /// What was used of the limits of accounts; made when there is something.
  [[nodiscard]] std::filesystem::path accounts_dir() const { return path_ / "accounts"; }
  /// For unlinked temporary files of runs; emptied when the node starts.
  [[nodiscard]] std::filesystem::path scratch_dir() const { return path_ / "scratch"; }

  /// From now on `look` also watches the catalog. Call before any other thread looks.
  void catalog_is_open();
  /// Whether the directory was removed or replaced under the running node: code `none` if not. Any
  /// thread.
  [[nodiscard]] error look() const;

 private:
  [[nodiscard]] std::filesystem::path lock_path() const { return path_ / "lock"; }
  void lock_directory();
  void lock_file();
  [[noreturn]] void throw_locked(const std::string& holder) const;

  std::filesystem::path path_;
  os::unique_fd directory_;
  os::unique_fd lock_;
  identity catalog_;
};

}  // namespace sluice::node
