// What goes wrong outside is said clearly, with the right exit code, and the next good run
// converges.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <csignal>

#include <fstream>
#include <random>

#include "runtime/net/unix_socket.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/database_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

json to_jsonl(const std::string& odbc, const json& source) {
  json config{{"source", {{"odbc", odbc}, {"key", {"id"}}}},
              {"mode", "mirror"},
              {"destination", {{"kind", "jsonl"}, {"path", "../out.jsonl"}}}};
  config["source"].update(source);
  return config;
}

}  // namespace

TEST_CASE("an unknown connection is exit code 5 and the error is one JSON document") {
  test::node_fixture node;
  node.start();
  const auto e = node.json({"status", "nobody"}, 5)["error"];
  CHECK(e["code"] == "unknown_connection");
  CHECK(test::contains(e["message"], "nobody"));
}

TEST_CASE("an absent node is exit code 3 with a clear text") {
  test::node_fixture node;
  const auto ended = node.sluice({"connections"});
  CHECK(ended.exit_code == 3);
  CHECK(ended.errors.find("node.sock") != std::string::npos);
}

TEST_CASE("a stop without a run is refused with exit code 4") {
  const test::database_fixture source(odbc::product::sqlite);
  source.run({"CREATE TABLE t(id INTEGER PRIMARY KEY)"});
  test::node_fixture node;
  node.connection("t", to_jsonl(source.connection_string(), {{"table", "t"}}));
  node.start();
  CHECK(node.json({"stop", "t", "--yes"}, 4)["error"]["code"] == "not_running");
}

TEST_CASE("an invalid configuration is exit code 2 and every problem is told at once") {
  test::node_fixture node;
  node.connection("a", {{"source", {{"odbc", "Driver=SQLite3"}, {"tabel", "t"}, {"key", {"id"}}}},
                        {"destination", {{"kind", "jsonl"}}}});
  node.connection("b", {{"mode", "mirrror"}});
  const auto ended = node.start_and_fail();
  CHECK(ended.exit_code == 2);
  CHECK(ended.errors.find("a.json:/source/tabel") != std::string::npos);
  CHECK(ended.errors.find("a.json:/destination") != std::string::npos);
  CHECK(ended.errors.find("b.json:/mode") != std::string::npos);
}

TEST_CASE("errors of the source name connection and cause and the run fails with exit code 1") {
  for (const auto kind : test::every_database) {
    CAPTURE(static_cast<int>(kind));
    const test::database_fixture source(kind);
    source.run({"CREATE TABLE t(id INT PRIMARY KEY, v INT)", "INSERT INTO t VALUES (1, 1)"});
    test::node_fixture node;
    const auto odbc = source.connection_string();
    node.connection("no-table", to_jsonl(odbc, {{"table", "custmers"}}));
    node.connection("no-column", to_jsonl(odbc, {{"query", "SELECT id, nothing FROM t"}}));
    node.connection("bad-sql", to_jsonl(odbc, {{"query", "SELEC id FROM t"}}));
    node.connection("no-key", to_jsonl(odbc, {{"query", "SELECT v FROM t"}}));
    node.connection("no-driver", to_jsonl("Driver=/nonexistent/driver.so", {{"table", "t"}}));
    int n = 0;
    for (const char* name : {"no-table", "no-column", "bad-sql", "no-key", "no-driver"}) {
      json config =
          json::parse(std::ifstream(node.path() / "connections" / (std::string(name) + ".json")));
      config["destination"]["path"] = "../out" + std::to_string(++n) + ".jsonl";
      node.connection(name, config);
    }
    node.start();
    const auto error_of = [&](const char* name) { return node.sync(name, {}, 1)["error"]; };
    CHECK(test::contains(error_of("no-table")["message"], "custmers"));
    CHECK(test::contains(error_of("no-column")["message"], "nothing"));
    CHECK(test::contains(error_of("bad-sql")["message"], "bad-sql"));
    CHECK(test::contains(error_of("no-key")["message"], "id"));
    CHECK(test::contains(error_of("no-driver")["message"], "/nonexistent/driver.so"));
    CHECK(node.terminate() == 0);
  }
}

TEST_CASE("a wrong password is an error that does not show it") {
  test::node_fixture node;
  const test::database_fixture source(odbc::product::postgresql);
  node.connection("t",
                  to_jsonl(source.connection_string() + ";Pwd=canary-secret", {{"table", "t"}}));
  node.start();
  const auto run = node.sync("t", {}, 1);
  CHECK_FALSE(run["error"].is_null());
  node.node().signal(SIGTERM);
  const auto end = node.node().wait(30s);
  REQUIRE(end);
  CHECK(end->errors.find("canary-secret") == std::string::npos);
  CHECK(run.dump().find("canary-secret") == std::string::npos);
}

