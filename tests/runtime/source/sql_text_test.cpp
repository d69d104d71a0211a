#include "runtime/source/sql_text.hpp"

#include <doctest/doctest.h>

using namespace sluice::odbc;
using sluice::source::single_statement;

TEST_CASE("a trailing semicolon and comments behind it go and comments before stay") {
  for (const auto kind : {product::postgresql, product::mariadb, product::sqlite}) {
    CHECK(single_statement("SELECT 1;", kind) == "SELECT 1");
    CHECK(single_statement("  SELECT 1 ;; -- done\n/* really */ ", kind) == "  SELECT 1");
    CHECK(single_statement("-- who\nSELECT 1 -- one\n", kind) == "-- who\nSELECT 1");
    CHECK(single_statement("/* who */ SELECT /*+ hint */ 1", kind) ==
          "/* who */ SELECT /*+ hint */ 1");
    CHECK(single_statement("SELECT ';--', \";\" FROM t;", kind) == "SELECT ';--', \";\" FROM t");
    CHECK(single_statement("SELECT 'it''s; '", kind) == "SELECT 'it''s; '");
  }
}

TEST_CASE("quotes and comments end where the database says") {
  CHECK(single_statement("SELECT $$;$$, $a$;$$;$a$, $1;", product::postgresql) ==
        "SELECT $$;$$, $a$;$$;$a$, $1");
  CHECK(single_statement("SELECT E'\\';', '\\';", product::postgresql) == "SELECT E'\\';', '\\'");
  CHECK(single_statement("/* a /* b */ ; */ SELECT 1", product::postgresql) ==
        "/* a /* b */ ; */ SELECT 1");
  CHECK(single_statement("SELECT '\\';' # note ;\n;", product::mariadb) == "SELECT '\\';'");
  CHECK(single_statement("SELECT `;` FROM t;", product::mariadb) == "SELECT `;` FROM t");
  CHECK(single_statement("SELECT 1 /*M! + 1 */;", product::mariadb) == "SELECT 1 /*M! + 1 */");
}

TEST_CASE("what one database takes for a comment or a quote is none in another") {
  CHECK(single_statement("SELECT 5--1", product::mariadb) == "SELECT 5--1");
  CHECK(single_statement("SELECT 5 -- 1", product::mariadb) == "SELECT 5");
  CHECK(single_statement("SELECT 5 --", product::mariadb) == "SELECT 5");
  CHECK(single_statement("SELECT 5--1", product::sqlite) == "SELECT 5");
  CHECK(single_statement("SELECT [it's; ] FROM t;", product::sqlite) == "SELECT [it's; ] FROM t");
  CHECK(single_statement("SELECT a[1] FROM t;", product::postgresql) == "SELECT a[1] FROM t");
  CHECK(single_statement("SELECT 1 /* open", product::sqlite) == "SELECT 1");
  CHECK(single_statement("SELECT a$$b FROM t; -- $$", product::postgresql) == "SELECT a$$b FROM t");
  CHECK(single_statement(";SELECT 1", product::postgresql) == "SELECT 1");
}

TEST_CASE("SQLite's driver sees no question mark but those of strings and names") {
  CHECK(single_statement("SELECT '?', \"?\", `a?`, [b?] -- really?\nFROM t", product::sqlite) ==
        "SELECT '?', \"?\", \"a?\", \"b?\"  \nFROM t");
  CHECK(single_statement("SELECT /* ? */ ?", product::sqlite) == "SELECT   ?");
  CHECK(single_statement("SELECT /* no */ [b]", product::sqlite) == "SELECT /* no */ [b]");
}

TEST_CASE("anything but one whole statement is refused") {
  for (const auto* bad : {"", " ; ", "-- only a comment", "SELECT 1; SELECT 2", "SELECT 'a",
                          "SELECT 1 /* open", "SELECT 1; DROP TABLE x; --"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(single_statement(bad, product::postgresql), odbc_error);
  }
  CHECK_THROWS_AS(single_statement("SELECT $x$ open", product::postgresql), odbc_error);
}
