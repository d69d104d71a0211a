#include "tests/support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "runtime/os/unique_fd.hpp"

namespace sluice::test {
namespace {

using os::unique_fd;

[[noreturn]] void fail(const std::string& what, int code = errno) {
  throw std::system_error(code, std::generic_category(), what);
}

struct pipe_ends {
  os::unique_fd read;
  os::unique_fd write;
};
pipe_ends make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe");
  return {os::unique_fd{ends[0]}, os::unique_fd{ends[1]}};
}

/// Strings, and the null-terminated array of pointers to them, for exec.
class exec_strings {
 public:
  explicit exec_strings(std::vector<std::string> strings) : strings_(std::move(strings)) {
    for (auto& s : strings_) pointers_.push_back(s.data());
    pointers_.push_back(nullptr);
  }
  [[nodiscard]] char** get() { return pointers_.data(); }

 private:
  std::vector<std::string> strings_;
  std::vector<char*> pointers_;
};

std::vector<std::string> arguments_of(const program& what) {
  std::vector<std::string> result{what.program.string()};
  result.insert(result.end(), what.arguments.begin(), what.arguments.end());
  return result;
}

std::vector<std::string> environment_of(const program& what) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!what.environment.contains(text.substr(0, text.find('=')))) result.push_back(text);
  }
  for (const auto& [name, value] : what.environment)
    if (value) result.push_back(name + "=" + *value);
  return result;
}

/// The descriptors of a child's standard streams: its ends and this process's.
struct streams {
  os::unique_fd child_in, child_out, child_err;
  os::unique_fd in, out, err;
};

streams pipes() {
  auto in = make_pipe();
  auto out = make_pipe();
  auto err = make_pipe();
  return {std::move(in.read),  std::move(out.write), std::move(err.write),
          std::move(in.write), std::move(out.read),  std::move(err.read)};
}

streams terminal(unsigned short columns) {
  int ours = -1;
  int childs = -1;
  winsize size{};
  size.ws_row = 24;
  size.ws_col = columns;
  if (::openpty(&ours, &childs, nullptr, nullptr, &size) != 0) fail("openpty");
  os::unique_fd master{ours};
  os::unique_fd slave{childs};
  const auto copy = [](const os::unique_fd& d) {
    const int fd = ::fcntl(d.get(), F_DUPFD_CLOEXEC, 0);
    if (fd < 0) fail("dup");
    return os::unique_fd{fd};
  };
  ::fcntl(ours, F_SETFD, FD_CLOEXEC);
  ::fcntl(childs, F_SETFD, FD_CLOEXEC);
  streams result;
  result.child_in = copy(slave);
  result.child_out = copy(slave);
  result.child_err = std::move(slave);
  result.in = copy(master);
  result.out = std::move(master);
  return result;
}

/// Between fork and exec: other threads may have held any lock, so system calls only.
[[noreturn]] void become(const streams& s, const program& what, char** argv, char** envp,
                         int report_to) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (what.on_terminal) {
    ::setsid();
    ::ioctl(s.child_in.get(), TIOCSCTTY, 0);
  } else {
    ::setpgid(0, 0);
  }
  ::dup2(s.child_in.get(), STDIN_FILENO);
  ::dup2(s.child_out.get(), STDOUT_FILENO);
  ::dup2(s.child_err.get(), STDERR_FILENO);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  if (what.directory.empty() || ::chdir(what.directory.c_str()) == 0)
    ::execvpe(argv[0], argv, envp);
  const int code = errno;
  [[maybe_unused]] const auto written = ::write(report_to, &code, sizeof code);
  ::_exit(127);
}

}  // namespace

struct process::state {
  pid_t pid = -1;
  os::unique_fd handle;  ///< a pidfd: readable when the program has ended
  bool on_terminal = false;
  os::unique_fd in, out, err, quit;
  std::thread reader;

  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::string output, errors;
  bool streams_closed = false;

  void read_streams() {
    bool out_open = true;
    bool err_open = static_cast<bool>(err);
    while (out_open || err_open) {
      std::array<pollfd, 3> p{{{out_open ? out.get() : -1, POLLIN, 0},
                               {err_open ? err.get() : -1, POLLIN, 0},
                               {quit.get(), POLLIN, 0}}};
      if (::poll(p.data(), p.size(), -1) < 0) continue;
      if (p[0].revents != 0) out_open = take(out, output);
      if (p[1].revents != 0) err_open = take(err, errors);
      if (p[2].revents != 0) break;
    }
    const std::lock_guard lock(mutex);
    streams_closed = true;
    changed.notify_all();
  }

  /// False at the end of the stream.
  bool take(const os::unique_fd& from, std::string& to) {
    std::array<char, 16384> buffer{};
    const auto n = ::read(from.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) return true;
    if (n <= 0) return false;  // a terminal's end shows as EIO
    const std::lock_guard lock(mutex);
    to.append(buffer.data(), static_cast<std::size_t>(n));
    changed.notify_all();
    return true;
  }

