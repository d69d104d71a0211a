#include <doctest/doctest.h>

#include "runtime/odbc/connection.hpp"
#include "tests/support/database_fixture.hpp"

using namespace sluice;
using namespace sluice::odbc;
using namespace sluice::test;

namespace {

const char* blob_type(product kind) {
  return kind == product::postgresql ? "BYTEA" : kind == product::mariadb ? "LONGBLOB" : "BLOB";
}
const char* text_type(product kind) { return kind == product::mariadb ? "LONGTEXT" : "TEXT"; }

std::string long_text(std::size_t size, unsigned seed) {
  std::string text(size, ' ');
  for (auto& c : text) c = static_cast<char>('a' + (seed = seed * 1664525u + 1013904223u) % 26u);
  return text;
}

error_class class_of(auto&& action) {
  try {
    action();
  } catch (const odbc_error& e) {
    return e.info().kind;
  }
  FAIL("no error");
  return {};
}

}  // namespace

TEST_CASE("values come back as they were bound") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    auto connection = database.connect();
    connection.execute(std::string("CREATE TABLE t (id INTEGER PRIMARY KEY, s ") + text_type(kind) +
                       ", b " + blob_type(kind) + ", n NUMERIC(30,10))");
    const std::string bytes("\0\xff\x80 ;", 5);
    auto insert = connection.prepare("INSERT INTO t VALUES (?, ?, ?, ?)");
    const auto add = [&](const char* id, value_view s, value_view b, value_view n) {
      insert.bind(0, {value_kind::integer, id});
      insert.bind(1, s);
      insert.bind(2, b);
      insert.bind(3, n);
      CHECK(insert.execute() == 1);
    };
    add("1", {value_kind::text, "O'Brien 🙂 ? \\ \" größe"}, {value_kind::binary, bytes},
        {value_kind::decimal, "12345.5"});
    add("2", {value_kind::text, ""}, {value_kind::binary, ""}, {});
    add("3", {}, {}, {});
    auto select = connection.prepare("SELECT s, b, n FROM t WHERE id = ?");
    const auto read = [&](const char* id) {
      select.bind(0, {value_kind::integer, id});
      select.execute();
      REQUIRE(select.fetch());
    };
    read("1");
    CHECK(select.cell(0) == "O'Brien 🙂 ? \\ \" größe");
    CHECK(select.cell(1) == bytes);
    CHECK(select.cell(2)->starts_with("12345.5"));
    CHECK_FALSE(select.fetch());
    read("2");
    CHECK(select.cell(0) == "");
    CHECK(select.cell(1) == "");
    CHECK(select.cell(2) == std::nullopt);
    read("3");  // the result of "2" was left open: executing again closes it
    CHECK(select.cell(0) == std::nullopt);
    CHECK(select.cell(1) == std::nullopt);
  }
}

TEST_CASE("cells of every length around the buffer and far beyond are whole") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    auto connection = database.connect();
    connection.execute(std::string("CREATE TABLE t (id INTEGER PRIMARY KEY, s ") + text_type(kind) +
                       ", b " + blob_type(kind) + ", s2 " + text_type(kind) + ")");
    const std::size_t sizes[] = {4094, 4095, 4096, 4097, 8192, 100'000, 1'400'000};
    auto insert = connection.prepare("INSERT INTO t VALUES (?, ?, ?, ?)");
    for (const auto size : sizes) {
      const auto id = std::to_string(size);
      auto text = long_text(size - 4, 1) + "🙂";
      auto bytes = long_text(size, 2);
      bytes[size / 2] = '\0';
      bytes[size - 1] = '\xff';
      const auto second = long_text(size, 3);
      insert.bind(0, {value_kind::integer, id});
      insert.bind(1, {value_kind::text, text});
      insert.bind(2, {value_kind::binary, bytes});
      insert.bind(3, {value_kind::text, second});
      insert.execute();
    }
    for (const auto use : {purpose::read, purpose::write}) {
      auto reader = database.connect(use);
      auto cursor = reader.open_cursor("SELECT id, s, b, s2 FROM t ORDER BY id");
      for (const auto size : sizes) {
        CAPTURE(size);
        REQUIRE(cursor.fetch());
        auto bytes = long_text(size, 2);
        bytes[size / 2] = '\0';
        bytes[size - 1] = '\xff';
        CHECK(cursor.cell(0) == std::to_string(size));
        CHECK((cursor.cell(1) == long_text(size - 4, 1) + "🙂"));
        CHECK((cursor.cell(2) == bytes));
        CHECK((cursor.cell(3) == long_text(size, 3)));
      }
      CHECK_FALSE(cursor.fetch());
      CHECK_FALSE(cursor.fetch());
    }
  }
}

