#include "actors/alerts/alerts.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <sstream>

#include "actors/alerts/alert_poster.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/alert_fixture.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/sharing_config.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;
using outcome = alert_reply::outcome;

namespace {

alert_endpoints endpoints(const std::vector<config::notify_config>& all) {
  return {std::make_shared<const std::vector<config::notify_config>>(all)};
}

run_ended failed_run(const run_id& id) {
  return {test::ended_run(run_state::failed, {}, id), false};
}

/// What posters were asked to send, and how they answer: by address.
struct outside {
  struct attempt {
    std::string url;
    run_id run;
    std::string id;
    std::uint64_t dropped;
  };
  std::vector<attempt> attempts;
  std::map<std::string, alert_reply> answers;  ///< delivered, unless it says otherwise
  std::set<std::string> hanging;               ///< never answer
  int posters = 0;                             ///< alive
};

struct poster_double_state {
  outside* world = nullptr;
  std::vector<caf::typed_response_promise<alert_reply>> unanswered;
  ~poster_double_state() {
    if (world != nullptr) --world->posters;
  }
};

alert_poster_actor::behavior_type poster_double(
    alert_poster_actor::stateful_pointer<poster_double_state> self, outside* world) {
  self->state.world = world;
  ++world->posters;
  return {[self](const alert_attempt& a) -> caf::result<alert_reply> {
    auto& w = *self->state.world;
    const auto& url = a.what->to->url;
    w.attempts.push_back({url, a.what->run->run, a.what->id, a.dropped});
    if (w.hanging.contains(url)) {
      self->state.unanswered.push_back(self->make_response_promise<alert_reply>());
      return self->state.unanswered.back();
    }
    const auto found = w.answers.find(url);
    return found == w.answers.end() ? alert_reply{outcome::delivered, {}} : found->second;
  }};
}

const std::string good = "http://good.example/";
const std::string bad = "http://bad.example/";
const alert_reply down{outcome::failed, "refused"};

/// On virtual time, with posters that answer as told.
struct alerts_fixture : outside {
  std::ostringstream lines;
  test::actor_fixture node;
  alerts_actor alerts;
  int ids = 0;

  explicit alerts_fixture(const alerts::effort& worth = {}) {
    actors::alerts_args args{"a",
                             log::logger({}, lines),
                             schedule::system_now,
                             [this] { return "id" + std::to_string(++ids); },
                             [] { return 1.0; },
                             {},
                             worth};
    args.spawn_poster = [this](caf::actor_system& system, const std::stop_token&) {
      return system.spawn(poster_double, static_cast<outside*>(this));
    };
    alerts = node.system.spawn(actors::alerts, std::move(args));
    node.run();
  }
  ~alerts_fixture() { caf::anon_send_exit(alerts, caf::exit_reason::user_shutdown); }