  bool wait_for(const std::string& where, std::string_view text, milliseconds limit) const {
    std::unique_lock lock(mutex);
    const auto there = [&] { return where.find(text) != std::string::npos; };
    changed.wait_for(lock, limit, [&] { return there() || streams_closed; });
    return there();
  }

  /// How it ended, or nothing. Leaves the zombie, so that no other process can get its id.
  [[nodiscard]] std::optional<siginfo_t> ended(milliseconds limit) const {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    pollfd p{handle.get(), POLLIN, 0};
    int ready = 0;
    do {
      const auto left =
          std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
      ready = ::poll(&p, 1, static_cast<int>(std::max<milliseconds::rep>(left.count(), 0)));
    } while (ready < 0 && errno == EINTR);
    siginfo_t how{};
    if (ready <= 0 || ::waitid(P_PID, static_cast<id_t>(pid), &how, WEXITED | WNOWAIT) != 0)
      return std::nullopt;
    return how;
  }
};

process::process(const program& what) : state_(std::make_unique<state>()) {
  exec_strings argv{arguments_of(what)};
  exec_strings envp{environment_of(what)};
  auto s = what.on_terminal ? terminal(what.columns) : pipes();
  auto report = make_pipe();
  state_->on_terminal = what.on_terminal;
  state_->quit = os::unique_fd{::eventfd(0, EFD_CLOEXEC)};

  state_->pid = ::fork();
  if (state_->pid < 0) fail("fork");
  if (state_->pid == 0) become(s, what, argv.get(), envp.get(), report.write.get());

  report.write.reset();
  int code = 0;
  if (::read(report.read.get(), &code, sizeof code) == sizeof code) {
    ::waitpid(state_->pid, nullptr, 0);
    fail("start " + what.program.string(), code);
  }
  state_->handle = os::unique_fd{static_cast<int>(::syscall(SYS_pidfd_open, state_->pid, 0))};
  if (!state_->handle) fail("pidfd_open");
  state_->in = std::move(s.in);
  state_->out = std::move(s.out);
  state_->err = std::move(s.err);
  s = {};  // the child's ends, or its streams would never end
  state_->reader = std::thread{[p = state_.get()] { p->read_streams(); }};
  write(what.input);
  if (!what.keep_input_open && !what.on_terminal) close_input();
}

process::~process() {
  ::kill(-state_->pid, SIGKILL);
  ::kill(state_->pid, SIGKILL);  // in case it was killed before it made its group
  ::waitpid(state_->pid, nullptr, 0);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(state_->quit.get(), &one, sizeof one);
  state_->reader.join();
}

pid_t process::pid() const { return state_->pid; }

void process::signal(int number) {
  ::kill(state_->pid, number);
  if (number != SIGSTOP) return;
  // The threads of the program stop one after the other, and may answer meanwhile.
  siginfo_t stopped{};
  while (::waitid(P_PID, static_cast<id_t>(state_->pid), &stopped, WSTOPPED | WNOWAIT) != 0 &&
         errno == EINTR) {
  }
}

bool process::write(std::string_view text) {
  // Blocking SIGPIPE for this thread alone turns a program that does not read into an EPIPE.
  sigset_t pipe_signal, before;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  bool all = true;
  while (!text.empty()) {
    const auto n = ::write(state_->in.get(), text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      all = false;
      if (errno == EPIPE) {
        const timespec now{};
        ::sigtimedwait(&pipe_signal, nullptr, &now);
      }
      break;
    }
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return all;
}

void process::close_input() {
  if (state_->on_terminal)
    write("\x04");
  else
    state_->in.reset();
}

std::string process::output() const {
  const std::lock_guard lock(state_->mutex);
  return state_->output;
}

std::string process::errors() const {
  const std::lock_guard lock(state_->mutex);
  return state_->errors;
}

bool process::wait_for_output(std::string_view text, milliseconds limit) const {
  return state_->wait_for(state_->output, text, limit);
}

bool process::wait_for_errors(std::string_view text, milliseconds limit) const {
  return state_->wait_for(state_->errors, text, limit);
}

std::optional<outcome> process::wait(milliseconds limit) {
  const auto how = state_->ended(limit);
  if (!how) return std::nullopt;
  std::unique_lock lock(state_->mutex);
  // A child of the program may hold its streams open; the program's own output is there soon.
  state_->changed.wait_for(lock, std::chrono::seconds{2}, [&] { return state_->streams_closed; });
  outcome result;
  (how->si_code == CLD_EXITED ? result.exit_code : result.signal) = how->si_status;
  result.output = state_->output;
  result.errors = state_->errors;
  return result;
}

outcome run_program(const program& what, std::chrono::milliseconds limit) {
  process p{what};
  if (auto result = p.wait(limit)) return *std::move(result);
  const auto end_of = [](const std::string& printed) {
    constexpr std::size_t most = 4'000;
    return printed.size() <= most ? printed : "…" + printed.substr(printed.size() - most);
  };
  throw std::runtime_error(what.program.string() + " still runs after " +
                           std::to_string(limit.count()) + " ms; it printed:\n" +
                           end_of(p.output()) + end_of(p.errors()));
}

}  // namespace sluice::test
