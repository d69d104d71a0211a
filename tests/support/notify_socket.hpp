// The service manager's end of sd_notify(3): a socket of the test that nodes report to.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::test {

/// Binds in the constructor; throws std::system_error if that fails. One thread.
class notify_socket {
 public:
  using milliseconds = std::chrono::milliseconds;

  /// A socket at `path`.
  explicit notify_socket(const std::filesystem::path& path);
  /// A socket of that name in the abstract namespace.
  static notify_socket abstract(const std::string& name) { return notify_socket('\0' + name); }
  ~notify_socket();
  notify_socket(const notify_socket&) = delete;
  notify_socket& operator=(const notify_socket&) = delete;

  /// The value of $NOTIFY_SOCKET for it.
  [[nodiscard]] const std::string& address() const { return address_; }

  /// The next notification as it was sent; nothing if none comes within `limit`.
  std::optional<std::string> next(milliseconds limit);
  /// The next notification that has `line` as one of its lines, or begins a line with it where it
  /// ends in "="; the ones before are dropped.
  std::optional<std::string> wait_for(std::string_view line, milliseconds limit);
  /// Drops what has arrived.
  void clear();

 private:
  explicit notify_socket(const std::string& name);

  std::string address_;
  int fd_ = -1;
};

}  // namespace sluice::test