  void ended(const run_ended& what, const alert_endpoints& whom) {
    caf::anon_send(alerts, ended_atom_v, what, whom);
    node.run();
  }
  void ended(const run_id& run, const std::string& url) {
    ended(failed_run(run_id(run)), endpoints({test::endpoint_at(url)}));
  }
  [[nodiscard]] std::vector<std::string> runs_tried(const std::string& url) const {
    std::vector<std::string> runs;
    for (const auto& a : attempts)
      if (a.url == url) runs.push_back(a.run);
    return runs;
  }
  [[nodiscard]] bool logged(const std::string& text) const {
    return lines.str().find(text) != std::string::npos;
  }
};

using runs = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(alerts_fixture, "each endpoint that wants to know of a run gets one request") {
  auto stops_only = test::endpoint_at("http://stops.example/");
  stops_only.on = {alert_event::stopped};
  ended(failed_run("1"), endpoints({test::endpoint_at(good), stops_only, test::endpoint_at(bad)}));
  CHECK(attempts.size() == 2);
  CHECK(runs_tried(good) == runs{"1"});
  CHECK(runs_tried(bad) == runs{"1"});
  ended({test::ended_run(run_state::succeeded), false}, endpoints({test::endpoint_at(good)}));
  ended(failed_run("2"), {});
  CHECK(attempts.size() == 2);
}

TEST_CASE_FIXTURE(
    alerts_fixture,
    "an alert is repeated with the same id until it gets through, those behind it wait") {
  answers[bad] = down;
  ended("1", bad);
  ended("2", bad);
  CHECK(runs_tried(bad) == runs{"1"});
  node.advance(999ms);
  CHECK(attempts.size() == 1);
  node.advance(1ms);
  CHECK(attempts.size() == 2);
  answers.clear();
  node.advance(2s);
  CHECK(runs_tried(bad) == runs{"1", "1", "1", "2"});
  CHECK(attempts[0].id == attempts[2].id);
  CHECK(attempts[3].id != attempts[2].id);
  node.advance(1h);
  CHECK(attempts.size() == 4);
}

TEST_CASE_FIXTURE(alerts_fixture, "an endpoint that hangs or is down keeps no other one waiting") {
  const std::string hung = "http://hung.example/";
  hanging = {hung};
  answers[bad] = down;
  for (const auto* const run : {"1", "2", "3"})
    ended(failed_run(run_id(run)),
          endpoints({test::endpoint_at(hung), test::endpoint_at(bad), test::endpoint_at(good)}));
  CHECK(runs_tried(good) == runs{"1", "2", "3"});
  CHECK(runs_tried(bad) == runs{"1"});
  CHECK(runs_tried(hung) == runs{"1"});
}

TEST_CASE_FIXTURE(alerts_fixture, "there is a poster only while something is being sent") {
  ended("1", good);
  CHECK(posters == 0);
  answers[bad] = down;
  ended("1", bad);
  CHECK(posters == 0);
  hanging = {good};
  ended("2", good);
  CHECK(posters == 1);
}

TEST_CASE_FIXTURE(alerts_fixture, "an outage of a day costs few attempts, and its end is told") {
  answers[bad] = down;
  ended("1", bad);
  for (int minute = 0; minute < 24 * 60; ++minute) {
    if (minute % 60 == 0) ended("later", bad);
    node.advance(1min);
  }
  CHECK(attempts.size() < 24 * 12 + 12);
  answers.clear();
  node.advance(5min);
  CHECK(runs_tried(bad).back() == "later");
  CHECK(logged("do not get through"));
  CHECK(logged("get through again after"));
}

TEST_CASE_FIXTURE(alerts_fixture, "a refused alert is not repeated and the next one is sent") {
  answers[bad] = {outcome::refused, "HTTP 401 Unauthorized"};
  ended("1", bad);
  answers.clear();
  ended("2", bad);
  node.advance(1h);
  CHECK(runs_tried(bad) == runs{"1", "2"});
  CHECK(attempts[1].dropped == 1);
  CHECK(logged("401"));
}

TEST_CASE("what waits is bounded for an endpoint and for all of them") {
  alerts_fixture f({.most_waiting = 10, .most_waiting_in_all = 15});
  f.answers[bad] = down;
  f.answers[good] = down;
  for (int i = 1; i <= 100; ++i) f.ended(run_id(std::to_string(i)), bad);
  for (int i = 1; i <= 100; ++i) f.ended(run_id(std::to_string(i)), good);
  f.answers.clear();
  f.attempts.clear();
  f.node.advance(1h);
  CHECK(f.attempts.size() == 15);
  CHECK(f.runs_tried(bad).back() == "100");
  CHECK(f.runs_tried(good).back() == "100");
  CHECK(f.logged("too many wait"));
}

TEST_CASE_FIXTURE(alerts_fixture, "connections that share an address share its queue") {
  answers[bad] = down;
  auto one = test::endpoint_at(bad, "secret of one");
  auto other = test::endpoint_at(bad, "secret of another");
  ended(failed_run("1"), endpoints({one}));
  ended(failed_run("2"), endpoints({other}));
  CHECK(runs_tried(bad) == runs{"1"});
}

TEST_CASE_FIXTURE(alerts_fixture,
                  "the node's end tries once more what waits and tells what is left") {
  answers[bad] = down;
  ended("1", bad);
  ended("2", bad);
  const std::string slow = "http://slow.example/";
  answers[slow] = down;
  ended("1", slow);
  ended("2", slow);
  attempts.clear();
  answers.erase(slow);
  CHECK(node.ask<std::uint64_t>(alerts, shutdown_atom_v).get() == 2);
  CHECK(runs_tried(slow) == runs{"1", "2"});
  CHECK(runs_tried(bad) == runs{"1"});
  CHECK(logged("2 alerts to 1 endpoints were not sent"));
}

TEST_CASE_FIXTURE(alerts_fixture, "an endpoint that hangs delays the node's end by two seconds") {
  hanging = {bad};
  ended("1", bad);
  ended("2", bad);
  auto answer = node.send_request(alerts, shutdown_atom_v);
  node.run();
  node.advance(1'999ms);
  CHECK_FALSE(node.receive<std::uint64_t>(answer).arrived);
  node.advance(1ms);
  CHECK(node.receive<std::uint64_t>(answer).get() == 2);
  CHECK(posters == 0);
}

TEST_CASE_FIXTURE(alerts_fixture, "with nothing to send the node's end waits for nothing") {
  ended("1", good);
  CHECK(node.ask<std::uint64_t>(alerts, shutdown_atom_v).get() == 0);
  CHECK(lines.str().empty());
}

TEST_CASE_FIXTURE(alerts_fixture, "no line of the log holds a secret of an address") {
  const std::string url = "http://me:canary@bad.example/hook?key=canary";
  answers[url] = down;
  ended("1", url);
  node.advance(10h);
  answers[url] = {outcome::refused, "HTTP 404"};
  node.advance(1h);
  CHECK(logged("http://***@bad.example/hook?key=***"));
  CHECK_FALSE(logged("canary"));
}

// -- with threads and a real server ---------------------------------------------------------------

namespace {

struct real_alerts {
  test::sharing_config settings;
  std::ostringstream lines;
  caf::actor_system system{settings};
  caf::scoped_actor self{system};
  alerts_actor alerts;

  explicit real_alerts(const alerts::effort& worth = {.retry_base = 1ms}) {
    auto args = actors::make_alerts_args(
        "a", log::logger({}, lines),
        [n = std::make_shared<std::atomic<int>>(0)] { return "id" + std::to_string(++*n); });
    args.worth = worth;
    alerts = system.spawn(actors::alerts, std::move(args));
  }
  ~real_alerts() { caf::anon_send_exit(alerts, caf::exit_reason::user_shutdown); }

  void ended(const run_id& run, const std::vector<std::string>& urls) {
    std::vector<config::notify_config> all;
    for (const auto& url : urls) all.push_back(test::endpoint_at(url));
    caf::anon_send(alerts, ended_atom_v, failed_run(run), endpoints(all));
  }
  std::uint64_t shut_down() {
    std::uint64_t unsent = 0;
    self->request(alerts, caf::infinite, shutdown_atom_v)
        .receive([&](std::uint64_t n) { unsent = n; },
                 [](const caf::error& e) { FAIL(to_error(e, "end").text()); });
    return unsent;
  }
};

runs runs_in(const test::http_server& server) {
  runs out;
  for (const auto& request : server.requests())
    out.push_back(json::parse(request.body)["run"]["run"]);
  return out;
}

}  // namespace

TEST_CASE("alerts reach a server in the order of the runs, over errors and broken connections") {
  test::http_server server;
  using enum test::http_behaviour;
  server.enqueue({.status = 500});
  server.enqueue({.behaviour = reset_before_applying});
  server.enqueue({.behaviour = reset_after_applying});
  real_alerts node;
  for (const auto* const run : {"1", "2", "3"}) node.ended(run_id(run), {server.url("/hook")});
  REQUIRE(server.wait_for_requests(6, 1min));
  CHECK(runs_in(server) == runs{"1", "1", "1", "1", "2", "3"});
  const auto requests = server.requests();
  CHECK(requests[0].headers.value("X-Sluice-Delivery") ==
        requests[3].headers.value("X-Sluice-Delivery"));
  CHECK(node.shut_down() == 0);
}

TEST_CASE("a server that never answers keeps no other one waiting and not the node's end") {
  test::http_server hung;
  test::http_server server;
  hung.otherwise({.hold = true});
  real_alerts node({.retry_base = 1ms, .farewell = 10ms});
  node.ended("1", {hung.url(), server.url()});
  REQUIRE(hung.wait_for_requests(1, 1min));
  node.ended("2", {hung.url(), server.url()});
  REQUIRE(server.wait_for_requests(2, 1min));
  CHECK(runs_in(server) == runs{"1", "2"});
  CHECK(runs_in(hung) == runs{"1"});
  CHECK(node.shut_down() == 2);
  hung.release();
  CHECK(hung.wait_until_disconnected(1min));
}
