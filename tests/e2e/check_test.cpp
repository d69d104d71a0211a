// `sluice check` does what a run does first: what it passes, a run can read and write.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/unproven_database.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;
using odbc::product;

namespace {

/// What `check --json` says about the configuration of `node`, which has to end with `code`.
json checked(const test::node_fixture& node, int code) {
  const auto outcome =
      test::run_program({.program = SLUICE_BINARY,
                         .arguments = {"check", "--config", node.config_file().string(), "--json"}},
                        60s);
  CHECK_MESSAGE(outcome.exit_code == code, outcome.output);
  return json::parse(outcome.output);
}

/// A node that has run, so that its files are there, with `config` as its only connection.
void configure(test::node_fixture& node, const json& config) {
  if (node.running()) CHECK(node.terminate() == 0);
  node.connection("customers", config);
  node.start();
}

}  // namespace

TEST_CASE("check reads a row and so finds what only reading finds") {
  const test::database_fixture source(product::postgresql);
  const test::database_fixture target(product::postgresql);
  source.run({test::customers_table, test::fill_customers(source.kind(), 3)});
  target.run({test::customers_table});
  test::node_fixture node;
  auto config = test::mirror_customers(source, target);
  config["source"].erase("table");
  config["source"]["query"] = "SELECT 1 / (id - 1) AS id, name, balance FROM customers";
  configure(node, config);
  auto found = checked(node, 1)["connections"][0];
  CHECK(test::contains(found["source"]["message"], "division by zero"));
  CHECK(found["passed"] == false);
  config["source"]["query"] = "SELECT id, name, balance FROM customers";
  configure(node, config);
  found = checked(node, 0)["connections"][0];
  CHECK(found["source"].is_null());
  CHECK(found["destination"].is_null());
  CHECK(found["warnings"].empty());
  CHECK(test::customers_of(target).empty());
}

TEST_CASE("check asks what a later run by cursor asks") {
  for (const auto kind : test::every_database) {
    CAPTURE(to_string(kind));
    const test::database_fixture source(kind);
    const test::database_fixture target(kind);
    source.run({test::customers_table, test::fill_customers(kind, 3)});
    target.run({test::customers_table});
    test::node_fixture node;
    auto config = test::mirror_customers(source, target);
    config["mode"] = "upsert";
    config["source"]["change_detection"] = {{"cursor", "id"}};
    configure(node, config);
    checked(node, 0);
    if (kind != product::postgresql) continue;
    // A model that can be read whole, and fails where a condition begins at a value.
    config["source"].erase("table");
    config["source"]["query"] =
        "SELECT * FROM customers WHERE current_query() NOT LIKE '%>' || '=%' OR 1 / (id - id) = 0";
    configure(node, config);
    CHECK(test::contains(checked(node, 1)["connections"][0]["source"]["message"],
                         "division by zero"));
  }
}

TEST_CASE("a mirror of a source that may skip rows is refused unless the user vouches for it") {
  const test::relative_of_postgresql source;
  const test::database_fixture target(product::postgresql);
  source.run({test::customers_table, test::fill_customers(product::postgresql, 3)});
  target.run({test::customers_table});
  test::node_fixture node;
  json config = test::mirror_customers(target, target);
  config["source"]["odbc"] = source.connection_string();
  configure(node, config);
  const auto refused = checked(node, 1)["connections"][0]["source"];
  CHECK(test::contains(refused["message"], "Amazon Redshift may skip rows"));
  CHECK(test::contains(refused["hint"], "\"consistent_reads\": true"));
  const auto run = node.sync("customers", {}, 1);
  CHECK(run["error"]["message"] == refused["message"]);
  CHECK(run["read"] == 0);
  config["mode"] = "upsert";
  configure(node, config);
  checked(node, 0);
  CHECK(node.sync("customers")["delivered"] == 3);
  config["mode"] = "mirror";
  config["source"]["consistent_reads"] = true;
  configure(node, config);
  checked(node, 0);
  source.run({"DELETE FROM customers WHERE id = 2", "DELETE FROM customers WHERE id = 9"});
  config["max_delete_percent"] = 100;
  configure(node, config);
  CHECK(node.sync("customers")["deletes"] == 1);
}

TEST_CASE("a destination that delivery is not proven on is refused by check and by a run") {
  const test::database_fixture source(product::postgresql);
  const test::relative_of_postgresql target;
  source.run({test::customers_table, test::fill_customers(product::postgresql, 3)});
  target.run({test::customers_table});
  test::node_fixture node;
  json config = test::mirror_customers(source, source);
  config["destination"]["odbc"] = target.connection_string();
  configure(node, config);
  const auto refused = checked(node, 1)["connections"][0]["destination"];
  CHECK(test::contains(refused["message"], "Amazon Redshift"));
  CHECK(test::contains(refused["hint"], "destination.unverified"));
  CHECK(node.sync("customers", {}, 1)["delivered"] == 0);
  config["destination"]["unverified"] = true;
  configure(node, config);
  CHECK_FALSE(checked(node, 0)["connections"][0]["warnings"].empty());
  // One row is stored as another one: it stays in doubt, is listed, and is delivered again.
  target.run(
      {"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = 2 THEN "
       "NEW.name := 'other'; END IF; RETURN NEW; END $$",
       "CREATE TRIGGER x BEFORE INSERT OR UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION "
       "f()"});
  auto run = node.sync("customers", {}, 7);
  CHECK(run["delivered"] == 2);
  test::check_adds_up(run);
  const auto rejected = node.json({"rejected", "customers"});
  REQUIRE(rejected.size() == 1);
  CHECK(test::contains(rejected[0]["reason"], "the column 'name' holds 'other'"));
  target.run({"DROP TRIGGER x ON customers"});
  run = node.sync("customers");
  CHECK(run["delivered"] == 1);
  CHECK(node.json({"rejected", "customers"}).empty());
  CHECK(target.query("SELECT name FROM customers WHERE id = 2")[0][0] == "name 2");
}

