#include "runtime/source/column_plan.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::source;

TEST_CASE("PostgreSQL types are read as their kinds and everything else as text") {
  using enum value_kind;
  CHECK(plan_postgresql("a", {.type = "int8"}).kind == integer);
  CHECK(plan_postgresql("a", {.type = "timestamptz"}).kind == timestamp_tz);
  CHECK(plan_postgresql("a", {.type = "jsonb"}).kind == json);
  CHECK(plan_postgresql("a", {.type = "_int4"}).kind == text);
  CHECK(plan_postgresql("a", {.type = "interval"}).kind == text);
  CHECK(plan_postgresql("a", {.type = "bytea"}).binary_transport);
  CHECK(plan_postgresql("we\"ird", {.type = "text"}).expression == "sluice_model.\"we\"\"ird\"");
}

TEST_CASE("MariaDB types are read as their kinds through the server's own text") {
  using enum value_kind;
  CHECK(plan_mariadb("a", {"tinyint(1)", {}}, false).kind == boolean);
  CHECK(plan_mariadb("a", {"tinyint(4) unsigned", {}}, false).kind == integer);
  CHECK(plan_mariadb("a", {"bigint(20) unsigned", {}}, false).expression ==
        "CAST(sluice_model.`a` AS CHAR)");
  CHECK(plan_mariadb("a", {"int(5) unsigned zerofill", {}}, false).expression ==
        "CAST(sluice_model.`a` + 0 AS CHAR)");
  CHECK(plan_mariadb("a", {"bit(1)", {}}, false).kind == boolean);
  CHECK(plan_mariadb("a", {"bit(9)", {}}, false).kind == integer);
  CHECK(plan_mariadb("a", {"float", {}}, false).single_precision);
  CHECK(plan_mariadb("a", {"double", {}}, false).expression ==
        "CAST(sluice_model.`a` AS CHAR(30))");
  CHECK(plan_mariadb("a", {"timestamp(6)", {}}, false).kind == timestamp_tz);
  CHECK(plan_mariadb("a", {"datetime", {}}, false).kind == timestamp);
  CHECK(plan_mariadb("a", {"longtext", {}}, false).kind == text);
  CHECK(plan_mariadb("a", {"longtext", {}}, true).kind == json);
  CHECK(plan_mariadb("a", {"enum('date','time')", {}}, false).kind == text);
  CHECK(plan_mariadb("a", {"varbinary(16)", {}}, false).binary_transport);
  // What is text inside the server only is asked for as text.
  CHECK(plan_mariadb("a", {"inet6", {}}, false).expression == "CAST(sluice_model.`a` AS CHAR)");
  CHECK(plan_mariadb("a", {"double(60,30)", {}}, false).expression ==
        "CAST(sluice_model.`a` AS CHAR(512))");
  CHECK(plan_mariadb("a", {"text", "utf8mb4_bin"}, false).copy == "sluice_model.`a`");
  CHECK(plan_mariadb("a", {"text", "latin1_bin"}, false).copy ==
        "CONVERT(sluice_model.`a` USING utf8mb4)");
}

TEST_CASE("SQLite columns are read as declared and keep the types of their values") {
  using enum value_kind;
  CHECK(plan_sqlite("a", "BIGINT", false).kind == integer);
  CHECK(plan_sqlite("a", "VARCHAR(20)", false).kind == text);
  CHECK(plan_sqlite("a", "DECIMAL(10,2)", false).kind == decimal);
  CHECK(plan_sqlite("a", "DOUBLE PRECISION", false).kind == real);
  CHECK(plan_sqlite("a", "Boolean", false).kind == boolean);
  CHECK(plan_sqlite("a", "DATETIME", false).kind == timestamp);
  CHECK(plan_sqlite("a", "", false).kind == text);
  CHECK(plan_sqlite("a", "BLOB", false).kind == binary);
  CHECK(plan_sqlite("a", "INTEGER", true).expression == "sluice_model.\"a\"");
  // Only a TEXT column can hold no real; every other one is asked for the type of each value.
  CHECK(plan_sqlite("a", "TEXT", false).expression.find("typeof") == std::string::npos);
  CHECK(plan_sqlite("a", "INTEGER", false).expression.find("typeof") != std::string::npos);
}
