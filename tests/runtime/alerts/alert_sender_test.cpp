// Alerts on their way to a real server.
#include "runtime/alerts/alert_sender.hpp"
#include "messages/own_version.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "messages/timestamp.hpp"
#include "runtime/log/redactor.hpp"
#include "tests/support/alert_fixture.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;
using outcome = alert_reply::outcome;

namespace {

const auto posted_at = *parse_timestamp("2026-01-31T09:00:06.000Z");

struct sender_fixture {
  test::http_server server;
  alerts::alert_sender sender{[] { return posted_at; }, 1min};

  alert_reply send(const config::notify_config& to, std::uint64_t dropped = 0,
                   const std::stop_token& stop = {}) {
    return sender.send(*test::alert_about(test::ended_run(run_state::failed), to), dropped, stop);
  }
  alert_reply send() { return send(test::endpoint_at(server.url("/hook"))); }
};

}  // namespace

TEST_CASE_FIXTURE(sender_fixture, "an alert is posted as signed JSON") {
  CHECK(send(test::endpoint_at(server.url("/hook?room=7"), "secret word"), 2).what ==
        outcome::delivered);
  const auto request = server.requests().at(0);
  CHECK(request.method == "POST");
  CHECK(request.target == "/hook?room=7");
  CHECK(request.headers.value("Content-Type") == "application/json");
  CHECK(request.headers.value("User-Agent") == "sluice/" + own_version());
  CHECK(request.headers.value("X-Sluice-Event") == "failed");
  CHECK(request.headers.value("X-Sluice-Delivery") == "01ALERT");
  CHECK(request.headers.value("X-Sluice-Signature") ==
        alerts::signature("secret word", request.body));
  const auto body = json::parse(request.body);
  CHECK(body["id"] == "01ALERT");
  CHECK(body["sent_at"] == "2026-01-31T09:00:06.000Z");
  CHECK(body["dropped"] == 2);
}

TEST_CASE_FIXTURE(sender_fixture, "a pager's key goes where the pager looks and never into a log") {
  ::setenv("SLUICE_TEST_PAGER", "pager key 123", 1);
  auto to = test::endpoint_at(server.url("/v2/alerts"));
  to.key = "${env:SLUICE_TEST_PAGER}";
  to.format = config::alert_format::opsgenie;
  CHECK(send(to).what == outcome::delivered);
  CHECK(server.requests().at(0).headers.value("Authorization") == "GenieKey pager key 123");
  CHECK(server.requests().at(0).target == "/v2/alerts");
  to.format = config::alert_format::pagerduty;
  CHECK(send(to).what == outcome::delivered);
  CHECK(json::parse(server.requests().at(1).body).at("routing_key") == "pager key 123");
  CHECK(log::secrets().masked("the pager key 123 of it").find("123") == std::string::npos);
}

TEST_CASE_FIXTURE(sender_fixture, "without a secret an alert is not signed") {
  send();
  CHECK_FALSE(server.requests().at(0).headers.contains("X-Sluice-Signature"));
}

TEST_CASE_FIXTURE(sender_fixture, "address and secret are looked up for every alert") {
  const test::temp_dir folder;
  auto endpoint = test::endpoint_at("${file:url}", "${file:secret}");
  endpoint.directory = folder.path();
  const auto write = [&](const char* name, const std::string& text) {
    std::ofstream(folder.path() / name) << text << "\n";
  };
  write("url", server.url("/hook"));
  for (const auto* const secret : {"first word", "other word"}) {
    write("secret", secret);
    CHECK(send(endpoint).what == outcome::delivered);
    const auto request = server.requests().back();
    CHECK(request.headers.value("X-Sluice-Signature") == alerts::signature(secret, request.body));
    CHECK(log::secrets().masked(secret) == "***");
  }
  CHECK(log::secrets().masked(server.url("/hook")) == "***");
  std::filesystem::remove(folder.path() / "secret");
  const auto missing = send(endpoint);
  CHECK(missing.what == outcome::failed);
  CHECK(missing.why.find("${file:secret}") != std::string::npos);
  write("secret", "");
  CHECK(send(endpoint).what == outcome::failed);
  CHECK(server.requests().size() == 2);
}

TEST_CASE_FIXTURE(sender_fixture, "what an endpoint says of itself is told without secrets") {
  ::setenv("SLUICE_TEST_ROOM", "canary-room", 1);
  server.enqueue({.status = 404, .body = R"({"message": "no room canary-room here"})"});
  CHECK(send(test::endpoint_at(server.url("/hook?room=${env:SLUICE_TEST_ROOM}"))).why ==
        "HTTP 404 Not Found: no room *** here");
  ::unsetenv("SLUICE_TEST_ROOM");
  CHECK(server.requests().at(0).target == "/hook?room=canary-room");
}

