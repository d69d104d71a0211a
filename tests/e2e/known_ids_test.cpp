// A mirror of an API that knows records by ids of its own alone, driven by the real binary.
#include <doctest/doctest.h>

#include <map>
#include <mutex>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/http_server.hpp"

using namespace sluice;
using nlohmann::json;

namespace {

/// POST /records answers with a new id; PATCH and DELETE take that id.
class records_api {
 public:
  records_api() {
    server.handle([this](const test::http_request& r) {
      const std::lock_guard lock(mutex_);
      if (r.method == "POST") {
        const auto id = "rec" + std::to_string(++last_);
        records_[id] = json::parse(r.body);
        return test::http_reply{.status = 201, .body = json{{"id", id}}.dump()};
      }
      const auto record = records_.find(r.path().substr(r.path().rfind('/') + 1));
      if (record == records_.end()) return test::http_reply{.status = 404};
      if (r.method == "DELETE")
        records_.erase(record);
      else
        record->second = json::parse(r.body);
      return test::http_reply{.body = "{}"};
    });
  }
  [[nodiscard]] std::map<std::string, json> records() const {
    const std::lock_guard lock(mutex_);
    return records_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, json> records_;
  int last_ = 0;

 public:
  test::http_server server;  ///< the last member: its threads use the others
};

}  // namespace

TEST_CASE("records are updated and deleted by the ids that the API gave them, after a crash, too") {
  const test::database_fixture source(odbc::product::sqlite);
  source.run({test::customers_table,
              "INSERT INTO customers VALUES (1, 'Ada', 1), (2, 'Grace', 2), (3, 'Edsger', 3)"});
  records_api api;
  auto config = test::mirror_customers(source, api.server);
  auto& destination = config["destination"];
  destination.erase("upsert");
  const auto known = api.server.url("/records/{{known.record_id}}");
  const json row{{"id", "{{key.id}}"}, {"name", "{{row.name}}"}};
  destination["insert"] = {{"method", "POST"},
                           {"url", api.server.url("/records")},
                           {"body", row},
                           {"remember", {{"record_id", "/id"}}}};
  destination["update"] = {{"method", "PATCH"}, {"url", known}, {"body", row}};
  destination["delete"] = {{"method", "DELETE"}, {"url", known}};
  config["max_delete_percent"] = 90;
  test::node_fixture node;
  node.connection("customers", config);
  node.start();
  CHECK(node.sync("customers")["delivered"] == 3);
  const auto first = api.records();
  REQUIRE(first.size() == 3);

  node.kill();
  node.start();
  source.run({"UPDATE customers SET name = 'Countess' WHERE id = 1",
              "DELETE FROM customers WHERE id = 2"});
  const auto run = node.sync("customers");
  CHECK(run["updates"] == 1);
  CHECK(run["deletes"] == 1);
  CHECK(run["delivered"] == 2);
  const auto second = api.records();
  CHECK(second.size() == 2);
  for (const auto& [id, record] : first) {
    if (record["id"] == 1) CHECK(second.at(id)["name"] == "Countess");
    if (record["id"] == 2) CHECK_FALSE(second.contains(id));
    if (record["id"] == 3) CHECK(second.at(id) == record);
  }
  // A row that comes back is a new record, and known by its new id.
  source.run({"INSERT INTO customers VALUES (2, 'Grace', 2)"});
  CHECK(node.sync("customers")["inserts"] == 1);
  source.run({"DELETE FROM customers WHERE id = 2"});
  CHECK(node.sync("customers")["delivered"] == 1);
  CHECK(api.records().size() == 2);
  CHECK(node.terminate() == 0);
}
