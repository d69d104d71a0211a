#include "runtime/cli/interrupt.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>

namespace sluice::cli {
namespace {

/// A signal handler may not allocate or lock, so the message is prepared. There are two buffers:
/// one is read while the other is written.
struct prepared {
  std::array<char, 1024> text{};
  std::size_t size = 0;
};
std::array<prepared, 2> places;
std::atomic<const prepared*> current{nullptr};

extern "C" void say_and_end(int signal) {
  if (const auto* message = current.load(); message != nullptr) {
    [[maybe_unused]] const auto written =
        ::write(STDERR_FILENO, message->text.data(), message->size);
  }
  // SA_RESETHAND has restored the default, so the parent process sees that a signal ended this one.
  ::raise(signal);
}

void on_signals(void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

interrupt_note::interrupt_note(const std::string& message) {
  say(message);
  on_signals(say_and_end, static_cast<int>(SA_RESETHAND));
}

interrupt_note::~interrupt_note() {
  on_signals(SIG_DFL, 0);
  current = nullptr;
}

void interrupt_note::say(const std::string& message) {
  auto& place = current.load() == &places[0] ? places[1] : places[0];
  // Begins with a line break, since the present line may hold a live line or `^C`.
  place.text[0] = '\n';
  const auto length = std::min(message.size(), place.text.size() - 2);
  std::copy_n(message.begin(), length, place.text.begin() + 1);
  place.text[length + 1] = '\n';
  place.size = length + 2;
  current = &place;
}

}  // namespace sluice::cli