TEST_CASE("NULL and duplicate keys are invalid rows with a reason and everything else arrives") {
  const test::database_fixture source(odbc::product::sqlite);
  source.run({"CREATE TABLE t(id INTEGER, v TEXT)",
              "INSERT INTO t VALUES (1, 'a'), (NULL, 'b'), (2, 'c'), (2, 'd')"});
  test::node_fixture node;
  node.connection("t", to_jsonl(source.connection_string(), {{"table", "t"}}));
  node.start();
  const auto run = node.sync("t", {}, 7);
  CHECK(run["invalid"] == 2);
  CHECK(run["delivered"] == 2);
  CHECK(node.json({"rejected", "t"}).size() == 2);
}

TEST_CASE("every row whose key cannot be read, or holds a NULL, is listed") {
  const test::database_fixture source(odbc::product::sqlite);
  source.run({"CREATE TABLE t(id TEXT, v TEXT)",
              "INSERT INTO t VALUES ('a', 'a'), (CAST(x'C328' AS TEXT), 'b'),"
              " (CAST(x'C329' AS TEXT), 'c'), (NULL, 'd'), (NULL, 'e')"});
  test::node_fixture node;
  node.connection("t", to_jsonl(source.connection_string(), {{"table", "t"}}));
  node.start();
  for (int i = 0; i < 2; ++i) {
    CHECK(node.sync("t", {}, 7)["invalid"] == 4);
    const auto listed = node.json({"rejected", "t"});
    CHECK(listed.size() == 4);
    int unreadable = 0;
    for (const auto& row : listed) unreadable += row["key"].is_null() ? 1 : 0;
    CHECK(unreadable == 2);
  }
}

TEST_CASE("text that is not UTF-8 is an invalid row and never a broken document") {
  const test::database_fixture source(odbc::product::sqlite);
  source.run({"CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT)",
              "INSERT INTO t VALUES (1, 'good'), (2, CAST(x'C3286162' AS TEXT))"});
  test::node_fixture node;
  node.connection("t", to_jsonl(source.connection_string(), {{"table", "t"}}));
  node.start();
  CHECK(node.sync("t", {}, 7)["invalid"] == 1);
  CHECK(test::replay_jsonl(node.path() / "out.jsonl").size() == 1);
}

TEST_CASE("a cell larger than 64 MiB is an invalid row that a mirror does not delete") {
  for (const auto kind : test::every_database) {
    CAPTURE(static_cast<int>(kind));
    const test::database_fixture source(kind);
    const test::database_fixture target(odbc::product::sqlite);
    source.run({"CREATE TABLE t(id INT PRIMARY KEY, v VARCHAR(20), n INT)",
                "INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 1), (3, 'c', 1), (4, 'd', 1)"});
    target.run({"CREATE TABLE t(id INT PRIMARY KEY, v TEXT)"});
    // SQLite has no repeat().
    const std::string repeated =
        kind == odbc::product::sqlite
            ? "CASE n WHEN 1 THEN v ELSE replace(hex(zeroblob(n / 2 + 1)), '0', v) END"
            : "REPEAT(v, n)";
    // Connections get the server's limit as it is when they begin.
    if (kind == odbc::product::mariadb) source.run({"SET GLOBAL max_allowed_packet = 134217728"});
    test::node_fixture node;
    node.connection("t",
                    {{"source",
                      {{"odbc", source.connection_string()},
                       {"query", "SELECT id, " + repeated + " AS v FROM t"},
                       {"key", {"id"}}}},
                     {"mode", "mirror"},
                     {"destination",
                      {{"kind", "odbc"}, {"odbc", target.connection_string()}, {"table", "t"}}}});
    node.start();
    node.sync("t");
    const auto delivered = [&] {
      std::vector<std::string> rows;
      for (const auto& row :
           target.connect(odbc::purpose::read).query("SELECT id, v FROM t ORDER BY id"))
        rows.push_back(row[0].value() + row[1].value());
      return rows;
    };
    source.run({"UPDATE t SET n = 67108865 WHERE id = 2", "UPDATE t SET v = 'new' WHERE id = 3",
                "DELETE FROM t WHERE id = 4"});
    const auto run = node.sync("t", {}, 7);
    CHECK(run["state"] == "succeeded");
    CHECK(run["invalid"] == 1);
    CHECK(run["updates"] == 1);
    CHECK(run["deletes"] == 1);
    CHECK(delivered() == std::vector<std::string>{"1a", "2b", "3new"});
    const auto rejected = node.json({"rejected", "t"});
    REQUIRE(rejected.size() == 1);
    CHECK(rejected[0]["key"] == json{{"id", 2}});
    CHECK(test::contains(rejected[0]["reason"], "'v'"));
    CHECK(test::contains(rejected[0]["reason"], "64 MiB"));

    source.run({"UPDATE t SET n = 1, v = 'small again' WHERE id = 2"});
    CHECK(node.sync("t")["updates"] == 1);
    CHECK(delivered() == std::vector<std::string>{"1a", "2small again", "3new"});
    CHECK(node.json({"rejected", "t"}).empty());
    CHECK(node.terminate() == 0);
  }
}

