#include "runtime/source/sql_literal.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sluice;
using namespace sluice::source;
using namespace std::chrono_literals;
using odbc::product;

namespace {

bool contains(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

}  // namespace

TEST_CASE("a point in time goes back by its overlap and keeps its words") {
  const auto pg = [](const char* text, std::chrono::milliseconds by) {
    return earlier(product::postgresql, text, by).value_or("none");
  };
  CHECK(pg("2026-01-01 00:04:00.25+00", 5min) == "2025-12-31 23:59:00.25+00");
  CHECK(pg("2024-03-01T00:00:00Z", 1s) == "2024-02-29T23:59:59Z");
  CHECK(pg("2024-03-01", 1ms) == "2024-02-29");
  CHECK(pg("2024-03-01 00:00:01", 1ms) == "2024-03-01 00:00:00");
  CHECK(pg("0001-01-01 00:00:01", 24h) == "0001-01-01 00:00:00");
  for (const auto* no_time : {"infinity", "17", "", "2024-13-01", "0044-03-15 BC", "2024-03-01 12"})
    CHECK(pg(no_time, 1s) == "none");
  CHECK(earlier(product::sqlite, "'2024-03-01 00:00:00'", 1s) == "'2024-02-29 23:59:59'");
  CHECK_FALSE(earlier(product::sqlite, "1709251200", 1s));
}

TEST_CASE("text that holds quotes ends no literal") {
  const std::string_view text = "o'\\é";
  const auto literal = [&](product kind) {
    return key_literals(kind, {}, {value_kind::text, text});
  };
  CHECK(literal(product::postgresql) == std::vector<std::string>{"E'o''\\\\é'"});
  CHECK(cursor_literal(product::postgresql, {}, text) == "E'o''\\\\é'");
  CHECK(literal(product::sqlite) == std::vector<std::string>{"'o''\\é'"});
  CHECK(literal(product::mariadb) == std::vector<std::string>{"_utf8mb4 X'6F275CC3A9'"});
  CHECK(key_literals(product::sqlite, {}, {value_kind::text, std::string_view("a\0b", 3)}) ==
        std::vector<std::string>{"CAST(X'610062' AS TEXT)"});
}

TEST_CASE("a FLOAT of MariaDB is compared as the double that it is") {
  column_plan plan;
  plan.single_precision = true;
  CHECK(key_literals(product::mariadb, plan, {value_kind::real, "0.1"}) ==
        std::vector<std::string>{"0.10000000149011612"});
}

TEST_CASE("a date in SQLite is looked for in all the texts that are read as it") {
  const auto texts =
      key_literals(product::sqlite, {}, {value_kind::timestamp_tz, "2024-03-01T08:00:00.5Z"});
  for (const auto* text :
       {"'2024-03-01T08:00:00.5Z'", "'2024-03-01 08:00:00.5+00:00'", "'2024-03-01 08:00:00.500Z'",
        "'2024-03-01T08:00:00.500000+0000'", "'2024-03-01 08:00:00.500000000+00'"})
    CHECK_MESSAGE(contains(texts, text), text);
  CHECK_FALSE(contains(texts, "'2024-03-01T08:00:00.5'"));
  const auto plain =
      key_literals(product::sqlite, {}, {value_kind::timestamp, "2024-03-01T08:00:00"});
  for (const auto* text :
       {"'2024-03-01T08:00:00'", "'2024-03-01 08:00:00'", "'2024-03-01 08:00:00.000'"})
    CHECK_MESSAGE(contains(plain, text), text);
}

TEST_CASE("a database whose rules for strings are not known gets certain literals or none") {
  const auto literal = [](value_kind kind, std::string_view text) {
    const auto all = key_literals(product::generic, {}, {kind, text});
    return all.empty() ? std::string("none") : all.at(0);
  };
  CHECK(literal(value_kind::integer, "-7") == "-7");
  CHECK(literal(value_kind::real, "-1.5e-300") == "-1.5e-300");
  CHECK(literal(value_kind::text, "plain text; -- \"of\" 7 %$") == "'plain text; -- \"of\" 7 %$'");
  CHECK(literal(value_kind::date, "2024-03-01") == "DATE '2024-03-01'");
  CHECK(literal(value_kind::time, "08:00:00") == "TIME '08:00:00'");
  CHECK(literal(value_kind::timestamp, "2024-03-01T08:00:00.5") ==
        "TIMESTAMP '2024-03-01 08:00:00.5'");
  for (const auto* text : {"it's", "x\\", "\\'; DROP TABLE t; --", "a\nb", "tab\t", "\x7f", "{ts}",
                           "what?", "é", "\xff"})
    CHECK_MESSAGE(literal(value_kind::text, text) == "none", text);
  CHECK(literal(value_kind::text, std::string_view("a\0b", 3)) == "none");
  CHECK(literal(value_kind::binary, "ab") == "none");
  CHECK(literal(value_kind::real, "Infinity") == "none");
  CHECK(literal(value_kind::integer, "true") == "none");
  CHECK(literal(value_kind::integer, "1 OR 1=1") == "none");
  CHECK(literal(value_kind::uuid, "018cc251-f400-7000-8000-000000000000") ==
        "'018cc251-f400-7000-8000-000000000000'");
}

TEST_CASE("PostgreSQL gets no literal that NUL would cut") {
  CHECK(key_literals(product::postgresql, {}, {value_kind::text, std::string_view("a\0'b", 4)})
            .empty());
}
