#include "runtime/odbc/identifiers.hpp"

#include <doctest/doctest.h>

#include "runtime/odbc/diagnostics.hpp"

using namespace sluice::odbc;

TEST_CASE("a quoted identifier cannot be left from inside") {
  CHECK(quoted_identifier("id", '"') == "\"id\"");
  CHECK(quoted_identifier("a\"; DROP TABLE x; --", '"') == "\"a\"\"; DROP TABLE x; --\"");
  CHECK(quoted_identifier("a`b", '`') == "`a``b`");
  CHECK(quoted_identifier("größe 🙂", '"') == "\"größe 🙂\"");
  CHECK_THROWS_AS(quoted_identifier("", '"'), odbc_error);
  CHECK_THROWS_AS(quoted_identifier(std::string_view("a\0b", 3), '"'), odbc_error);
}

TEST_CASE("a qualified name is quoted part by part and may be quoted already") {
  CHECK(quoted_table("public.customers", '"') == "\"public\".\"customers\"");
  CHECK(quoted_table("\"a.b\".\"c\"\"d\"", '"') == "\"a.b\".\"c\"\"d\"");
  CHECK(quoted_table("`a`.b", '`') == "`a`.`b`");
  CHECK(quoted_table("[dbo].[x]]y]", '"') == "\"dbo\".\"x]y\"");
  CHECK(quoted_table("Customers", '`') == "`Customers`");
  for (const auto* bad : {"", "a.", ".a", "a..b", "\"a", "\"a\"b"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(quoted_table(bad, '"'), odbc_error);
  }
}