TEST_CASE("a second node on the same state directory or socket is refused and the first lives on") {
  test::node_fixture node;
  node.start();
  const auto second = test::run_program(
      {.program = SLUICE_BINARY, .arguments = {"node", "--config", node.config_file().string()}},
      30s);
  CHECK(second.exit_code != 0);
  CHECK(second.errors.find(std::to_string(node.node().pid())) != std::string::npos);
  CHECK(node.json({"connections"}).empty());
}

TEST_CASE("a garbage client harms nobody") {
  test::node_fixture node;
  node.start();
  std::mt19937 random(7);
  for (int i = 0; i < 20; ++i) {
    std::string garbage(4096, '\0');
    for (auto& c : garbage) c = static_cast<char>(random());
    // A frame of CAF's protocol that announces 4 GiB.
    if (i % 2 == 0) garbage.replace(0, 8, std::string("\0\0\0\0\xff\xff\xff\xff", 8));
    const auto fd = net::connect_to(net::parse_address(node.address()), 5s);
    CHECK(::send(fd.get(), garbage.data(), garbage.size(), MSG_NOSIGNAL) > 0);
    CHECK(node.json({"connections"}).empty());
  }
}

TEST_CASE("a node ends at SIGTERM whatever it was asked before") {
  const test::database_fixture source(odbc::product::sqlite);
  source.run({"CREATE TABLE t(id INTEGER, v TEXT)", "INSERT INTO t VALUES (1, 'a'), (NULL, 'b')"});
  test::node_fixture node;
  node.connection("t", to_jsonl(source.connection_string(), {{"table", "t"}}));
  // What keeps a node from ending is a matter of luck, so each command gets several chances.
  for (int life = 0; life < 5; ++life) {
    for (const auto& command : std::vector<std::vector<std::string>>{{"connections"},
                                                                     {"sync", "t", "--wait"},
                                                                     {"status", "t"},
                                                                     {"runs", "t"},
                                                                     {"rejected", "t"},
                                                                     {"stop", "t", "--yes"}}) {
      CAPTURE(command.front());
      node.start();
      node.sluice(command);
      CHECK(node.terminate() == 0);
    }
  }
}

TEST_CASE("SIGTERM drains every connection and exits 0 and the state is private") {
  const test::database_fixture source(odbc::product::postgresql);
  // Half-way the query waits for as long as `pace` says.
  source.run({"CREATE TABLE t(id INT PRIMARY KEY)",
              "INSERT INTO t SELECT generate_series(1, 20000)", "CREATE TABLE pace(seconds INT)",
              "INSERT INTO pace VALUES (60)"});
  test::node_fixture node;
  auto config = to_jsonl(
      source.connection_string(),
      {{"query",
        "SELECT id FROM t WHERE id <= 10000 OR (SELECT pg_sleep(seconds)::text FROM pace) = ''"}});
  config["delivery"] = {{"writers", 1}, {"batch_rows", 50}, {"window", 4}};
  node.connection("t", config);
  node.start();
  node.json({"sync", "t"});
  node.wait_for("t", [](const json& s) { return s["run"]["delivered"] > 0; });
  CHECK(node.terminate() == 0);
  source.run({"UPDATE pace SET seconds = 0"});
  struct stat info {};
  REQUIRE(::stat((node.path() / "state").c_str(), &info) == 0);
  CHECK((info.st_mode & 077) == 0);
  node.start();
  const auto last = node.json({"status", "t"})["run"];
  CHECK(last["state"] == "stopped");
  CHECK(last["undelivered"] == 0);
  CHECK(node.sync("t")["continues"] == last["run"]);
  CHECK(test::replay_jsonl(node.path() / "out.jsonl").size() == 20000);
}
