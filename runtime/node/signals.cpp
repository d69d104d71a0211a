#include "runtime/node/signals.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <utility>

#include "messages/error.hpp"

namespace sluice::node {
namespace {

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  return set;
}

/// A second signal within this time is the first one again.
constexpr std::chrono::seconds same_signal_within{1};

[[noreturn]] void failed(const char* call) {
  throw failure(errc::internal, "watch signals", {},
                std::string(call) + ": " + std::strerror(errno));
}

}  // namespace

signals::signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  const auto set = watched_signals();
  if (pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0) failed("pthread_sigmask");
  wake_ = ::eventfd(0, EFD_CLOEXEC);
  if (wake_ < 0) failed("eventfd");
}

signals::~signals() {
  unwatch();
  ::close(wake_);
}

void signals::unwatch() {
  const std::uint64_t one = 1;
  if (thread_.joinable() && ::write(wake_, &one, sizeof one) == sizeof one) thread_.join();
}

void signals::watch(handlers what) {
  const auto set = watched_signals();
  const int fd = ::signalfd(-1, &set, SFD_CLOEXEC);
  if (fd < 0) failed("signalfd");
  thread_ = std::thread([fd, wake = wake_, what = std::move(what)] {
    unsigned count = 0;
    std::chrono::steady_clock::time_point first;
    for (;;) {
      std::array<pollfd, 2> ready{{{fd, POLLIN, 0}, {wake, POLLIN, 0}}};
      if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) break;
      if (ready[1].revents != 0) break;
      signalfd_siginfo info{};
      if (ready[0].revents == 0 || ::read(fd, &info, sizeof info) != sizeof info) continue;
      if (info.ssi_signo == SIGHUP) {
        what.reload();
        continue;
      }
      // Who ends a group of processes and each of them means it once.
      const auto now = std::chrono::steady_clock::now();
      if (count == 1 && now - first < same_signal_within) continue;
      if (count == 0) first = now;
      what.end(++count);
    }
    ::close(fd);
  });
}

}  // namespace sluice::node
