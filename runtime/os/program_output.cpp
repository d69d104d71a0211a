#include "runtime/os/program_output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "runtime/os/deadline.hpp"
#include "runtime/os/system_error.hpp"
#include "runtime/os/unique_fd.hpp"

namespace sluice::os {
namespace {

using clock = std::chrono::steady_clock;

/// In a process group of its own, so that it can be ended with all that it has started.
class spawning {
 public:
  explicit spawning(int output) {
    ::posix_spawn_file_actions_init(&files_);
    for (const auto stream : {STDIN_FILENO, STDERR_FILENO})
      ::posix_spawn_file_actions_addopen(&files_, stream, "/dev/null", O_RDWR, 0);
    ::posix_spawn_file_actions_adddup2(&files_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&files_, STDERR_FILENO + 1);
    ::posix_spawnattr_init(&attributes_);
    // This process blocks and ignores signals that others expect.
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~spawning() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&files_);
  }
  spawning(const spawning&) = delete;
  spawning& operator=(const spawning&) = delete;

  /// Returns 0 or an errno value.
  int run(const std::vector<std::string>& command, pid_t& child) {
    std::vector<char*> arguments;
    for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    return ::posix_spawn(&child, command.front().c_str(), &files_, &attributes_, arguments.data(),
                         environ);
  }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

/// A child, which is killed with all that it has started unless it has ended.
class child_process {
 public:
  // The header of glibc 2.36 declares pidfd_open for C alone.
  explicit child_process(pid_t pid)
      : pid_(pid), ended_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  ~child_process() {
    if (pid_ == 0) return;
    ::kill(-pid_, SIGKILL);
    static_cast<void>(wait());
  }
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  /// Readable once it has ended.
  [[nodiscard]] const unique_fd& ended() const { return ended_; }
  /// Waits for its end; returns its status.
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return status;
  }

 private:
  pid_t pid_;
  unique_fd ended_;
};

/// Waits until `fd` is readable or at its end. False when the time is over.
bool readable(int fd, clock::time_point deadline) {
  for (;;) {
    ::pollfd waiting{fd, POLLIN, 0};
    const auto ready = ::poll(&waiting, 1, static_cast<int>(left_until(deadline).count()));
    if (ready > 0) return true;
    if (ready == 0 && clock::now() >= deadline) return false;
    if (ready < 0 && errno != EINTR) return false;
  }
}

/// Reads to the end and keeps at most `most` bytes and one more. False when the time is over.
bool read_output(int fd, clock::time_point deadline, std::size_t most, std::string& out) {
  std::array<char, 4096> block{};
  for (;;) {
    if (!readable(fd, deadline)) return false;
    const auto got = ::read(fd, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    if (out.size() <= most) out.append(block.data(), static_cast<std::size_t>(got));
  }
}

std::string end_in_words(int status) {
  if (WIFSIGNALED(status)) return "it was ended by signal " + std::to_string(WTERMSIG(status));
  return "it ended with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

std::string why_not_run(const std::filesystem::path& program) {
  struct ::stat file {};
  if (::stat(program.c_str(), &file) != 0) return reason(errno);
  if (!S_ISREG(file.st_mode)) return "is not a regular file";
  if (::access(program.c_str(), X_OK) != 0) return "may not be executed";
  if (file.st_uid != 0 && file.st_uid != ::geteuid())
    return "belongs neither to root nor to the user of the node";
  if ((file.st_mode & (S_IWGRP | S_IWOTH)) != 0) return "may be written by others";
  struct ::stat folder {};
  if (::stat(program.parent_path().c_str(), &folder) != 0) return reason(errno);
  if ((folder.st_mode & S_IWOTH) != 0 && (folder.st_mode & S_ISVTX) == 0)
    return "is in a folder that may be written by others";
  return {};
}

program_line first_line_of(const std::vector<std::string>& command, std::chrono::milliseconds limit,
                           std::size_t most) {
  const auto deadline = clock::now() + limit;
  const auto too_late = "it has not ended within " + std::to_string(limit.count()) + " ms";
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {std::nullopt, reason(errno)};
  const unique_fd from(ends[0]);
  unique_fd to(ends[1]);
  pid_t pid = 0;
  if (const int cause = spawning(to.get()).run(command, pid); cause != 0)
    return {std::nullopt, reason(cause)};
  child_process child(pid);
  to.reset();
  if (!child.ended()) return {std::nullopt, reason(errno)};

  std::string output;
  // A program that has closed its output may go on all the same.
  if (!read_output(from.get(), deadline, most, output) || !readable(child.ended().get(), deadline))
    return {std::nullopt, too_late};
  if (const auto status = child.wait(); status != 0) return {std::nullopt, end_in_words(status)};
  auto line = output.substr(0, output.find('\n'));
  if (line.size() > most)
    return {std::nullopt, "its first line has more than " + std::to_string(most) + " bytes"};
  if (line.ends_with('\r')) line.pop_back();
  return {std::move(line), {}};
}

}  // namespace sluice::os
