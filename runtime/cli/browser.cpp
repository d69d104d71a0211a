#include "runtime/cli/browser.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace sluice::cli {
namespace {

/// Of freedesktop.org, in every desktop that follows it.
constexpr auto opener = "xdg-open";

bool is_set(const char* variable) {
  const auto* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

/// In a session of its own and with none of this program's streams: it may live on as the browser.
class detached_spawn {
 public:
  detached_spawn() {
    ::posix_spawn_file_actions_init(&files_);
    for (const auto stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
      ::posix_spawn_file_actions_addopen(&files_, stream, "/dev/null", O_RDWR, 0);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID);
  }
  ~detached_spawn() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&files_);
  }
  detached_spawn(const detached_spawn&) = delete;
  detached_spawn& operator=(const detached_spawn&) = delete;

  bool run(std::string program, std::string argument) {
    const std::array<char*, 3> arguments{program.data(), argument.data(), nullptr};
    pid_t child = 0;
    return ::posix_spawnp(&child, program.c_str(), &files_, &attributes_, arguments.data(),
                          environ) == 0;
  }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

bool open_in_browser(const std::string& address) {
  // Without a desktop xdg-open looks for browsers of terminals, which would need this one.
  if (!is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY")) return false;
  return detached_spawn().run(opener, address);
}

}  // namespace sluice::cli
