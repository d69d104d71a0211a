// CAF's test coordinator for doctest: no threads of its own, one message at a time, virtual time.
#pragma once

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "messages/protocol.hpp"

namespace sluice::test {

/// A reply, or the error that came in its place.
template <class T>
struct answer {
  std::optional<T> value;
  error failed;
  bool arrived = false;

  const T& get() const {
    if (!value) throw std::runtime_error("no value: " + failed.text());
    return *value;
  }
};

class actor_fixture {
 public:
  actor_fixture() = default;
  ~actor_fixture() { run(); }
  actor_fixture(const actor_fixture&) = delete;
  actor_fixture& operator=(const actor_fixture&) = delete;

  /// Handles messages until every mailbox is empty; time stands still.
  void run() { scheduler.run(); }
  /// Handles exactly one message. False if there was none.
  bool step() { return scheduler.try_run_once(); }
  /// Lets virtual time pass, then handles the messages that came of it.
  void advance(std::chrono::milliseconds time) {
    scheduler.advance_time(time);
    run();
  }

  /// Sends a request and handles messages until there are none; the answer may still be
  /// outstanding.
  template <class T, class Actor, class... Args>
  answer<T> ask(const Actor& whom, Args&&... args) {
    auto pending = send_request(whom, std::forward<Args>(args)...);
    run();
    return receive<T>(pending);
  }
  template <class Actor, class... Args>
  auto send_request(const Actor& whom, Args&&... args) {
    return self->request(whom, caf::infinite, std::forward<Args>(args)...);
  }
  /// The answer to an earlier request, if it has come.
  template <class T, class Handle>
  answer<T> receive(Handle& pending) {
    answer<T> result;
    if (!self->has_next_message()) return result;
    pending.receive(
        [&](T& value) {
          result.value = std::move(value);
          result.arrived = true;
        },
        [&](caf::error& e) {
          result.failed = to_error(e, "ask");
          result.arrived = true;
        });
    return result;
  }

 private:
  struct config : caf::actor_system_config {
    config() {
      configure_protocol(*this);
      set("scheduler.policy", caf::atom("testing"));
    }
  };
  config config_;

 public:
  caf::actor_system system{config_};
  caf::scoped_actor self{system};
  caf::scheduler::test_coordinator& scheduler{
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler())};
};

}  // namespace sluice::test
