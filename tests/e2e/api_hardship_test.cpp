// Whatever clients of the API send or leave out: a clear answer in the API's own form, nothing
// held, others served.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <list>
#include <string>

#include "tests/e2e/api_node.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;
using test::events_path;
using test::orders;

namespace {

struct own_api : test::api_node {
  own_api() { start(); }

  /// Whether others are served.
  [[nodiscard]] bool serves() const { return airflow.get(orders).status == 200; }
  [[nodiscard]] std::string stream_request(const std::string& more = {}) const {
    return request("GET", events_path, more);
  }
};

/// A problem as RFC 9457 has it, whose code is that.
void check_problem(const test::api_answer& answer, int status, const std::string& code) {
  CAPTURE(answer.body);
  CHECK(answer.status == status);
  CHECK(answer.header("content-type").starts_with("application/problem+json"));
  const auto body = answer.json();
  CHECK(body.at("status") == status);
  CHECK(body.at("code") == code);
  CHECK_FALSE(body.at("detail").get<std::string>().empty());
  CHECK(body.at("type") == "/api/v1/problems/" + code);
}

/// As many sockets as a test may open.
void allow_many_files() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

TEST_CASE_FIXTURE(own_api, "what is not there is told as a problem") {
  check_problem(airflow.get("/api/v1/connections/ordres"), 404, "unknown_connection");
  check_problem(airflow.get("/api/v1/nothing"), 404, "unknown_path");
  CHECK(airflow.get(orders + "/runs/01JD0000000000000000000000").status == 404);
  const auto wrong_method = airflow.ask("DELETE", orders);
  CHECK(wrong_method.status == 405);
  CHECK_FALSE(wrong_method.header("allow").empty());
}

TEST_CASE_FIXTURE(own_api, "a run of another connection is not found under this one") {
  node.connection("others", test::mirror_customers(source, destination));
  node.json({"reload"});
  const auto run = node.sync("others")["run"].get<std::string>();
  CHECK(airflow.get("/api/v1/connections/others/runs/" + run).status == 200);
  CHECK(airflow.get(orders + "/runs/" + run).status == 404);
  CHECK(airflow.get(sync_path(run)).status == 404);
  CHECK(airflow.post(orders + "/runs/" + run + "/stop").status >= 404);
}

TEST_CASE_FIXTURE(own_api, "a body that makes no sense is refused, and tells where") {
  check_problem(airflow.post(orders + "/runs", "{\"full\": tru"), 400, "usage");
  const auto unknown = airflow.post(orders + "/runs", R"({"fulll": true})");
  check_problem(unknown, 400, "usage");
  CHECK(unknown.json().at("errors").at(0).at("pointer") == "/fulll");
  check_problem(airflow.post(orders + "/runs", R"({"full": "yes"})"), 400, "usage");
  check_problem(airflow.post(orders + "/runs", "[]"), 400, "usage");
  check_problem(airflow.post(orders + "/reset", "{}"), 400, "usage");
  check_problem(airflow.post(orders + "/reset", R"({"confirm": "ordres"})"), 400, "usage");
  CHECK(serves());
}

TEST_CASE_FIXTURE(own_api, "a body of a gigabyte is refused before it is sent") {
  test::api_connection connection(port);
  connection.send(request("POST", orders + "/runs",
                          "Content-Type: application/json\r\nContent-Length: 1073741824\r\n"));
  CHECK(connection.receive().status == 413);
  CHECK(connection.is_hung_up_on());
  CHECK(serves());
}

TEST_CASE_FIXTURE(own_api, "whoever has no right is told so, without a hint at what is there") {
  check_problem(nobody.get(orders), 401, "unauthorized");
  CHECK(nobody.get(orders).header("www-authenticate") == "Bearer");
  check_problem(nobody.get("/api/v1/connections/ordres"), 401, "unauthorized");
  check_problem(test::api_client(port, "CANARY-guessed-0123456789").get(orders), 401,
                "unauthorized");
  check_problem(wall.post(orders + "/runs", "{}"), 403, "forbidden");
  CHECK(wall.get(orders).status == 200);
  check_problem(wall.get(orders + "/rejected"), 403, "forbidden");
  const auto expired =
      nobody.ask("GET", orders, {},
                 "Cookie: sluice_session_" + std::to_string(port) + "=0123456789abcdef\r\n");
  check_problem(expired, 401, "unauthorized");
}

TEST_CASE_FIXTURE(own_api, "a request that names another host is refused, whatever it carries") {
  const auto answer =
      send("GET " + orders + " HTTP/1.1\r\nHost: evil.example\r\nAuthorization: " + "Bearer " +
           operator_token + "\r\n\r\n");
  CHECK(answer.status == 421);
  CHECK(test::contains(answer.json().at("hint"), "hosts"));
}

TEST_CASE_FIXTURE(own_api, "bytes that are no HTTP are answered, and hurt nobody else") {
  for (const std::string& bytes :
       {std::string("\x16\x03\x01\x02", 4), std::string("GET\r\n\r\n"), std::string("\r\n\r\n\r\n"),
        std::string("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n"),
        std::string("GET / HTTP/9.9\r\n\r\n"), std::string(300'000, 'x')}) {
    test::api_connection connection(port);
    connection.send(bytes + "\r\n\r\n");
    const auto answer = connection.receive();
    CAPTURE(bytes.substr(0, 40));
    if (answer.status != 0) CHECK(answer.status >= 400);
    CHECK(serves());
  }
}

TEST_CASE_FIXTURE(own_api, "thousands of idle sockets hold nobody up") {
  allow_many_files();
  std::list<test::api_connection> idle;
  for (int n = 0; n < 10'000; ++n) {
    try {
      idle.emplace_back(port);
    } catch (const std::exception&) {
      break;  // this machine allows no more
    }
  }
  CHECK(idle.size() > 500);
  CHECK(serves());
}

TEST_CASE_FIXTURE(own_api, "an event stream that nobody reads is cut, and others go on") {
  std::list<test::api_connection> silent;
  for (int n = 0; n < 8; ++n) silent.emplace_back(port).send(stream_request());
  test::api_connection reading(port);
  reading.send(stream_request());
  CHECK(reading.receive().status == 200);
  const auto run = airflow.post(start_path).json().at("syncId").get<std::string>();
  CHECK(test::contains(reading.receive_until(run), run));
  CHECK(serves());
}

TEST_CASE_FIXTURE(own_api, "the 65th stream is refused, and served when another one has gone") {
  std::list<test::api_connection> streams;
  for (int n = 0; n < 64; ++n) {
    auto& stream = streams.emplace_back(port);
    stream.send(stream_request());
    REQUIRE(stream.receive().status == 200);
  }
  const auto refused = airflow.get(events_path);
  CHECK(refused.status == 429);
  CHECK_FALSE(refused.json().at("detail").get<std::string>().empty());
  streams.pop_front();
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  for (;;) {
    test::api_connection stream(port);
    stream.send(stream_request());
    if (stream.receive().status == 200) break;
    REQUIRE(std::chrono::steady_clock::now() < deadline);
  }
}

TEST_CASE_FIXTURE(own_api, "no token is told in a log, an answer or a list of the configuration") {
  airflow.get(orders);
  test::api_client(port, "CANARY-guessed-0123456789").get(orders);
  airflow.post(start_path);
  const auto shown = node.sluice({"status", "orders"}).output;
  node.terminate();
  node.start();
  CHECK(node.node().errors().find("CANARY") == std::string::npos);
  CHECK(shown.find("CANARY") == std::string::npos);
}
