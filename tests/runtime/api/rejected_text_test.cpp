#include "runtime/api/rejected_text.hpp"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("a cell of CSV is no formula, and ends where its quotes end") {
  rejected_row row;
  row.key = R"({"id":"a"})";
  row.operation = "read";
  row.reason = "=HYPERLINK(\"http://evil\")\r\nnext";
  CHECK(
      api::csv_lines({row}) ==
      "\"{\"\"id\"\":\"\"a\"\"}\",\"read\",\"'=HYPERLINK(\"\"http://evil\"\")\r\nnext\",\"\",\"1\","
      "\"1970-01-01T00:00:00.000Z\",\"1970-01-01T00:00:00.000Z\"\r\n");
}

TEST_CASE("no rows are no lines") {
  CHECK(api::csv_lines({}) == "");
  CHECK(api::json_lines({}) == "");
}
