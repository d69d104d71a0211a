// What the HTTP API costs, and how fast it answers: beside syncs, under load, to many who watch.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/bench/customers.hpp"
#include "tests/bench/figures.hpp"
#include "tests/bench/wrk.hpp"
#include "tests/e2e/api_client.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/http_visitor.hpp"
#include "tests/support/process.hpp"

using namespace sluice;
using namespace sluice::bench;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view token = "bench-0123456789abcdef0123456789abcdef";

/// A node with an API.
struct api_node {
  const std::uint16_t port = test::free_port();
  test::database_fixture shop{odbc::product::sqlite};
  test::node_fixture node;
  test::api_client client{port, std::string(token)};

  api_node() {
    node.settings["api"] = {
        {"listen", fmt::format("127.0.0.1:{}", port)},
        {"tokens", {{{"name", "bench"}, {"role", "operator"}, {"token", token}}}}};
  }

  /// As many connections that read one row, called c0, c1 and so on.
  void small_connections(int count) {
    shop.run({"CREATE TABLE t(id INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1)"});
    for (int i = 0; i < count; ++i)
      node.connection(
          fmt::format("c{}", i),
          {{"source", {{"odbc", shop.connection_string()}, {"table", "t"}, {"key", {"id"}}}},
           {"destination", {{"kind", "jsonl"}, {"path", fmt::format("../c{}.jsonl", i)}}}});
  }

  [[nodiscard]] std::string request(std::string_view method, std::string_view target,
                                    std::string_view body = {}) const {
    return fmt::format(
        "{} {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: Bearer {}\r\n"
        "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        method, target, port, token, body.size(), body);
  }
  /// Milliseconds from a request on an open connection to the end of its answer.
  double ask(test::api_connection& open, std::string_view method, std::string_view target,
             int status, std::string_view body = {}) const {
    const auto bytes = request(method, target, body);
    return 1e3 * seconds([&] {
             open.send(bytes);
             CHECK(open.receive().status == status);
           });
  }
  /// A stream of all that changes.
  [[nodiscard]] test::api_connection watch() const {
    test::api_connection stream(port);
    stream.send(request("GET", "/api/v1/events"));
    REQUIRE(stream.receive().status == 200);
    return stream;
  }
  [[nodiscard]] double requests_per_second(int for_seconds, std::string_view target) const {
    return requests_of_wrk(
        {"--threads=1", "--connections=8", fmt::format("--duration={}s", for_seconds),
         fmt::format("--header=Authorization: Bearer {}", token),
         fmt::format("http://127.0.0.1:{}{}", port, target)},
        node.path());
  }
};

std::string spread(const std::vector<double>& milliseconds) {
  return fmt::format("p50 {:.1f} ms, p99 {:.1f} ms, max {:.0f} ms", percentile(milliseconds, 0.5),
                     percentile(milliseconds, 0.99), percentile(milliseconds, 1));
}

/// Requests until there were as many, and streams that are opened and closed.
void use(const api_node& api, double requests, int streams) {
  constexpr int at_a_time = 5;
  for (double asked = 0; asked < requests;)
    asked += at_a_time * api.requests_per_second(at_a_time, "/api/v1/connections/c0");
  for (int i = 0; i < streams; ++i) static_cast<void>(api.watch());
}

}  // namespace