TEST_CASE_FIXTURE(sender_fixture,
                  "what is secret in an address that is written out is masked, too") {
  server.enqueue(
      {.status = 404,
       .body = R"({"message": "no hook /services/T0/q8Zk2mWx7Pt, a9-Rk1, of who:canary-pw"})"});
  auto url = server.url("/services/T0/q8Zk2mWx7Pt?sig=a9-Rk1&room=all");
  url.insert(url.find("//") + 2, "who:canary-pw@");
  CHECK(send(test::endpoint_at(url)).why == "HTTP 404 Not Found: no hook ***, ***, of ***");
  CHECK(log::secrets().masked("q8Zk2mWx7Pt in room all") == "*** in room all");
  CHECK(log::secrets().masked("d2hvOmNhbmFyeS1wdw==").find("hbmFy") == std::string::npos);
}

TEST_CASE_FIXTURE(sender_fixture, "the status says whether an alert is worth another attempt") {
  for (const int status : {200, 201, 204, 299}) {
    server.enqueue({.status = status});
    CHECK(send().what == outcome::delivered);
  }
  for (const int status : {408, 425, 429, 500, 502, 503, 504}) {
    CAPTURE(status);
    server.enqueue({.status = status});
    CHECK(send().what == outcome::failed);
  }
  for (const int status : {301, 302, 400, 401, 403, 404, 410, 413, 422}) {
    CAPTURE(status);
    server.enqueue({.status = status, .body = R"({"message": "no thanks"})"});
    const auto reply = send();
    CHECK(reply.what == outcome::refused);
    CHECK(reply.why.starts_with("HTTP " + std::to_string(status)));
    CHECK(reply.why.ends_with(": no thanks"));
  }
}

TEST_CASE_FIXTURE(sender_fixture, "what an endpoint asks for with Retry-After is passed on") {
  server.enqueue({.status = 429, .headers = {{"Retry-After", "120"}}});
  CHECK(send().retry_after == 120s);
  server.enqueue({.status = 503});
  CHECK_FALSE(send().retry_after);
}

TEST_CASE_FIXTURE(sender_fixture, "an endpoint that is down is worth another attempt") {
  server.stop_listening();
  const auto reply = send();
  CHECK(reply.what == outcome::failed);
  CHECK_FALSE(reply.why.empty());
  server.listen_again();
  CHECK(send().what == outcome::delivered);
}

TEST_CASE("an endpoint that hangs is given up after the time-out") {
  test::http_server server;
  alerts::alert_sender sender([] { return posted_at; }, 20ms);
  server.enqueue({.hold = true});
  const auto what =
      test::alert_about(test::ended_run(run_state::failed), test::endpoint_at(server.url()));
  CHECK(sender.send(*what, 0, {}).what == outcome::failed);
}

TEST_CASE("a stop breaks off a request that waits for its answer") {
  // Ends, because it is broken off, long before the time-out.
  test::http_server server;
  alerts::alert_sender sender([] { return posted_at; }, 24h);
  server.enqueue({.hold = true});
  std::stop_source stop;
  alert_reply reply;
  std::jthread sending([&] {
    reply = sender.send(
        *test::alert_about(test::ended_run(run_state::failed), test::endpoint_at(server.url())), 0,
        stop.get_token());
  });
  REQUIRE(server.wait_for_requests(1, 1min));
  stop.request_stop();
  sending.join();
  CHECK(reply.what == outcome::failed);
  CHECK(reply.why == "stopped");
  // The connection is gone, the next request takes another one.
  server.release();
  CHECK(server.wait_until_disconnected(1min));
  CHECK(sender
            .send(*test::alert_about(test::ended_run(run_state::failed),
                                     test::endpoint_at(server.url())),
                  0, {})
            .what == outcome::delivered);
}

TEST_CASE("a request that is to be stopped from the start is not sent") {
  test::http_server server;
  alerts::alert_sender sender([] { return posted_at; });
  std::stop_source stop;
  stop.request_stop();
  CHECK(sender
            .send(*test::alert_about(test::ended_run(run_state::failed),
                                     test::endpoint_at(server.url())),
                  0, stop.get_token())
            .what == outcome::failed);
  CHECK(server.requests().empty());
}
