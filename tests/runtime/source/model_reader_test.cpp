#include "runtime/source/model_reader.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "messages/error.hpp"
#include "tests/runtime/source/read_model.hpp"

using namespace sluice;
using namespace sluice::test;
using odbc::product;
using source::read_result;
using namespace std::chrono_literals;

namespace {

constexpr int many = 30'000;

/// A table `t` (id, v) of `count` rows, v being 'x'.
void make_table(const database_fixture& database, int count) {
  const auto n = std::to_string(count);
  database.run({"CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR(20))"});
  switch (database.kind()) {
    case product::postgresql:
      database.run({"INSERT INTO t SELECT i, 'x' FROM generate_series(1, " + n + ") AS s(i)"});
      break;
    case product::mariadb:
      database.run({"INSERT INTO t SELECT seq, 'x' FROM seq_1_to_" + n});
      break;
    default:
      database.run(
          {"INSERT INTO t WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s "
           "WHERE i < " +
           n + ") SELECT i, 'x' FROM s"});
  }
}

/// The failure of `work`, which must fail.
error failure_of(auto&& work) {
  try {
    work();
  } catch (const failure& e) {
    return e.info();
  }
  FAIL_CHECK("no failure");
  return {};
}

/// The failure of reading `source` to its end.
error failure_of_reading(const config::source_config& source) {
  return failure_of([&] { read_all(source); });
}

std::string replaced(std::string text, std::string_view key, std::string_view value) {
  const auto at = text.find(key) + key.size();
  return text.replace(at, std::min(text.find(';', at), text.size()) - at, value);
}

}  // namespace

TEST_CASE("a pass gives every row once and can be repeated") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    make_table(database, many);
    const auto reader = source::open_model("test", table_source(database, "t"), {});
    REQUIRE(reader->columns().size() == 2);
    CHECK(reader->columns()[0].name == "id");
    CHECK(reader->columns()[0].kind == value_kind::integer);
    CHECK(reader->columns()[1].name == "v");
    CHECK(reader->columns()[1].kind == value_kind::text);
    for (int pass = 0; pass < 2; ++pass) {
      long long sum = 0, count = 0;
      reader->begin({1, 0});
      for (auto r = reader->next(); r != read_result::end; r = reader->next()) {
        REQUIRE(r == read_result::row);
        ++count;
        sum += std::stoll(std::string(reader->values()[1].bytes));
      }
      CHECK(count == many);
      CHECK(sum == static_cast<long long>(many) * (many + 1) / 2);
    }
  }
}

TEST_CASE("only the wanted columns are read") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    make_table(database, 3);
    const auto reader = source::open_model("test", table_source(database, "t"), {});
    reader->begin({1});
    REQUIRE(reader->next() == read_result::row);
    CHECK(reader->values() == std::vector{value_view{value_kind::text, "x"}});
  }
}

TEST_CASE("queries with comments and semicolons and CTEs are read") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    make_table(database, 1000);
    for (const auto* query :
         {"SELECT id, v FROM t;", "-- all of them\nSELECT id, v FROM t -- really\n;\n-- yes",
          "/* hint */ WITH big AS (SELECT * FROM t) SELECT id, v FROM big",
          "(SELECT id, v FROM t)"}) {
      if (kind == product::sqlite && *query == '(') continue;  // SQLite knows no such statement
      CAPTURE(query);
      CHECK(read_all(query_source(database, query)).size() == 1000);
    }
  }
}

TEST_CASE("a pass sees one snapshot whatever others commit meanwhile") {
  for (const auto kind : every_database) {
    for (const bool as_query : {false, true}) {
      CAPTURE(to_string(kind));
      CAPTURE(as_query);
      const database_fixture database(kind);
      make_table(database, many);
      // Without it nobody commits while somebody reads.
      if (kind == product::sqlite) database.run({"PRAGMA journal_mode = WAL"});
      const auto reader = source::open_model(
          "test",
          as_query ? query_source(database, "SELECT * FROM t") : table_source(database, "t"), {});
      reader->begin({0, 1});
      int count = 0, changed = 0;
      for (auto r = reader->next(); r != read_result::end; r = reader->next()) {
        if (++count == 10) {
          database.run({"UPDATE t SET v = 'changed'", "DELETE FROM t WHERE id > 20000",
                        "INSERT INTO t VALUES (1000000, 'new')"});
        }
        changed += reader->values()[1].bytes != "x";
      }
      CHECK(count == many);
      CHECK(changed == 0);
      CHECK(read_all(*reader).size() == 20'001);  // the next pass sees it all
    }
  }
}

TEST_CASE("an interrupted pass is cancelled and never looks like its end") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    make_table(database, many);
    for (int trial = 0; trial < 20; ++trial) {
      CAPTURE(trial);
      std::stop_source stop;
      int count = 0;
      std::jthread stopper;
      const auto error = failure_of([&] {
        const auto reader =
            source::open_model("test", table_source(database, "t"), stop.get_token());
        reader->begin({0, 1});
        while (reader->next() != read_result::end) {
          if (++count == trial * 1000 + 1) stopper = std::jthread([&] { stop.request_stop(); });
        }
        // The whole table may be read before the thread has run: then it is the end that must tell.
        stopper.join();
        reader->begin({0});
        reader->next();
      });
      CHECK(error.code == errc::cancelled);
    }
  }
}

