// The modes insert, update and append, and mirrors that mark what vanished, driven by the real
// binary.
#include <doctest/doctest.h>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"

using namespace sluice;
using nlohmann::json;

namespace {

using cells = std::vector<std::vector<std::optional<std::string>>>;

/// Items in a source, and a table for them in a database of another product.
struct items {
  explicit items(odbc::product kind) : target(kind) {
    source.run({"CREATE TABLE items(id INTEGER PRIMARY KEY, name TEXT)",
                "INSERT INTO items VALUES (1, 'a'), (2, 'b'), (3, 'c')"});
  }

  /// (Re)starts the node with this mode and these changes.
  void start(const std::string& mode, const json& changes = json::object()) {
    if (node.running()) REQUIRE(node.terminate() == 0);
    json config{
        {"source", {{"odbc", source.connection_string()}, {"table", "items"}, {"key", {"id"}}}},
        {"mode", mode},
        {"mapping", {{"id", "id"}, {"name", "name"}}},
        {"destination",
         {{"kind", "odbc"}, {"odbc", target.connection_string()}, {"table", "items"}}}};
    config.merge_patch(changes);
    node.connection("items", config);
    node.start();
  }

  [[nodiscard]] cells rows(const std::string& columns = "id, name") const {
    return target.connect().query("SELECT " + columns + " FROM items ORDER BY id, name");
  }

  test::database_fixture source{odbc::product::sqlite};
  test::database_fixture target;
  test::node_fixture node;
};

const char* const keyed_items = "CREATE TABLE items(id INT PRIMARY KEY, name VARCHAR(20))";

}  // namespace

TEST_CASE("mode insert delivers each row once, and upsert goes on from there") {
  for (const auto kind : test::every_database) {
    CAPTURE(to_string(kind));
    items i(kind);
    i.target.run({keyed_items, "INSERT INTO items VALUES (3, 'theirs')"});
    i.start("insert");
    CHECK(i.node.sync("items")["inserts"] == 3);
    i.source.run({"UPDATE items SET name = 'changed' WHERE id = 1",
                  "DELETE FROM items WHERE id = 2", "INSERT INTO items VALUES (4, 'd')"});
    auto run = i.node.sync("items");
    CHECK(run["mode"] == "insert");
    CHECK(run["inserts"] == 1);
    CHECK(run["unchanged"] == 2);
    CHECK(i.rows() == cells{{"1", "a"}, {"2", "b"}, {"3", "theirs"}, {"4", "d"}});
    run = i.node.sync("items", {"--full"});
    CHECK(run["type"] == "full");
    CHECK(run["unchanged"] == 3);
    CHECK(run["delivered"] == 0);

    i.start("upsert");
    run = i.node.sync("items");
    CHECK(run["type"] == "incremental");
    CHECK(run["updates"] == 1);
    CHECK(i.rows()[0] == cells::value_type{"1", "changed"});
    CHECK(i.node.terminate() == 0);
  }
}

TEST_CASE("mode update changes what is there and lists what is not until it is") {
  for (const auto kind : test::every_database) {
    CAPTURE(to_string(kind));
    items i(kind);
    i.target.run({keyed_items, "INSERT INTO items VALUES (1, 'theirs'), (2, 'b')"});
    i.start("update");
    auto run = i.node.sync("items", {}, 7);
    CHECK(run["updates"] == 3);
    CHECK(run["delivered"] == 2);
    CHECK(run["rejected"] == 1);
    CHECK(i.rows() == cells{{"1", "a"}, {"2", "b"}});
    const auto rejected = i.node.json({"rejected", "items"});
    REQUIRE(rejected.size() == 1);
    CHECK(rejected[0]["operation"] == "update");
    CHECK(rejected[0]["reason"] ==
          "the destination has no row with this key; mode update adds none");
    run = i.node.sync("items", {}, 7);
    CHECK(run["unchanged"] == 2);
    CHECK(run["rejected"] == 1);
    CHECK(i.node.json({"rejected", "items"})[0]["attempts"] == 2);

    i.target.run({"INSERT INTO items VALUES (3, 'new')"});
    i.source.run({"INSERT INTO items VALUES (4, 'd')", "DELETE FROM items WHERE id = 1"});
    run = i.node.sync("items", {}, 7);
    CHECK(run["delivered"] == 1);
    CHECK(i.rows() == cells{{"1", "a"}, {"2", "b"}, {"3", "c"}});

    i.start("upsert");
    run = i.node.sync("items");
    CHECK(run["type"] == "incremental");
    CHECK(run["inserts"] == 1);
    CHECK(i.node.json({"rejected", "items"}).empty());
    CHECK(i.node.terminate() == 0);
  }
}

