// Keys of every ugly sort as literals of real databases: each finds its own row and no other.
#include <doctest/doctest.h>

#include <set>

#include "messages/hex.hpp"
#include "runtime/source/sql_literal.hpp"
#include "tests/support/database_fixture.hpp"

using namespace sluice;
using namespace sluice::test;
using odbc::product;

namespace {

/// Each of these pieces, alone and before what may end a literal, and attempts to get out of one.
std::set<std::string> nasty_texts(product kind) {
  std::vector<std::string> pieces{"'",           "\\",
                                  "\"",          "`",
                                  "$",           "$$",
                                  "?",           "{",
                                  "}",           "\n",
                                  "\r\n",        "\x01",
                                  "\x7f",        "%",
                                  ";",           "--",
                                  "/*",          "*/",
                                  "#",           ":a",
                                  "@",           "\t",
                                  " ",           "a",
                                  "é",           "\xF0\x9F\x98\x80",
                                  "\xEF\xBF\xBD"};
  if (kind == product::sqlite || kind == product::mariadb) pieces.emplace_back(1, '\0');
  std::set<std::string> texts{""};
  for (const auto& first : pieces) {
    texts.insert(first);
    for (const std::string second : {"'", "\\", "\"", "?", "}", "\n", "é"}) {
      texts.insert(first + second);
      texts.insert("a" + first + second + "'");
    }
  }
  for (const auto* text : {"x' OR '1'='1", "x\\' OR 1=1 --", "x\\\\' OR 1=1 -- ",
                           "x')) UNION SELECT 1 -- ", "E'x'", "{ts '2024-01-01 00:00:00'}",
                           "{fn now()}", "$tag$x$tag$", "\\x41", "\\101", "\\u0041", "%s", "x\\"})
    texts.insert(text);
  return texts;
}

/// A table t (k) of `texts`, exactly as they are.
void fill(const database_fixture& database, const std::set<std::string>& texts) {
  const auto* type = database.kind() == product::mariadb
                         ? "VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
                         : "TEXT";
  database.run({std::string("CREATE TABLE t (k ") + type + " NOT NULL)"});
  // As bytes: a driver would cut a text at a NUL.
  const std::string as_text = database.kind() == product::sqlite    ? "CAST(? AS TEXT)"
                              : database.kind() == product::mariadb ? "CONVERT(? USING utf8mb4)"
                                                                    : "convert_from(?, 'UTF8')";
  auto on = database.connect();
  on.begin();
  auto insert = on.prepare("INSERT INTO t VALUES (" + as_text + ")");
  for (const auto& text : texts) {
    insert.bind(0, {value_kind::binary, text});
    insert.execute();
  }
  on.commit();
}

std::string hex_of(product kind) {
  return kind == product::postgresql ? "upper(encode(convert_to(k, 'UTF8'), 'hex'))" : "hex(k)";
}

/// Settings that change what a string literal means.
std::vector<std::string> settings_of(product kind) {
  switch (kind) {
    case product::postgresql:
      return {"SET standard_conforming_strings = on",
              "SET standard_conforming_strings = off; SET escape_string_warning = off; "
              "SET backslash_quote = on"};
    case product::mariadb:
      return {"SET SESSION sql_mode = ''", "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'",
              "SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'",
              "SET SESSION character_set_client = latin1, character_set_connection = latin1",
              "SET SESSION character_set_client = gbk, character_set_connection = gbk"};
    default:
      return {"SELECT 1"};
  }
}

}  // namespace

TEST_CASE("a literal finds the row of its key and no other whatever the key holds") {
  for (const auto kind : every_database) {
    const database_fixture database(kind);
    const auto texts = nasty_texts(kind);
    fill(database, texts);
    for (const auto& setting : settings_of(kind)) {
      CAPTURE(to_string(kind));
      CAPTURE(setting);
      auto on = database.connect(odbc::purpose::read);
      static_cast<void>(on.query(setting));
      for (const auto& text : texts) {
        const auto literals = source::key_literals(kind, {}, {value_kind::text, text});
        REQUIRE(literals.size() == 1);
        const auto rows =
            on.query("SELECT " + hex_of(kind) + " FROM t WHERE k IN (" + literals[0] + ")");
        CAPTURE(text);
        CAPTURE(literals[0]);
        REQUIRE(rows.size() == 1);
        CHECK(rows[0][0] == to_hex(text));
      }
    }
  }
}