TEST_CASE("a cell past the limit is an error of its row and the rest can be read") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    auto connection = database.connect(purpose::read);
    const std::string size = std::to_string(statement::max_cell_bytes + 1);
    const auto value = kind == product::sqlite ? "CAST(zeroblob(" + size + ") AS BLOB)"
                                               : "repeat('x', " + size + ")";
    if (kind == product::mariadb) {  // repeat gives NULL past max_allowed_packet
      connection.execute("SET GLOBAL max_allowed_packet = 134217728");
      connection = database.connect(purpose::read);
    }
    auto cursor =
        connection.open_cursor("SELECT 1, " + value + " UNION ALL SELECT 2, 'y' ORDER BY 1");
    REQUIRE(cursor.fetch());
    CHECK(cursor.cell(0) == "1");
    CHECK(class_of([&] { (void)cursor.cell(1); }) == error_class::row);
    REQUIRE(cursor.fetch());
    CHECK(cursor.cell(0) == "2");
    CHECK(cursor.cell(1) == (kind == product::sqlite ? "y" : "y"));
  }
}

TEST_CASE("a described query is not run") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE t (a INTEGER, b VARCHAR(20))"});
    auto connection = database.connect();
    const auto columns = connection.describe("SELECT b, a AS c, a AS c FROM t");
    REQUIRE(columns.size() == 3);
    CHECK(columns[0].name == "b");
    CHECK(columns[1].name == "c");
    CHECK(columns[2].name == "c");
    CHECK(connection.describe("DELETE FROM t").empty());
    CHECK_THROWS_AS((void)connection.describe("SELECT nothing FROM t"), odbc_error);
  }
}

TEST_CASE("text with NUL is refused instead of being cut off") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    auto connection = database.connect();
    connection.execute("CREATE TABLE t (s VARCHAR(20))");
    auto insert = connection.prepare("INSERT INTO t VALUES (?)");
    const value_view bad{value_kind::text, std::string_view("a\0b", 3)};
    CHECK(class_of([&] { insert.bind(0, bad); }) == error_class::row);
    CHECK(class_of([&] { insert.bind_array(0, std::span(&bad, 1)); }) == error_class::row);
    CHECK(class_of([&] { insert.bind(statement::max_parameters, {}); }) == error_class::permanent);
  }
}

TEST_CASE("a parameter array inserts every one of its rows") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    auto connection = database.connect();
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, s VARCHAR(50))");
    auto insert = connection.prepare("INSERT INTO t VALUES (?, ?)");
    const auto add = [&](int from, int count) {
      std::vector<std::string> ids, texts;
      for (int i = from; i < from + count; ++i) {
        ids.push_back(std::to_string(i));
        texts.push_back("text 🙂 " + std::to_string(i));
      }
      std::vector<value_view> id_column, text_column;
      for (std::size_t i = 0; i < ids.size(); ++i) {
        id_column.push_back({value_kind::integer, ids[i]});
        text_column.push_back(i % 3 == 0 ? value_view{} : value_view{value_kind::text, texts[i]});
      }
      insert.bind_array(0, id_column);
      insert.bind_array(1, text_column);
      insert.execute();
    };
    connection.begin();
    add(0, 1000);
    add(1000, 7);  // fewer rows than before
    connection.commit();
    CHECK(connection.query("SELECT count(*), count(s), min(id), max(id) FROM t")[0] ==
          std::vector<std::optional<std::string>>{"1007", "670", "0", "1006"});
    CHECK(connection.query("SELECT s FROM t WHERE id = 1006")[0][0] == std::nullopt);
    CHECK(connection.query("SELECT s FROM t WHERE id = 1005")[0][0] == "text 🙂 1005");
  }
}

TEST_CASE("a constraint that a row violates is an error of the row") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    auto connection = database.connect();
    connection.execute(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, s VARCHAR(3) NOT NULL, "
        "n INTEGER CHECK (n > 0))");
    connection.execute("INSERT INTO t VALUES (1, 'a', 1)");
    for (const auto* bad : {"(1, 'a', 1)", "(2, NULL, 1)", "(3, 'a', 0)"}) {
      CAPTURE(bad);
      CHECK(class_of([&] { connection.execute(std::string("INSERT INTO t VALUES ") + bad); }) ==
            error_class::row);
    }
    CHECK_FALSE(connection.lost());
  }
}

TEST_CASE("SQLite keeps the types of bound numbers in columns without a type") {
  const database_fixture database(product::sqlite);
  auto connection = database.connect();
  connection.execute("CREATE TABLE t (v)");
  auto insert = connection.prepare("INSERT INTO t VALUES (?)");
  for (const value_view value :
       {value_view{value_kind::integer, "9007199254740993"},
        value_view{value_kind::real, "0.30000000000000004"}, value_view{value_kind::real, "NaN"},
        value_view{value_kind::text, "7"}}) {
    insert.bind(0, value);
    insert.execute();
  }
  const auto rows = connection.query(
      "SELECT typeof(v), CASE typeof(v) WHEN 'real' THEN printf('%!.17g', v) ELSE v END FROM t "
      "ORDER BY rowid");
  CHECK(rows[0][0] == "integer");
  CHECK(rows[0][1] == "9007199254740993");
  CHECK(rows[1][0] == "real");
  CHECK(rows[1][1] == "0.30000000000000004");
  CHECK(rows[2][0] == "text");
  CHECK(rows[3][0] == "text");
}
