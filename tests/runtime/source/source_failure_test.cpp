#include "runtime/source/source_failure.hpp"

#include <doctest/doctest.h>

#include <tuple>

using namespace sluice;
using namespace sluice::odbc;
using sluice::source::source_failure;

TEST_CASE("a failure names operation and connection and cause and says what to do") {
  const auto e =
      source_failure("customers", product::postgresql,
                     {"42P01", 1, "relation \"x\" does not exist", error_class::permanent});
  CHECK(e.info().code == errc::source_failed);
  CHECK(
      std::string(e.what()) ==
      "read model 'customers': relation \"x\" does not exist (SQLSTATE 42P01); check source.table "
      "(or the tables that source.query names), with its schema");
}

TEST_CASE("our own cancel is no failure of the source") {
  CHECK(source_failure("c", product::mariadb, {{}, 0, "interrupted", error_class::interrupted})
            .info()
            .code == errc::cancelled);
}

TEST_CASE("a server that ends a statement by itself is a failure of the source") {
  for (const auto& [kind, state, native, message] :
       {std::tuple{product::postgresql, "57014", 1, "canceling statement due to statement timeout"},
        std::tuple{product::mariadb, "70100", 1969, "max_statement_time exceeded"}}) {
    const auto e =
        source_failure("c", kind, {state, native, message, error_class::interrupted}).info();
    CHECK(e.code == errc::source_failed);
    CHECK(e.hint.find("raise it") == 0);
  }
}

TEST_CASE("each known mistake has its hint") {
  const auto hint = [](product kind, const char* state, int native, const char* message) {
    return source_failure("c", kind, {state, native, message, error_class::permanent}).info().hint;
  };
  CHECK(hint(product::postgresql, "08001", 101, "FATAL: password authentication failed for u")
            .find("Pwd") != std::string::npos);
  CHECK(hint(product::postgresql, "08001", 101, "connection refused").find("Server") !=
        std::string::npos);
  CHECK(hint(product::postgresql, "07002", 1, "parameters").find("jsonb_exists") !=
        std::string::npos);
  CHECK(hint(product::mariadb, "HY000", 1044, "Access denied to CREATE TEMPORARY sluice_copy")
            .find("CREATE TEMPORARY TABLES") != std::string::npos);
  CHECK(hint(product::mariadb, "42S02", 1146, "Table 'a' doesn't exist").find("source.table") !=
        std::string::npos);
  CHECK(hint(product::postgresql, "42601", 1, "syntax error at or near \"$1\"")
            .find("jsonb_exists") != std::string::npos);
  CHECK(hint(product::postgresql, "42601", 1, "syntax error at or near \"FORM\"")
            .find("jsonb_exists") == std::string::npos);
  CHECK(hint(product::postgresql, "40001", 1, "canceling statement due to conflict with recovery")
            .find("hot_standby_feedback") != std::string::npos);
  CHECK(hint(product::postgresql, "25P03", 1, "terminating connection").find("idle_in_trans") !=
        std::string::npos);
  CHECK(hint(product::postgresql, "25006", 1, "cannot execute nextval()").find("write") !=
        std::string::npos);
  CHECK(hint(product::sqlite, "HY000", 1, "no such column: x").find("source.query") !=
        std::string::npos);
  CHECK(hint(product::generic, "01000", 0, "the ODBC driver 'x' is not installed: ...")
            .find("libsqliteodbc") != std::string::npos);
}
