#include "runtime/source/model_sql.hpp"

#include <doctest/doctest.h>

using namespace sluice::source;

TEST_CASE("a SELECT is put together from its parts") {
  select_statement select{.expressions = {"a", "b"}, .relation = table_relation("\"t\"")};
  CHECK(select.text() == "SELECT a, b FROM \"t\" AS sluice_model");
  select.conditions = {"x = 1 OR y = 2", "z > 3"};
  select.order = {"a", "b"};
  select.limit = 10;
  CHECK(select.text() ==
        "SELECT a, b FROM \"t\" AS sluice_model WHERE (x = 1 OR y = 2) AND (z > 3) "
        "ORDER BY a, b LIMIT 10");
}

TEST_CASE("a query that ends in a comment still ends before its parenthesis") {
  CHECK(query_relation("SELECT 1 -- one") == "(\nSELECT 1 -- one\n) AS sluice_model");
}

TEST_CASE("rows behind a key are ranges over its columns") {
  const std::vector<page_key> key{{.expression = "a"}, {.expression = "b"}, {.expression = "c"}};
  CHECK(behind(key, {"1", "2", "3"}) ==
        "(a > 1) OR (a = 1 AND b > 2) OR (a = 1 AND b = 2 AND c > 3)");
  CHECK(behind({{.expression = "a"}}, {"-7"}) == "(a > -7)");
}

TEST_CASE("a text key compares in the character set and collation of its column") {
  const page_key text{.expression = "a",
                      .form = page_key::literal::text,
                      .character_set = "latin1",
                      .collation = "latin1_german2_ci"};
  CHECK(page_literal(text, "o'\\é") ==
        "CONVERT(_utf8mb4 X'6F275CC3A9' USING latin1) COLLATE latin1_german2_ci");
  CHECK(page_literal({.expression = "a", .form = page_key::literal::binary},
                     std::string_view("\0\xff", 2)) == "X'00FF'");
  CHECK(page_literal({.expression = "a"}, "-42") == "-42");
}
