#include "actors/api/api.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <sstream>

#include "tests/actors/api/exchange_double.hpp"
#include "tests/actors/api/front_double.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::exchange_double;

namespace {

constexpr int accepted = 201;

/// The question, whose refusal or else whose answer leads to another one.
api::question leads_on(api::question q, bool when_refused) {
  const auto next = [](int status, const std::string& body) {
    return api::question{.ask = command::status{"orders"},
                         .render =
                             [=](const command::any_answer&) {
                               return web::response{status, {}, body};
                             },
                         .refuse =
                             [](const error&) {
                               return web::response{500, {}, ""};
                             }};
  };
  if (when_refused)
    q.after_error = [next](const error&) { return std::optional(next(204, "")); };
  else
    q.after_answer = [next](const command::any_answer& a) {
      return std::optional(next(200, "after " + std::get<run_record>(a).run));
    };
  return q;
}

/// Requests whose path says what they ask for: `/start`, `/preview`, `/wait`, `/stop`, `/events`,
/// `/no-token`, `/page`, `/broken`; their body is the name of who asks.
api::understood understand(const web::request& r) {
  const api::caller who{.name = r.body, .operates = r.body != "observer"};
  const auto asks = [&](command::any what, const std::string& change = {}) {
    api::question q{.ask = std::move(what),
                    .render =
                        [](const command::any_answer& a) {
                          const auto* const run = std::get_if<run_record>(&a);
                          return web::response{accepted, {}, run != nullptr ? run->run : ""};
                        },
                    .refuse =
                        [](const error& why) {
                          return web::response{409, {}, why.text()};
                        }};
    q.change = change;
    return q;
  };
  if (r.path == "/start") {
    auto q = asks(command::start{"orders", {}}, "start orders");
    q.claim = r.body + " orders";
    return {q, who};
  }
  if (r.path == "/preview") {
    auto q = asks(command::preview{"orders", {}});
    q.dies_with_client = true;
    return {q, who};
  }
  if (r.path == "/wait")
    return {asks(command::await{"orders", "R1", command::poll_time{60'000}}), who};
  if (r.path == "/stop") return {asks(command::stop{"orders", {}}, "stop orders"), who};
  if (r.path == "/status") return {asks(command::status{"orders"}), who};
  if (r.path == "/stop-or-not" || r.path == "/stop-then-status")
    return {leads_on(asks(command::stop{"orders", {}}), r.path == "/stop-or-not"), who};
  if (r.path == "/start-after-drain") {
    auto q = asks(command::start{"orders", {}}, "start orders");
    q.claim = r.body + " orders";
    q.after_error = [start = q](const error& why) -> std::optional<api::question> {
      if (why.code != errc::draining) return std::nullopt;
      auto waiting = start;
      waiting.claim = waiting.change = "";
      waiting.ask = command::runs{"orders", {}};
      waiting.render = [](const command::any_answer&) {
        return web::response{409, {}, R"({"error": "another one waits"})"};
      };
      return waiting;
    };
    return {q, who};
  }
  if (r.path == "/hidden") return {web::response{404, {}, R"({"error": "nothing is there"})"}, who};
  if (r.path == "/events") return {api::watch{}, who};
  if (r.path == "/no-token")
    return {web::response{401, {}, R"({"error": "who are you?"})"}, {}, true};
  if (r.path == "/broken") throw std::runtime_error("cannot understand that");
  if (r.path == "/unprintable") {
    auto q = asks(command::status{"orders"});
    q.render = [](const command::any_answer&) -> web::response {
      throw std::runtime_error("cannot put that");
    };
    return {q, who};
  }
  return {web::response{200, {}, "a page"}, who};
}

struct api_fixture {
  std::ostringstream lines;
  test::front_script operators;
  test::front_script observers;
  test::actor_fixture node;
  api_actor api;

  explicit api_fixture(actors::api_limits limits = {}) {
    const log::logger log({}, lines);
    operators.run.run = "R1";
    const auto front = node.system.spawn(test::front_double, &operators);
    const auto admit = [](const api::caller& who) {
      if (who.name.empty())
        throw failure(errc::invalid_config, "open console", {}, "it is not served");
      return console_code{"http://localhost/ui/",
                          who.name + (who.operates ? " operates" : " looks"), 60};
    };
    const auto is_welcome = [](const api::caller&) { return true; };
    api = node.system.spawn(actors::api,
                            actors::api_args{.log = log,
                                             .hub = {.log = log, .is_welcome = is_welcome},
                                             .understand = understand,
                                             .admit = admit,
                                             .limits = limits});
    caf::anon_send(api, api_fronts{front, node.system.spawn(test::front_double, &observers)});
    node.run();
  }
  ~api_fixture() {
    operators.end();
    observers.end();
    caf::anon_send_exit(api, caf::exit_reason::user_shutdown);
    node.run();
  }

  std::shared_ptr<exchange_double> ask(const std::string& path, const std::string& who = "ada") {
    const auto client = exchange_double::of("GET", path, who);
    caf::anon_send(api, web_request{client});
    node.run();
    return client;
  }
  void hang_up(exchange_double& client) {
    client.end(web::parting::lost);
    node.run();
  }
  void run_is_active() { operators.refusals["start"] = already_running; }
  void answer_next() {
    operators.answer(operators.run);
    node.run();
  }
  [[nodiscard]] bool logged(const std::string& text) const {
    return lines.str().find(text) != std::string::npos;
  }

  const error already_running{errc::already_running, "start sync", "orders", "a run is active", {}};
};

struct narrow_fixture : api_fixture {
  narrow_fixture() : api_fixture({.questions = 2, .waits = 1, .failures = 1}) {}
};

using commands = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(api_fixture,
                  "a question goes to the front, and its answer to the client as it is put") {
  const auto client = ask("/start");
  CHECK(operators.seen == commands{"start orders"});
  CHECK(client->status() == accepted);
  CHECK(client->body() == "R1");
}

TEST_CASE_FIXTURE(api_fixture, "what is known at once is answered at once") {
  CHECK(ask("/")->body() == "a page");
  CHECK(operators.seen.empty());
}

TEST_CASE_FIXTURE(api_fixture, "whoever may not change anything is asked for as an observer") {
  ask("/stop", "observer");
  CHECK(operators.seen.empty());
  CHECK(observers.seen == commands{"stop orders"});
}

TEST_CASE_FIXTURE(api_fixture, "a refusal is put by who understood the request") {
  run_is_active();
  const auto client = ask("/start");
  CHECK(client->status() == 409);
  CHECK(client->body() == already_running.text());
}

TEST_CASE_FIXTURE(api_fixture,
                  "what cannot be understood or put is answered, and the next one served") {
  CHECK(ask("/broken")->status() == 500);
  CHECK(ask("/unprintable")->status() == 500);
  CHECK(logged("cannot understand that"));
  CHECK(ask("/status")->status() == accepted);
}

TEST_CASE_FIXTURE(api_fixture,
                  "whatever is started is started by the actor that lives as long as the node") {
  ask("/start");
  ask("/start", "bob");
  REQUIRE(operators.askers.size() == 2);
  for (const auto& asker : operators.askers)
    CHECK(asker == caf::actor_cast<caf::strong_actor_ptr>(api));
}

TEST_CASE_FIXTURE(api_fixture,
                  "a preview is asked for by an actor that ends when its client hangs up") {
  operators.silent = true;
  const auto client = ask("/preview");
  REQUIRE(operators.askers.size() == 1);
  CHECK(operators.askers[0] != caf::actor_cast<caf::strong_actor_ptr>(api));
  bool ended = false;
  operators.askers[0]->get()->attach_functor([&](const caf::error&) { ended = true; });
  SUBCASE("hangs up") {
    hang_up(*client);
    CHECK(ended);
  }
  SUBCASE("waits") {
    node.advance(1h);
    CHECK_FALSE(ended);
    operators.answer(preview_result{});
    node.run();
    CHECK(ended);
    CHECK(client->status() == accepted);
  }
}

TEST_CASE_FIXTURE(api_fixture, "a client that hangs up does not take its start with it") {
  operators.silent = true;
  const auto client = ask("/start");
  hang_up(*client);
  answer_next();
  CHECK(client->status() == accepted);
  CHECK(node.ask<std::uint64_t>(api, shutdown_atom_v).arrived);
}

TEST_CASE_FIXTURE(api_fixture,
                  "where an answer or a refusal leads to another question, that one is answered") {
  CHECK(ask("/stop-then-status")->body() == "after R1");
  CHECK(operators.seen == commands{"stop orders", "status orders"});
  operators.refusals["stop"] = {errc::not_running, "stop", "orders", "nothing runs", {}};
  CHECK(ask("/stop-or-not")->status() == 204);
  CHECK(operators.seen.back() == "status orders");
}

// -- lost answers ---------------------------------------------------------------------------------

TEST_CASE_FIXTURE(api_fixture, "a start whose answer was lost is answered again") {
  hang_up(*ask("/start"));
  run_is_active();
  CHECK(ask("/start", "bob")->status() == 409);
  const auto again = ask("/start");
  CHECK(again->status() == accepted);
  CHECK(again->body() == "R1");
}

TEST_CASE_FIXTURE(api_fixture, "a start whose answer was taken is not") {
  ask("/start")->end(web::parting::answered);
  node.run();
  run_is_active();
  CHECK(ask("/start")->status() == 409);
}

TEST_CASE_FIXTURE(api_fixture, "where the run of a lost answer has ended, another one is started") {
  hang_up(*ask("/start"));
  operators.run.run = "R2";
  CHECK(ask("/start")->body() == "R2");
}

TEST_CASE_FIXTURE(api_fixture, "a start that a look at what waits refuses is answered again, too") {
  hang_up(*ask("/start-after-drain"));
  operators.refusals["start"] = {errc::draining, "start", "orders", "it drains", {}};
  CHECK(ask("/start-after-drain", "bob")->status() == 409);
  CHECK(logged("another one waits"));
  const auto again = ask("/start-after-drain");
  CHECK(again->status() == accepted);
  CHECK(again->body() == "R1");
}

TEST_CASE_FIXTURE(api_fixture, "a retry that overtakes its first attempt gets the same run") {
  operators.silent = true;
  hang_up(*ask("/start"));
  operators.silent = false;
  run_is_active();
  const auto again = ask("/start");
  CHECK(again->answers.empty());
  answer_next();
  CHECK(again->body() == "R1");
}

// -- bounds ---------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(narrow_fixture,
                  "beyond its bounds it refuses, and serves again when there is room") {
  operators.silent = true;
  const auto first = ask("/status");
  ask("/status");
  CHECK(ask("/status")->status() == 503);
  CHECK(ask("/")->status() == 200);
  operators.answer(connection_status{});
  node.run();
  CHECK(first->status() == accepted);
  CHECK(ask("/status")->answers.empty());
}

TEST_CASE_FIXTURE(narrow_fixture,
                  "requests that wait for an event do not keep others from their answers") {
  operators.silent = true;
  ask("/wait");
  CHECK(ask("/wait")->status() == 503);
  operators.silent = false;
  CHECK(ask("/status")->status() == accepted);
}

TEST_CASE_FIXTURE(api_fixture, "a question has the time that its command may take") {
  operators.silent = true;
  const auto prompt = ask("/status");
  const auto waits = ask("/wait");
  node.advance(10s);
  CHECK(prompt->status() == 409);
  CHECK(waits->answers.empty());
  node.advance(60s);
  CHECK(waits->status() == 409);
}

TEST_CASE_FIXTURE(narrow_fixture, "a failed sign-in is answered late, and a bounded number waits") {
  const auto client = ask("/no-token");
  CHECK(client->answers.empty());
  CHECK(ask("/no-token")->status() == 503);
  node.advance(1s);
  CHECK(client->status() == 401);
  CHECK(ask("/no-token")->answers.empty());
}

// -- what is logged -------------------------------------------------------------------------------

TEST_CASE_FIXTURE(api_fixture, "each change is logged with who asked for it, questions are not") {
  ask("/start", "airflow");
  ask("/stop", "ada");
  ask("/status", "ada");
  CHECK(logged("over HTTP: start orders, by airflow\n"));
  CHECK(logged("over HTTP: stop orders, by ada\n"));
  CHECK_FALSE(logged("status"));
}

TEST_CASE_FIXTURE(api_fixture, "a refusal is logged with its reason; many of them are summed up") {
  run_is_active();
  for (int n = 0; n < 100; ++n) ask("/start", "airflow");
  CHECK(logged("over HTTP: refused start orders to airflow: start sync 'orders': a run is active"));
  node.advance(10s);
  CHECK(logged("… and 98 more like it"));
}

TEST_CASE_FIXTURE(api_fixture,
                  "what is refused at once is logged with the reason that the client gets") {
  ask("/hidden", "airflow");
  CHECK(logged("over HTTP: refused GET /hidden to airflow: nothing is there\n"));
  ask("/no-token");
  ask("/no-token");
  CHECK(logged("over HTTP: a sign-in from 127.0.0.1 failed: who are you?\n"));
}

// -- the console's codes, streams, the end --------------------------------------------------------

TEST_CASE_FIXTURE(api_fixture, "a code for the console has the rights of whoever asks for it") {
  CHECK(node.ask<console_code>(api, command::console{"ada@dwh1"}, true).get().code ==
        "ada@dwh1 operates");
  CHECK(node.ask<console_code>(api, command::console{"ci"}, false).get().code == "ci looks");
  CHECK(node.ask<console_code>(api, command::console{}, true).failed.code == errc::invalid_config);
}

TEST_CASE_FIXTURE(api_fixture, "whoever watches gets a stream") {
  CHECK(ask("/events")->stream_head);
}

TEST_CASE_FIXTURE(
    api_fixture,
    "at the end streams end, what is under way is answered, and nothing more is taken") {
  const auto stream = ask("/events");
  operators.silent = true;
  const auto client = ask("/status");
  auto end = node.send_request(api, shutdown_atom_v);
  node.run();
  CHECK(stream->closed);
  CHECK(ask("/status")->status() == 503);
  CHECK_FALSE(node.receive<std::uint64_t>(end).arrived);
  operators.answer(connection_status{});
  node.run();
  CHECK(client->status() == accepted);
  CHECK(node.receive<std::uint64_t>(end).get() == 0);
}

TEST_CASE_FIXTURE(api_fixture, "the end does not wait for what takes long") {
  operators.silent = true;
  ask("/wait");
  auto end = node.send_request(api, shutdown_atom_v);
  node.run();
  node.advance(2s);
  CHECK(node.receive<std::uint64_t>(end).get() == 1);
}
