// The API in the life of a node: its end, its streams, its console, its log.
#include <doctest/doctest.h>

#include "tests/e2e/api_node.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;
using test::events_path;
using test::orders;

namespace {

struct served_node : test::api_node {
  served_node() { start(); }

  [[nodiscard]] test::api_connection watch(const std::string& more = {}) const {
    test::api_connection stream(port);
    stream.send(request("GET", events_path, more));
    const auto head = stream.receive();
    CHECK(head.status == 200);
    CHECK(head.header("content-type").starts_with("text/event-stream"));
    return stream;
  }
  /// The code of `sluice console`.
  std::string console_code() {
    const auto url = node.json({"console"}).at("url").get<std::string>();
    const auto begin = "http://127.0.0.1:" + std::to_string(port) + "/ui/#code=";
    REQUIRE(url.starts_with(begin));
    return url.substr(begin.size());
  }
  /// Signs in from a page of the node.
  [[nodiscard]] test::api_answer sign_in(const std::string& code) const {
    return nobody.ask("POST", "/api/v1/session", json{{"code", code}}.dump(),
                      "Sec-Fetch-Site: same-origin\r\n");
  }
};

}  // namespace

TEST_CASE_FIXTURE(served_node, "a start whose client is gone runs when the drain is over") {
  const auto first = begin_run();
  CHECK(airflow.post(stop_path).status == 204);
  const auto postponed = airflow.post(start_path, "{}").json().at("syncId").get<std::string>();
  // That connection has been closed long since; so is every other one.
  let_go();
  const auto sync = end_of(postponed);
  CHECK(sync.at("status") == "succeeded");
  CHECK(sync.at("sluice").at("requested_by") == "airflow");
}

TEST_CASE_FIXTURE(served_node, "whoever watches sees each other's actions") {
  auto stream = watch();
  const auto run = airflow.post(start_path, "{}").json().at("syncId").get<std::string>();
  const auto seen = stream.receive_until(run);
  CHECK(test::contains(seen, "event: "));
  CHECK(test::contains(stream.receive_until("\"succeeded\""), "\"succeeded\""));
}

TEST_CASE_FIXTURE(served_node,
                  "a stream ends with its node, and its client is told what it missed") {
  auto stream = watch();
  CHECK(node.terminate() == 0);
  stream.receive_until("no such text");
  CHECK(stream.is_hung_up_on());
  node.start();
  auto again = watch("Last-Event-ID: 7\r\n");
  CHECK(test::contains(again.receive_until("event: resync"), "event: resync"));
}

TEST_CASE_FIXTURE(served_node, "a node with clients that wait ends in good time") {
  const auto run = begin_run();
  auto stream = watch();
  test::api_connection waits(port);
  waits.send(request("GET", orders + "/runs/" + run, "Prefer: wait=60\r\n"));
  let_go();
  CHECK(waits.receive().json().at("state") == "succeeded");
  CHECK(node.terminate() == 0);
}

TEST_CASE_FIXTURE(served_node, "`sluice console` signs a browser in, once") {
  const auto code = console_code();
  const auto signed_in = sign_in(code);
  CHECK(signed_in.status == 200);
  const auto who = signed_in.json();
  CHECK(who.at("role") == "operator");
  CHECK(test::contains(who.at("name"), "@"));
  const auto cookie = signed_in.header("set-cookie");
  CHECK(test::contains(cookie, "HttpOnly"));
  CHECK(test::contains(cookie, "SameSite=Strict"));
  const auto headers =
      "Cookie: " + cookie.substr(0, cookie.find(';')) + "\r\nSec-Fetch-Site: same-origin\r\n";
  CHECK(nobody.get(orders, headers).status == 200);
  CHECK(nobody.ask("POST", orders + "/runs", "{}", headers).status == 201);
  // Another page cannot make that browser act.
  CHECK(nobody
            .ask("POST", orders + "/runs", "{}",
                 "Cookie: " + cookie.substr(0, cookie.find(';')) +
                     "\r\nSec-Fetch-Site: cross-site\r\n")
            .status == 403);
  CHECK(sign_in(code).status == 401);
}

TEST_CASE_FIXTURE(served_node, "the console's files are served, compressed and never stale") {
  const auto page = nobody.get("/ui/", "Accept-Encoding: gzip\r\n");
  CHECK(page.status == 200);
  CHECK(page.header("content-encoding") == "gzip");
  CHECK(page.header("content-security-policy").find("default-src 'none'") != std::string::npos);
  const auto plain = nobody.get("/ui/app.js");
  CHECK(plain.header("content-type").starts_with("text/javascript"));
  CHECK(plain.header("content-encoding").empty());
  CHECK(test::contains(plain.body, "import"));
  const auto known = nobody.get("/ui/app.js", "If-None-Match: " + plain.header("etag") + "\r\n");
  CHECK(known.status == 304);
  const auto root = nobody.get("/");
  CHECK(root.status == 302);
  CHECK(root.header("location") == "ui/");
}

TEST_CASE_FIXTURE(served_node, "the log tells who changed what, and what was refused and why") {
  const auto run = begin_run();
  CHECK(airflow.post(start_path, R"({"syncType": "full"})").status == 409);
  CHECK(airflow.post(stop_path).status == 204);
  let_go();
  end_of(run);
  const auto log = node.node().errors();
  CHECK(log.find("over HTTP: start orders, by airflow") != std::string::npos);
  CHECK(log.find("over HTTP: stop orders, by airflow") != std::string::npos);
  CHECK(log.find("over HTTP: refused start orders to airflow: ") != std::string::npos);
}

TEST_CASE("a node without an API says what to configure") {
  test::node_fixture node;
  node.start();
  const auto refused = node.sluice({"console"});
  CHECK(refused.exit_code == 2);
  CHECK(refused.errors.find("\"api\"") != std::string::npos);
}

TEST_CASE("a node whose API cannot listen does not start, and says why") {
  test::api_node one;
  one.start();
  test::node_fixture other;
  other.settings["api"] = one.node.settings["api"];
  const auto ended = other.start_and_fail();
  CHECK(ended.exit_code != 0);
  CHECK(ended.errors.find(std::to_string(one.port)) != std::string::npos);
}