TEST_CASE("mode append adds an event for every new row and every change") {
  for (const auto kind : test::every_database) {
    CAPTURE(to_string(kind));
    items i(kind);
    i.start("append", {{"destination", {{"create", true}}}});
    CHECK(i.node.sync("items")["inserts"] == 3);
    i.source.run({"UPDATE items SET name = 'changed' WHERE id = 1",
                  "DELETE FROM items WHERE id = 2", "INSERT INTO items VALUES (4, 'd')"});
    auto run = i.node.sync("items");
    CHECK(run["inserts"] == 1);
    CHECK(run["updates"] == 1);
    CHECK(run["deletes"] == 0);
    CHECK(i.rows() == cells{{"1", "a"}, {"1", "changed"}, {"2", "b"}, {"3", "c"}, {"4", "d"}});
    CHECK(i.node.sync("items")["delivered"] == 0);
    CHECK(i.node.sync("items", {"--full"})["delivered"] == 3);
    CHECK(i.rows().size() == 8);
    CHECK(i.node.terminate() == 0);
  }
}

TEST_CASE("a mirror marks rows that vanish, and takes the mark back when they return") {
  const json marking{{"mapping", {{"deleted", {{"constant", false}}}}},
                     {"on_delete", {{"set", {{"deleted", true}}}}},
                     {"max_delete_percent", 50}};
  const auto deleted = "id, name, CASE WHEN deleted THEN 1 ELSE 0 END";
  for (const auto kind : test::every_database) {
    CAPTURE(to_string(kind));
    items i(kind);
    auto changes = marking;
    changes["destination"]["create"] = true;
    i.start("mirror", changes);
    i.node.sync("items");
    i.source.run({"DELETE FROM items WHERE id = 2"});
    auto run = i.node.sync("items");
    CHECK(run["deletes"] == 1);
    CHECK(run["delivered"] == 1);
    CHECK(i.rows(deleted) == cells{{"1", "a", "0"}, {"2", "b", "1"}, {"3", "c", "0"}});
    CHECK(i.node.sync("items")["delivered"] == 0);

    i.source.run({"INSERT INTO items VALUES (2, 'again')"});
    CHECK(i.node.sync("items")["inserts"] == 1);
    CHECK(i.rows(deleted) == cells{{"1", "a", "0"}, {"2", "again", "0"}, {"3", "c", "0"}});

    // The guard counts them as deletes.
    i.source.run({"DELETE FROM items WHERE id > 1"});
    run = i.node.sync("items", {}, 1);
    CHECK(run["error"]["code"] == "guarded");
    CHECK(i.rows(deleted)[1] == cells::value_type{"2", "again", "0"});

    // Another way to delete needs no full run.
    changes["on_delete"] = "delete";
    i.start("mirror", changes);
    run = i.node.sync("items", {"--allow-deletes"});
    CHECK(run["type"] == "incremental");
    CHECK(run["deletes"] == 2);
    CHECK(i.rows(deleted) == cells{{"1", "a", "0"}});
    CHECK(i.node.terminate() == 0);
  }
}

TEST_CASE("a mirror in a file of changes marks rows that vanish") {
  items i(odbc::product::sqlite);
  const auto file = i.node.path() / "items.jsonl";
  i.start("mirror",
          {{"mapping", {{"state.deleted", {{"constant", false}}}}},
           {"on_delete", {{"set", {{"state.deleted", true}}}}},
           {"max_delete_percent", 50},
           {"destination",
            {{"kind", "jsonl"}, {"path", file.string()}, {"odbc", nullptr}, {"table", nullptr}}}});
  i.node.sync("items");
  i.source.run({"DELETE FROM items WHERE id = 2"});
  CHECK(i.node.sync("items")["deletes"] == 1);
  CHECK(test::replay_jsonl(file).at(R"({"id":2})") == json{{"state", {{"deleted", true}}}});
  CHECK(i.node.terminate() == 0);
}

TEST_CASE("check tells of a value that on_delete cannot set") {
  items i(odbc::product::postgresql);
  i.target.run({keyed_items});
  i.start("mirror", {{"on_delete", {{"set", {{"name", true}}}}}});
  const auto checked = test::run_program(
      {.program = SLUICE_BINARY,
       .arguments = {"check", "--config", i.node.config_file().string(), "--json"}});
  CHECK(checked.exit_code == 1);
  const auto found = json::parse(checked.output)["connections"][0]["destination"];
  CHECK(found["code"] == "invalid_config");
  CHECK(test::contains(found["message"], "field 'name' is of type text, which true does not fit"));
  CHECK(i.node.terminate() == 0);
}
