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

/// Requests for single records, by the ids that the API gave them.
void address_by_id(json& destination, const test::http_server& api) {
  destination.erase("upsert");
  const auto known = api.url("/records/{{known.record_id}}");
  const json row{{"id", "{{key.id}}"}, {"name", "{{row.name}}"}};
  destination["insert"] = {{"method", "POST"},
                           {"url", api.url("/records")},
                           {"body", row},
                           {"remember", {{"record_id", "/id"}}}};
  destination["update"] = {{"method", "PATCH"}, {"url", known}, {"body", row}};
  destination["delete"] = {{"method", "DELETE"}, {"url", known}};
}

/// A customer in the API, and orders, whose owners are its records, in a file.
struct customers_and_orders {
  /// The node is started. `table` creates the table of orders, and `rows` inserts them; `more`:
  /// what their connection has besides.
  customers_and_orders(const char* table, const char* rows, const json& more) {
    source.run({test::customers_table, "INSERT INTO customers VALUES (1, 'Ada', 1)", table, rows});
    auto customers = test::mirror_customers(source, api.server);
    address_by_id(customers["destination"], api.server);
    node.connection("customers", customers);
    json orders{
        {"source", {{"odbc", source.connection_string()}, {"table", "orders"}, {"key", {"id"}}}},
        {"max_rejected_percent", 100},
        {"mapping",
         {{"id", "id"},
          {"owner", {{"known", "record_id"}, {"of", "customers"}, {"by", "customer"}}}}},
        {"destination", {{"kind", "jsonl"}, {"path", file().string()}}}};
    orders.merge_patch(more);
    node.connection("orders", orders);
    node.start();
  }

  /// The owner that the file has for an order.
  [[nodiscard]] json owner_of(int order) const {
    const auto rows = test::replay_jsonl(file());
    const auto row = rows.find(json{{"id", order}}.dump());
    return row == rows.end() ? json("not there") : row->second["owner"];
  }

  test::database_fixture source{odbc::product::sqlite};
  records_api api;
  test::node_fixture node;

 private:
  [[nodiscard]] std::filesystem::path file() const { return node.path() / "orders.jsonl"; }
};

}  // namespace

TEST_CASE("records are updated and deleted by the ids that the API gave them, after a crash, too") {
  const test::database_fixture source(odbc::product::sqlite);
  source.run({test::customers_table,
              "INSERT INTO customers VALUES (1, 'Ada', 1), (2, 'Grace', 2), (3, 'Edsger', 3)"});
  records_api api;
  auto config = test::mirror_customers(source, api.server);
  address_by_id(config["destination"], api.server);
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

TEST_CASE("ids of one connection stand in rows of another, and rows wait for them") {
  customers_and_orders world("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT)",
                             "INSERT INTO orders VALUES (10, '1'), (11, NULL), (12, '2')",
                             {{"mode", "mirror"}});
  auto& source = world.source;
  auto& node = world.node;

  // No customer is known yet.
  CHECK(node.sync("orders", {}, 7)["invalid"] == 2);
  CHECK(world.owner_of(11) == json());
  const auto rejected = node.json({"rejected", "orders"});
  CHECK(rejected.dump().find("connection 'customers' knows no 'record_id' of its row") !=
        std::string::npos);

  node.sync("customers");
  const auto preview = node.json({"preview", "orders"});
  CHECK(preview["inserts"] == 1);
  auto run = node.sync("orders", {}, 7);
  CHECK(run["inserts"] == 1);
  CHECK(run["invalid"] == 1);
  CHECK(world.owner_of(10) == "rec1");
  CHECK(world.owner_of(12) == "not there");

  // The customer gets another record: its orders change with it, after a restart, too.
  node.kill();
  node.start();
  source.run({"DELETE FROM customers"});
  node.sync("customers", {"--allow-deletes"});
  source.run({"INSERT INTO customers VALUES (1, 'Ada', 1), (2, 'Grace', 2)"});
  node.sync("customers");
  run = node.sync("orders");
  CHECK(run["updates"] == 1);
  CHECK(run["inserts"] == 1);
  CHECK(run["invalid"] == 0);
  const auto records = world.api.records();
  for (const int order : {10, 12}) {
    const auto owner = world.owner_of(order).get<std::string>();
    REQUIRE(records.contains(owner));
    CHECK(records.at(owner)["name"] == (order == 10 ? "Ada" : "Grace"));
  }
  CHECK(node.sync("orders")["unchanged"] == 3);
  CHECK(node.terminate() == 0);
}

TEST_CASE("by a cursor a row that waited gets its id, and one that went out keeps what it had") {
  customers_and_orders world(
      "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, version INTEGER)",
      "INSERT INTO orders VALUES (10, 1, 1), (12, 2, 2), (13, 1, 3)",
      {{"source", {{"change_detection", {{"cursor", "version"}}}}}});
  auto& source = world.source;
  auto& node = world.node;
  node.sync("customers");
  CHECK(node.sync("orders", {}, 7)["delivered"] == 2);
  CHECK(world.owner_of(12) == "not there");

  // The cursor is past both orders of customers that change.
  source.run({"DELETE FROM customers WHERE id = 1"});
  node.sync("customers", {"--allow-deletes"});
  source.run({"INSERT INTO customers VALUES (1, 'Ada', 1), (2, 'Grace', 2)"});
  node.sync("customers");
  const auto run = node.sync("orders");
  CHECK(run["inserts"] == 1);
  CHECK(world.owner_of(12) != "not there");
  CHECK(world.owner_of(10) == "rec1");
  CHECK(node.terminate() == 0);
}