TEST_CASE("a stop ends a pass that waits inside its query") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    const auto query = kind == product::postgresql ? "SELECT 1 AS a FROM (SELECT pg_sleep(60)) AS s"
                       : kind == product::mariadb
                           ? "SELECT sleep(60) AS a"
                           : "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                             "WHERE i < 4000000000) SELECT sum(i) AS a FROM n";
    std::stop_source stop;
    const auto reader = source::open_model("test", query_source(database, query), stop.get_token());
    const auto begun = std::chrono::steady_clock::now();
    std::jthread stopper([&] { stop.request_stop(); });
    const auto error = failure_of([&] {
      reader->begin({0});
      reader->next();
    });
    CHECK(error.code == errc::cancelled);
    CHECK(std::chrono::steady_clock::now() - begun < 30s);
  }
}

TEST_CASE("describing a model does not run its query") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    const auto query = kind == product::postgresql ? "SELECT pg_sleep(60)::text AS a"
                       : kind == product::mariadb
                           ? "SELECT sleep(60) AS a"
                           : "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                             "WHERE i < 4000000000) SELECT sum(i) AS a FROM n";
    const auto begun = std::chrono::steady_clock::now();
    CHECK(source::open_model("test", query_source(database, query), {})->columns().size() == 1);
    CHECK(std::chrono::steady_clock::now() - begun < 30s);
  }
}

TEST_CASE("mistakes in the model are told with a hint") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    make_table(database, 1);
    const auto check = [&](const config::source_config& source, std::string_view cause,
                           std::string_view hint) {
      const auto error = failure_of_reading(source);
      CAPTURE(error.text());
      CHECK(error.code == errc::source_failed);
      CHECK(error.operation == "read model");
      CHECK(error.object == "test");
      CHECK(error.cause.find(cause) != std::string::npos);
      CHECK(error.hint.find(hint) != std::string::npos);
    };
    check(table_source(database, "nowhere"), "nowhere", "source.table");
    check(query_source(database, "SELECT nothing FROM t"), "nothing", "source.query");
    check(query_source(database, "SELEC 1"), "syntax", "source.query");
    check(query_source(database, "SELECT 1; DROP TABLE t"), "more than one statement",
          "source.query");
    check(query_source(database, "SELECT id AS a, v AS a FROM t"), "named 'a'", "name of its own");
    CHECK(read_all(table_source(database, "t")).size() == 1);
  }
}

TEST_CASE("an error in the middle of a pass fails it instead of ending it") {
  for (const auto kind : {product::postgresql, product::mariadb}) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    make_table(database, many);
    const auto query =
        kind == product::postgresql
            ? "SELECT 1 / (id - 25000) AS a FROM t ORDER BY id"
            : "SELECT IF(id = 25000, (SELECT id FROM t LIMIT 2), 1) AS a FROM t ORDER BY id";
    CHECK(failure_of_reading(query_source(database, query)).code == errc::source_failed);
  }
}

TEST_CASE("a session killed in the middle of a pass fails it instead of ending it") {
  for (const auto kind : {product::postgresql, product::mariadb}) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    make_table(database, many);
    const auto reader = source::open_model("test", table_source(database, "t"), {});
    reader->begin({0, 1});
    REQUIRE(reader->next() == read_result::row);
    auto killer = database.connect();
    // The reader's first session reads; the one that is there to cancel it comes later.
    const auto sessions = killer.query(
        kind == product::postgresql
            ? "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
              "pg_backend_pid() ORDER BY backend_start"
            : "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> "
              "connection_id() ORDER BY id");
    REQUIRE(!sessions.empty());
    if (kind == product::postgresql) {
      killer.query("SELECT pg_terminate_backend(" + *sessions[0][0] + ", 10000)");
    } else {
      killer.execute("KILL CONNECTION " + *sessions[0][0]);
    }
    const auto error = failure_of([&] {
      while (reader->next() != read_result::end) {
      }
    });
    CHECK(error.code == errc::source_failed);
  }
}

TEST_CASE("mistakes in the connection string are told with a hint and without the password") {
  for (const auto kind : {product::postgresql, product::mariadb}) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    const auto check = [&](const std::string& text, std::string_view hint) {
      config::source_config source = table_source(database, "t");
      source.odbc = config::secret_string(text);
      const auto error = failure_of_reading(source);
      CAPTURE(error.text());
      CHECK(error.code == errc::source_failed);
      CHECK(error.hint.find(hint) != std::string::npos);
      CHECK(error.text().find("u ice") == std::string::npos);
      CHECK(error.text().find("hunter2secret") == std::string::npos);
    };
    const auto& good = database.connection_string();
    check(good.substr(0, good.find("Pwd=")) + "Pwd=hunter2secret", "Pwd");
    check(replaced(good, "Port=", "1"), "Server");
    check(replaced(good, "Database=", "no_such_database"), "Database");
    check(replaced(good, "Driver=", "No Such Driver"), "package");
  }
  config::source_config absent;
  absent.odbc = config::secret_string("Driver=SQLite3;Database=/nonexistent/file.db");
  absent.table = "t";
  const auto error = failure_of_reading(absent);
  CHECK(error.cause.find("/nonexistent/file.db") != std::string::npos);
  CHECK(error.hint.find("Database") != std::string::npos);
}

TEST_CASE("rows as wide as a table allows are read") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    const int width = kind == product::sqlite ? 350 : 300;  // several packed cells in SQLite
    std::string columns, values;
    for (int i = 0; i < width; ++i) {
      columns += (i > 0 ? ", c" : "c") + std::to_string(i) + " INTEGER";
      values += (i > 0 ? ", " : "") + std::to_string(i);
    }
    database.run({"CREATE TABLE t (" + columns + ")", "INSERT INTO t VALUES (" + values + ")"});
    const auto rows = read_all(table_source(database, "t"));
    REQUIRE(rows.size() == 1);
    for (std::size_t i = 0; i < rows[0].values.size(); ++i)
      CHECK(rows[0].values[i] == "integer:" + std::to_string(i));
  }
}
