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
  wake_ = os::unique_fd(::eventfd(0, EFD_CLOEXEC));
  if (!wake_) failed("eventfd");
  arriving_ = os::unique_fd(::signalfd(-1, &set, SFD_CLOEXEC));
  if (!arriving_) failed("signalfd");
  thread_ = std::thread([this] { wait(); });
}

signals::~signals() {
  unwatch();
  const std::uint64_t one = 1;
  if (::write(wake_.get(), &one, sizeof one) == sizeof one) thread_.join();
}

void signals::watch(handlers what) {
  const std::lock_guard lock(mutex_);
  call_ = std::move(what);
  at_ = stage::watching;
}

void signals::unwatch() {
  const std::lock_guard lock(mutex_);  // waits until a running handler has returned
  at_ = stage::ending;
  call_ = {};
}

void signals::wait() {
  pthread_setname_np(pthread_self(), "signals");
  for (;;) {
    std::array<pollfd, 2> ready{{{arriving_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) break;
    if (ready[1].revents != 0) break;
    signalfd_siginfo info{};
    if (ready[0].revents != 0 && ::read(arriving_.get(), &info, sizeof info) == sizeof info)
      take(info.ssi_signo);
  }
}

void signals::take(unsigned signal) {
  const std::lock_guard lock(mutex_);
  if (at_ == stage::ending) return;
  if (at_ == stage::starting) {
    if (signal == SIGHUP) return;
    // The signal, blocked until now, ends the process as it would by default.
    std::signal(static_cast<int>(signal), SIG_DFL);
    const auto set = watched_signals();
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
    std::raise(static_cast<int>(signal));
  }
  if (signal == SIGHUP) return call_.reload();
  // A signal to the group and one to the process itself are one request to end.
  const auto now = std::chrono::steady_clock::now();
  if (count_ == 1 && now - first_ < same_signal_within) return;
  if (count_ == 0) first_ = now;
  call_.end(++count_);
}

}  // namespace sluice::node
