// Rows that need what the API knows before they are written, driven by the real binary.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/http_server.hpp"

using namespace sluice;
using nlohmann::json;

namespace {

/// GET /accounts?name=N finds an account, POST /customers writes customers with theirs.
class accounts_api {
 public:
  accounts_api() {
    server.handle([this](const test::http_request& r) {
      const std::lock_guard lock(mutex_);
      if (r.path() != "/accounts") return test::http_reply{};
      auto results = json::array();
      const auto found = accounts_.find(r.target.substr(r.target.find('=') + 1));
      if (found != accounts_.end()) results.push_back(json::object({{"id", found->second}}));
      return test::http_reply{.body = json::object({{"results", results}}).dump()};
    });
    server.on_applied([this](const test::http_request& r) {
      if (r.path() != "/customers") return;
      const std::lock_guard lock(mutex_);
      const auto body = json::parse(r.body);
      for (const auto& row : body.at("customers")) written_[row.at("id")] = row.at("account");
    });
  }

  void open_account(const std::string& name, int id) {
    const std::lock_guard lock(mutex_);
    accounts_[name] = id;
  }
  [[nodiscard]] std::map<int, json> written() const {
    const std::lock_guard lock(mutex_);
    return written_;
  }
  [[nodiscard]] std::size_t asked() const {
    const auto requests = server.requests();
    return static_cast<std::size_t>(std::ranges::count_if(
        requests, [](const test::http_request& r) { return r.path() == "/accounts"; }));
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, int> accounts_{{"acme", 900}, {"globex", 901}};
  std::map<int, json> written_;

 public:
  test::http_server server;  ///< the last member: its threads use the others
};

}  // namespace

TEST_CASE(
    "rows get what the API was asked for, once a run, and are listed where it knows nothing") {
  const test::database_fixture source(odbc::product::sqlite);
  source.run({test::customers_table,
              "INSERT INTO customers VALUES (1, 'acme', 1), (2, 'globex', 2), (3, 'acme', 3), "
              "(4, 'nobody', 4), (5, 'nobody', 5), (6, 'acme', 6)"});
  accounts_api api;
  auto config = test::mirror_customers(source, api.server);
  config["delivery"] = {{"batch_rows", 2}};  // both writers ask
  auto& destination = config["destination"];
  destination["upsert"]["item"] = {{"id", "{{key.id}}"}, {"account", "{{lookup.account}}"}};
  destination["lookup"]["request"] = {
      {"method", "GET"}, {"url", api.server.url("/accounts?name={{row.name | trim}}")}};
  destination["lookup"]["take"]["account"] = "/results/0/id";
  test::node_fixture node;
  node.connection("customers", config);
  node.start();

  const auto preview = node.json({"preview", "customers", "--limit", "1"});
  const auto shown = preview["samples"][0]["rendered"].get<std::string>();
  CHECK(shown.starts_with("look up:\nGET " + api.server.url("/accounts?name=")));
  CHECK(shown.find(R"("account":"{{lookup.account}}")") != std::string::npos);
  CHECK(api.server.requests().empty());

  auto run = node.sync("customers", {}, 7);
  test::check_adds_up(run);
  CHECK(run["state"] == "succeeded");
  CHECK(run["delivered"] == 4);
  CHECK(run["rejected"] == 2);
  CHECK(api.asked() == 3);
  CHECK(api.written() == std::map<int, json>{{1, 900}, {2, 901}, {3, 900}, {6, 900}});
  const auto rejected = node.json({"rejected", "customers"});
  REQUIRE(rejected.size() == 2);
  CHECK(test::contains(rejected[0]["reason"],
                       "the look-up found nothing: the answer has nothing "
                       "at \"/results/0/id\""));
  CHECK(rejected[0]["in_doubt"] == false);

  api.open_account("nobody", 902);
  run = node.sync("customers");
  CHECK(run["delivered"] == 2);
  CHECK(api.asked() == 4);
  CHECK(api.written().at(5) == 902);
  CHECK(node.json({"rejected", "customers"}).empty());
  CHECK(node.terminate() == 0);
}