TEST_CASE("check says what the rules of a destination table change") {
  const test::database_fixture source(product::sqlite);
  const test::database_fixture target(product::postgresql);
  source.run({test::customers_table, test::fill_customers(source.kind(), 1)});
  target.run({test::customers_table, "CREATE RULE r AS ON DELETE TO customers DO INSTEAD NOTHING"});
  test::node_fixture node;
  configure(node, test::mirror_customers(source, target));
  const auto found = checked(node, 0)["connections"][0];
  REQUIRE(found["warnings"].size() == 1);
  CHECK(test::contains(found["warnings"][0], "rewrite rules"));
  const auto text = test::run_program(
      {.program = SLUICE_BINARY, .arguments = {"check", "--config", node.config_file().string()}},
      60s);
  CHECK(text.output.find("  warning: 'customers' has rewrite rules") != std::string::npos);
}

TEST_CASE("check names the way out where a key cannot serve") {
  const test::database_fixture source(product::sqlite);
  const test::database_fixture target(product::postgresql);
  source.run({test::customers_table, test::fill_customers(source.kind(), 1)});
  test::node_fixture node;
  const auto hint = [&](const std::string& id) {
    target.run({"DROP TABLE IF EXISTS customers",
                "CREATE TABLE customers(" + id + ", name text, balance numeric)"});
    configure(node, test::mirror_customers(source, target));
    return checked(node, 1)["connections"][0]["destination"]["hint"];
  };
  CHECK(test::contains(hint("id int, PRIMARY KEY (id) DEFERRABLE INITIALLY DEFERRED"),
                       "'customers_pkey' over the key is deferrable"));
  CHECK(test::contains(hint("id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
                       "SET GENERATED BY DEFAULT"));
}

TEST_CASE("check finds a state directory that cannot be used") {
  const test::database_fixture source(product::sqlite);
  source.run({test::customers_table, test::fill_customers(source.kind(), 1)});
  test::node_fixture node;
  configure(node, test::mirror_customers(source, source));
  CHECK(checked(node, 0)["state_dir"].is_null());
  CHECK(node.terminate() == 0);
  std::ofstream(node.path() / "no_folder") << "a file";
  auto document = json::parse(std::ifstream(node.config_file()));
  document["state_dir"] = (node.path() / "no_folder").string();
  std::ofstream(node.config_file()) << document;
  CHECK(test::contains(checked(node, 1)["state_dir"]["message"], "it is not a directory"));
}

TEST_CASE("check shows the configuration as it holds, without connecting") {
  test::node_fixture node;
  node.connection(
      "customers",
      {{"source",
        {{"odbc", "Driver=None;Server=nowhere;Pwd=canary7391"}, {"table", "t"}, {"key", {"id"}}}},
       {"destination", {{"kind", "jsonl"}, {"path", "out.jsonl"}}},
       {"delivery", {{"writers", 3}}}});
  node.start();
  CHECK(node.terminate() == 0);
  const auto shown = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"check", "--config", node.config_file().string(), "--show"};
    words.insert(words.end(), more.begin(), more.end());
    return test::run_program({.program = SLUICE_BINARY, .arguments = words}, 60s);
  };
  const auto text = shown({"customers"});
  CHECK(text.exit_code == 0);
  CHECK(test::contains(text.output, "\"odbc\": \"Driver=None;Server=nowhere;Pwd=***\""));
  CHECK(test::contains(text.output, "    \"writers\": 3,\n"));
  CHECK(test::contains(text.output, "    \"window\": 8,"));
  CHECK(test::contains(text.output, "// default\n"));
  CHECK_FALSE(test::contains(text.output, "canary7391"));
  CHECK_FALSE(test::contains(text.output, "state_dir"));
  // It is what a node reads.
  CHECK(json::parse(text.output, nullptr, true, true)["delivery"]["drain_timeout"] == "1m");

  const auto all = shown({"--json"});
  CHECK(all.exit_code == 0);
  const auto document = json::parse(all.output);
  CHECK(document["problems"].empty());
  CHECK(document["node"]["settings"].contains("state_dir"));
  const auto& customers = document["connections"]["customers"];
  CHECK(customers["settings"]["delivery"]["writers"] == 3);
  const auto defaults = customers["defaults"].get<std::vector<std::string>>();
  CHECK(std::ranges::find(defaults, "/delivery/window") != defaults.end());
  CHECK(std::ranges::find(defaults, "/delivery/writers") == defaults.end());

  CHECK(shown({"nobody"}).exit_code == 5);
  node.connection("customers", {{"sourc", 1}});
  const auto invalid = shown({});
  CHECK(invalid.exit_code == 2);
  CHECK(test::contains(invalid.errors, "unknown key \"sourc\""));
}
