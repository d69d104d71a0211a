#include "actors/api/event_hub.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "tests/actors/api/exchange_double.hpp"
#include "tests/actors/api/front_double.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

connection_status status_of(const connection_name& connection, connection_state state) {
  connection_status s;
  s.connection = connection;
  s.state = state;
  return s;
}

struct hub_fixture {
  std::ostringstream lines;
  test::front_script front;
  test::actor_fixture node;
  event_hub_actor hub;
  std::set<std::string> signed_out;

  hub_fixture() {
    front.connections = {status_of("a", connection_state::idle),
                         status_of("b", connection_state::idle)};
    hub = node.system.spawn(
        actors::event_hub,
        actors::event_hub_args{.log = log::logger({}, lines),
                               .front = node.system.spawn(test::front_double, &front),
                               .is_welcome = [this](const api::caller& who) {
                                 return !signed_out.contains(who.name);
                               }});
  }
  ~hub_fixture() {
    front.end();
    leave();
  }
  void leave() {
    caf::anon_send_exit(hub, caf::exit_reason::user_shutdown);
    node.run();
  }

  std::shared_ptr<test::exchange_double> watch(const connection_name& connection = {},
                                               bool missed = false,
                                               const api::caller& by = {.name = "ada"}) {
    const auto client = test::exchange_double::of("GET", "/api/v1/events");
    caf::anon_send(
        hub, event_stream{client, std::make_shared<const api::caller>(by), connection, missed});
    node.run();
    return client;
  }
  void change(std::size_t which, connection_state state) {
    front.connections.at(which).state = state;
    node.advance(500ms);
  }
  [[nodiscard]] auto asked() const { return std::ranges::count(front.seen, "connections"); }
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Whether there is an event that says so of a connection.
bool tells(const test::exchange_double& client, const connection_name& connection,
           const std::string& state) {
  const auto all = client.streamed();
  const auto begin = all.rfind("\"connection\":\"" + connection + "\"");
  return begin != std::string::npos &&
         contains(all.substr(begin, all.find('\n', begin) - begin), "\"state\":\"" + state + "\"");
}

}  // namespace

TEST_CASE_FIXTURE(hub_fixture, "whoever watches is told what changes, and nothing else") {
  const auto client = watch();
  REQUIRE(client->stream_head);
  CHECK(client->streamed() == "retry: 3000\n\n");
  change(0, connection_state::running);
  CHECK(contains(client->streamed(), "event: connection\n"));
  CHECK(contains(client->streamed(), "id: 1\n\n"));
  CHECK(tells(*client, "a", "running"));
  CHECK_FALSE(tells(*client, "b", "idle"));
  const auto before = client->pieces.size();
  node.advance(500ms);
  CHECK(client->pieces.size() == before);
}

TEST_CASE_FIXTURE(hub_fixture, "nothing is asked while nobody watches") {
  node.advance(1h);
  CHECK(asked() == 0);
  const auto client = watch();
  node.advance(500ms);
  CHECK(asked() == 2);
  client->end(web::parting::lost);
  node.advance(500ms);
  const auto then = asked();
  node.advance(1h);
  CHECK(asked() == then);
  watch();
  CHECK(asked() == then + 1);
}

TEST_CASE_FIXTURE(hub_fixture, "however many watch, one question is asked for all of them") {
  for (int n = 0; n < 10; ++n) watch();
  const auto then = asked();
  node.advance(500ms);
  CHECK(asked() == then + 1);
}

TEST_CASE_FIXTURE(hub_fixture, "a stream begins once the present state is known") {
  front.silent = true;
  const auto client = watch();
  CHECK_FALSE(client->stream_head);
  front.silent = false;
  front.answer(front.connections);
  node.run();
  CHECK(client->stream_head);
}

TEST_CASE_FIXTURE(hub_fixture, "a stream about one connection has no events of others") {
  const auto client = watch("b");
  change(0, connection_state::running);
  CHECK_FALSE(tells(*client, "a", "running"));
  change(1, connection_state::running);
  CHECK(tells(*client, "b", "running"));
}

