#include "runtime/node/heartbeat.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <sstream>

#include "tests/support/actor_fixture.hpp"
#include "tests/support/notify_socket.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

/// What of a node actor the heartbeat asks: it answers only while it is told to.
struct doubled_node {
  bool answers = true;
  int asked = 0;

  caf::behavior behavior(caf::event_based_actor* self) {
    return {[this, self](hello_atom, const std::string&) -> caf::result<node_info> {
      ++asked;
      if (answers) return node_info{"double", "", 1};
      return self->make_response_promise<node_info>();  // which nobody keeps
    }};
  }
};

struct heartbeat_fixture {
  /// `watchdog` as $WATCHDOG_USEC has it; null: there is none.
  explicit heartbeat_fixture(const char* watchdog = "60000000") {
    ::setenv("NOTIFY_SOCKET", socket.address().c_str(), 1);
    if (watchdog != nullptr) ::setenv("WATCHDOG_USEC", watchdog, 1);
    manager.emplace(log::logger{{}, said});
    ::unsetenv("WATCHDOG_USEC");
    node = caf::actor_cast<node_actor>(actors.system.spawn(
        [this](caf::event_based_actor* self) { return double_.behavior(self); }));
    beats.emplace(actors.system, node, *manager, log::logger{{}, said});
    actors.run();
  }
  ~heartbeat_fixture() {
    beats.reset();
    caf::anon_send_exit(node, caf::exit_reason::user_shutdown);
    actors.run();
    ::unsetenv("NOTIFY_SOCKET");
  }
  heartbeat_fixture(const heartbeat_fixture&) = delete;
  heartbeat_fixture& operator=(const heartbeat_fixture&) = delete;

  /// What has been sent and not been looked at yet.
  std::vector<std::string> sent() {
    std::vector<std::string> all;
    while (auto one = socket.next(0ms)) all.push_back(std::move(*one));
    return all;
  }

  test::temp_dir dir;
  test::notify_socket socket{dir.path() / "notify"};
  std::ostringstream said;
  std::optional<node::service_manager> manager;
  doubled_node double_;
  test::actor_fixture actors;
  node_actor node;
  std::optional<node::heartbeat> beats;
};

using strings = std::vector<std::string>;

}  // namespace

TEST_CASE("the watchdog is fed twice in its time") {
  heartbeat_fixture f;
  CHECK(f.sent() == strings{"WATCHDOG=1"});
  f.actors.advance(29s);
  CHECK(f.sent().empty());
  f.actors.advance(1s);
  CHECK(f.sent() == strings{"WATCHDOG=1"});
  f.actors.advance(30s);
  CHECK(f.sent() == strings{"WATCHDOG=1"});
}

TEST_CASE("a node actor that does not answer feeds no watchdog, and is logged") {
  heartbeat_fixture f;
  f.sent();
  f.double_.answers = false;
  f.actors.advance(30s);
  f.actors.advance(15s);
  CHECK(f.sent().empty());
  CHECK(f.said.str().find("the node actor does not answer within 15000 ms") != std::string::npos);
  f.double_.answers = true;
  f.actors.advance(15s);
  CHECK(f.sent() == strings{"WATCHDOG=1"});
}

TEST_CASE("during a drain the service manager is asked for patience until it must be over") {
  heartbeat_fixture f(nullptr);
  CHECK(f.double_.asked == 0);  // no watchdog, nothing to ask for
  f.beats->draining(20s);
  f.actors.run();
  strings asked_for = f.sent();
  for (int seconds = 0; seconds < 300; seconds += 10) {
    f.actors.advance(10s);
    for (auto& one : f.sent()) asked_for.push_back(std::move(one));
  }
  // At 0, 10, … 70 s: 20 s of draining and 60 s of grace.
  CHECK(asked_for == strings(8, "EXTEND_TIMEOUT_USEC=30000000"));
}

TEST_CASE("a node actor that hangs in a drain is given no more time") {
  heartbeat_fixture f;
  f.sent();
  f.double_.answers = false;
  f.beats->draining(24h);
  f.actors.run();
  f.actors.advance(60s);
  CHECK(f.sent().empty());
  CHECK(f.double_.asked > 1);
}

TEST_CASE("a drain keeps the shorter rhythm of a watchdog, and one rhythm only") {
  heartbeat_fixture f("4000000");
  f.beats->draining(60s);
  f.actors.run();
  f.sent();
  f.actors.advance(2s);
  CHECK(f.sent() == strings{"WATCHDOG=1", "EXTEND_TIMEOUT_USEC=30000000"});
}

TEST_CASE("a watchdog of absurd length or shortness is served") {
  for (const char* microseconds : {"1", "9223372036854775807"}) {
    CAPTURE(microseconds);
    heartbeat_fixture f(microseconds);
    CHECK(f.sent() == strings{"WATCHDOG=1"});
    f.actors.advance(60s);
    CHECK_FALSE(f.sent().empty());
  }
}
