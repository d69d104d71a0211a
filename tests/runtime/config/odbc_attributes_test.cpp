#include "runtime/config/odbc_attributes.hpp"

#include <doctest/doctest.h>

using namespace sluice::config;

namespace {

std::string value_of_only(const std::string& text) {
  const auto parsed = parse_odbc(text, reference_syntax::on);
  REQUIRE(parsed.malformed.empty());
  REQUIRE(parsed.all.size() == 1);
  return parsed.all[0].value;
}

std::string malformed(const std::string& text) {
  return parse_odbc(text, reference_syntax::on).malformed;
}

}  // namespace

TEST_CASE("attributes are separated by semicolons and empty ones are skipped") {
  const auto parsed = parse_odbc("Driver=SQLite3; Database = /a b ;;Uid=;", reference_syntax::on);
  REQUIRE(parsed.malformed.empty());
  REQUIRE(parsed.all.size() == 3);
  CHECK(parsed.all[1].name == "Database");
  CHECK(parsed.all[1].value == "/a b");
  CHECK(parsed.all[2].value.empty());
  CHECK(join(parsed.all) == "Driver=SQLite3; Database = /a b ;Uid=");
}

TEST_CASE("a value in braces may hold anything") {
  CHECK(value_of_only("Pwd={a;b}}c=d}") == "a;b}c=d");
  CHECK(value_of_only("Pwd= {x} ") == "x");
  CHECK(value_of_only("Pwd=a{b}") == "a{b}");
}

TEST_CASE("a reference is one character as far as the grammar is concerned") {
  CHECK(value_of_only("Pwd=${file:a;b=c}") == "${file:a;b=c}");
  CHECK(value_of_only("Pwd={${env:A}}") == "${env:A}");
  const auto alone = parse_odbc("${env:ODBC};Uid=x", reference_syntax::on);
  REQUIRE(alone.all.size() == 2);
  CHECK(alone.all[0].name.empty());
  CHECK(alone.all[0].written == "${env:ODBC}");
}

TEST_CASE("what is wrong with a connection string is said without quoting it") {
  CHECK(malformed("Driver=x;canary;Uid=y") ==
        "part 2 of the connection string has no =; a value that holds a ; is written in braces: "
        "Pwd={a;b}");
  CHECK(malformed("Pwd={canary") == "part 1 of the connection string has a { without its }");
  CHECK(malformed("Pwd={canary}x") ==
        "part 1 of the connection string goes on after its closing }");
  CHECK(malformed("=canary") == "part 1 of the connection string has no name before its =");
  CHECK(malformed("${env:A}x=canary") ==
        "part 1 of the connection string has a reference in its name");
  CHECK_FALSE(malformed("${env:A}${env:B}").empty());
}

TEST_CASE("values are quoted where they could end early") {
  CHECK(quoted_if_needed("plain=value") == "plain=value");
  CHECK(quoted_if_needed("a;b") == "{a;b}");
  CHECK(quoted_if_needed("a}b") == "{a}}b}");
  CHECK(quoted_if_needed(" a") == "{ a}");
}

TEST_CASE("password-like attributes are known by name or by a setting inside") {
  for (const auto* name :
       {"PWD", "pwd", "Password", "AccessToken", "Client_Secret", "PRIV_KEY_FILE_PWD", "api key"})
    CHECK_MESSAGE(is_secret({"", name, "x", false}), name);
  CHECK(is_secret({"", "pqopt", "sslmode=require sslpassword=x", true}));
  CHECK_FALSE(is_secret({"", "Server", "x", false}));
  CHECK_FALSE(is_secret({"", "Database", "passwords", false}));
}