TEST_CASE_FIXTURE(hub_fixture, "what is new of the node itself is told to all who watch") {
  front.nodes.emplace_back().node = "alpha";
  front.nodes[0].link = link_state::self;
  const auto all = watch();
  const auto one = watch("b");
  node.advance(500ms);
  CHECK_FALSE(contains(all->streamed(), "event: node"));
  front.nodes[0].ending = true;
  node.advance(500ms);
  for (const auto& client : {all, one}) {
    CHECK(contains(client->streamed(), "event: node\ndata: {\"node\":\"alpha\""));
    CHECK(contains(client->streamed(), "\"ending\":true"));
  }
  front.refusals["nodes"] = {errc::timed_out, "list", {}, "no answer", {}};
  change(0, connection_state::running);
  change(0, connection_state::draining);
  CHECK(tells(*all, "a", "draining"));
  CHECK(contains(lines.str(), "no answer"));
}

TEST_CASE_FIXTURE(hub_fixture, "a client that may have missed events is told first to ask again") {
  CHECK(
      contains(watch({}, true)->streamed(), "retry: 3000\n\nevent: resync\ndata: null\nid: 1\n\n"));
  CHECK_FALSE(contains(watch()->streamed(), "resync"));
}

TEST_CASE_FIXTURE(hub_fixture, "a client that does not read is forgotten, and others are served") {
  const auto slow = watch();
  const auto quick = watch();
  slow->reads = false;
  change(0, connection_state::running);
  CHECK(tells(*quick, "a", "running"));
  slow->reads = true;
  change(0, connection_state::draining);
  CHECK_FALSE(tells(*slow, "a", "draining"));
}

TEST_CASE_FIXTURE(hub_fixture, "a silent stream gets a comment every 15 seconds") {
  const auto client = watch();
  node.advance(14s);
  CHECK_FALSE(contains(client->streamed(), ":\n\n"));
  node.advance(1s);
  CHECK(client->pieces.back() == ":\n\n");
  const auto before = client->pieces.size();
  for (int n = 0; n < 30; ++n) node.advance(500ms);
  CHECK(client->pieces.size() == before + 1);
}

TEST_CASE_FIXTURE(hub_fixture, "beyond 64 streams a client is refused until another one goes") {
  const auto first = watch();
  for (int n = 1; n < 64; ++n) watch();
  const auto refused = watch();
  CHECK(refused->status() == 429);
  CHECK_FALSE(refused->stream_head);
  first->end(web::parting::lost);
  node.run();
  CHECK(watch()->stream_head);
}

TEST_CASE_FIXTURE(hub_fixture,
                  "while the front does not answer streams stay, and what changed comes later") {
  const auto client = watch();
  front.refusals["connections"] = {errc::timed_out, "list", {}, "no answer", {}};
  change(0, connection_state::running);
  node.advance(5s);
  CHECK_FALSE(tells(*client, "a", "running"));
  CHECK(contains(lines.str(), "no answer"));
  front.refusals.clear();
  node.advance(500ms);
  CHECK(tells(*client, "a", "running"));
}

TEST_CASE_FIXTURE(hub_fixture,
                  "the end of the hub ends its streams and refuses who waits for one") {
  const auto open = watch();
  CHECK_FALSE(open->closed);
  leave();
  CHECK(open->closed);
}

TEST_CASE_FIXTURE(hub_fixture, "a client that waits for its stream when the hub ends is answered") {
  front.silent = true;
  const auto waiting = watch();
  leave();
  CHECK(waiting->answers.size() == 1);
}

TEST_CASE_FIXTURE(hub_fixture, "whoever signs out stops watching within a second") {
  const auto ada = watch();
  const auto grace = watch({}, false, {.name = "grace"});
  signed_out.insert("ada");
  node.advance(500ms);
  CHECK(ada->closed);
  CHECK_FALSE(grace->closed);
}

TEST_CASE_FIXTURE(hub_fixture, "of a run that ended between two looks the end is told, too") {
  const auto client = watch();
  auto& status = front.connections[0];
  status.run.emplace();
  status.run->run = "01JD0000000000000000000001";
  status.run->connection = "a";
  status.run->state = run_state::running;
  node.advance(500ms);
  front.run = *status.run;
  front.run.state = run_state::stopped;
  status.run->run = "01JD0000000000000000000002";
  node.advance(500ms);
  CHECK(std::ranges::count(front.seen, "await a") == 1);
  CHECK(contains(client->streamed(), "\"stopped\""));
}