TEST_CASE("api: status beside syncs") {
  std::vector<std::unique_ptr<test::database_fixture>> sources;
  api_node api;
  std::vector<std::string> names;
  for (int i = 0; i < 4; ++i) {
    sources.push_back(std::make_unique<test::database_fixture>(test::every_database[i % 3]));
    make_customers(*sources.back(), 300'000);
    auto config = to_file(*sources.back());
    names.push_back(fmt::format("customers{}", i));
    config["destination"]["path"] = "../" + names.back() + ".jsonl";
    api.node.connection(names.back(), config);
  }
  api.node.start();
  const auto begin_again = [&] {  // those that have ended; of the others it is refused
    for (const auto& name : names) {
      const auto begun =
          api.client.post("/api/v1/connections/" + name + "/runs", R"({"full": true})");
      INFO(begun.body);
      CHECK((begun.status == 201 || begun.status == 409));
    }
  };
  test::api_connection open(api.port);
  std::vector<double> taken;
  int active = 0;
  for (int i = 0; i < 3'000; ++i) {
    if (i % 100 == 0) begin_again();
    std::this_thread::sleep_for(3ms);
    taken.push_back(api.ask(open, "GET", "/api/v1/connections/" + names[i % 4], 200));
    if (i % 100 == 50) {
      const auto all = api.client.get("/api/v1/connections").json();
      for (const auto& c : all.at("items")) active += c.at("state") == "running" ? 1 : 0;
    }
  }
  add({fmt::format("API: status, {} times, beside {:.1f} syncs at full speed", taken.size(),
                   active / 30.0),
       spread(taken), "", "p99 ≤ 20 ms", percentile(taken, 0.99) <= 20});
  CHECK(api.node.terminate() == 0);
}

TEST_CASE("api: requests and starts") {
  constexpr int connections = 100;
  api_node api;
  api.small_connections(connections);
  api.node.start();
  const auto rate = api.requests_per_second(5, "/api/v1/connections/c0");
  add({fmt::format("API: requests on connections that stay open, beside {} idle syncs",
                   connections),
       fmt::format("{:.0f} requests/s", rate), "", "2,000", rate >= 2'000});

  test::api_connection open(api.port);
  std::vector<double> starts;
  for (int i = 0; i < 300; ++i) {
    const auto runs = fmt::format("/api/v1/connections/c{}/runs", i % connections);
    starts.push_back(api.ask(open, "POST", runs, 201, "{}"));
    const auto begun = api.client.get(runs + "?limit=1").json().at("items").at(0);
    const auto ended =
        api.client.get(runs + "/" + begun.at("run").get<std::string>(), "Prefer: wait=10\r\n");
    CHECK(ended.json().at("state") == "succeeded");
  }
  add({fmt::format("API: from a start to its answer, {} starts", starts.size()), spread(starts), "",
       "p99 ≤ 100 ms", percentile(starts, 0.99) <= 100});

  auto stream = api.watch();
  std::vector<double> seen;
  for (int i = 0; i < 100; ++i) {
    const auto* const what = i % 2 == 0 ? "disable" : "enable";
    seen.push_back(1e3 * seconds([&] {
                     api.client.post(fmt::format("/api/v1/connections/c0/{}", what));
                     CHECK(!stream.receive_until("event: connection").empty());
                   }));
  }
  add({fmt::format("API: from a change to its event, {} changes", seen.size()), spread(seen), "",
       "p99 ≤ 1,000 ms", percentile(seen, 0.99) <= 1'000});
  CHECK(api.node.terminate() == 0);
}

TEST_CASE("api: memory") {
  api_node api;
  api.small_connections(10);
  api.node.start();
  use(api, 100'000, 1'000);  // what the allocator keeps by then is kept for good
  const auto before = status_mib(api.node.node().pid(), "RssAnon");
  use(api, 100'000, 1'000);
  const auto after = status_mib(api.node.node().pid(), "RssAnon");
  add({"API: memory over another 100,000 requests and 1,000 streams",
       fmt::format("{:.1f} MiB", after), fmt::format("before: {:.1f} MiB", before), "the same",
       after <= before * 1.05 + 1});
  CHECK(api.node.terminate() == 0);
}

TEST_CASE("api: watchers") {
  constexpr int watchers = 10;
  const test::database_fixture source(odbc::product::postgresql);
  make_customers(source, sample_rows());
  api_node api;
  api.node.connection("customers", to_file(source));
  api.node.start();
  api.node.sync("customers", {"--full"});
  std::vector<double> alone, watched, ratios;
  for (int i = 0; i < pairs; ++i) {
    alone.push_back(run_seconds(api.node.sync("customers", {"--full"})));
    std::vector<std::unique_ptr<test::process>> browsers;
    browsers.reserve(watchers);
    for (int n = 0; n < watchers; ++n)
      browsers.push_back(std::make_unique<test::process>(test::program{
          .program = "curl",
          .arguments = {"--silent", "--no-buffer", "--output", "/dev/null", "--header",
                        fmt::format("Authorization: Bearer {}", token),
                        fmt::format("http://127.0.0.1:{}/api/v1/events", api.port)}}));
    watched.push_back(run_seconds(api.node.sync("customers", {"--full"})));
    for (auto& browser : browsers) browser->signal(SIGTERM);
    ratios.push_back(alone.back() / watched.back());
  }
  const auto ratio = percentile(ratios, 0.5);
  const auto rows = static_cast<double>(sample_rows());
  add({"API: full sync PostgreSQL to a file while ten watch",
       fmt::format("{:.2f} ({})", ratio, rate(rows, percentile(watched, 0.5))),
       fmt::format("nobody watches: {}", rate(rows, percentile(alone, 0.5))), "0.98",
       ratio >= 0.98});
  CHECK(api.node.terminate() == 0);
}
