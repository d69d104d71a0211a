#include "runtime/destinations/table/key_form.hpp"

#include <doctest/doctest.h>

#include "tests/runtime/destinations/delta_rows.hpp"

using namespace sluice;
using namespace sluice::destinations;
using odbc::product;
using sluice::contains;

namespace {

field key(value_kind kind, const char* declared = "") {
  return {.path = {"k"}, .kind = kind, .column = "k", .declared = declared};
}

target_column column(column_family family, const char* type) {
  target_column c;
  c.name = "k";
  c.type = type;
  c.family = family;
  return c;
}

target_column padded(column_family family, const char* type, int length) {
  auto c = column(family, type);
  c.pads = true;
  c.length = length;
  return c;
}

/// The form, or nothing if the column is refused.
std::optional<identity_form> form(const field& f, const target_column& c,
                                  product database = product::postgresql) {
  const auto found = key_form_of(f, c, database);
  const auto* form = std::get_if<identity_form>(&found);
  return form == nullptr ? std::nullopt : std::optional(*form);
}

std::string refusal(const field& f, const target_column& c,
                    product database = product::postgresql) {
  const auto found = key_form_of(f, c, database);
  const auto* why = std::get_if<std::string>(&found);
  return why == nullptr ? "" : *why;
}

}  // namespace

TEST_CASE("a column of numbers tells keys apart by their value, whatever the source sends") {
  const auto number_column = column(column_family::number, "numeric");
  for (const auto kind : {value_kind::integer, value_kind::decimal, value_kind::real,
                          value_kind::text, value_kind::boolean}) {
    CHECK(form(key(kind), number_column) == identity_form::number);
    CHECK(form(key(kind), number_column, product::mariadb) == identity_form::number);
  }
}

TEST_CASE("a column of texts keeps spellings, and a padded one loses blanks at the end") {
  const auto text_column = column(column_family::text, "text");
  for (const auto kind : {value_kind::text, value_kind::integer, value_kind::decimal,
                          value_kind::uuid, value_kind::timestamp_tz})
    CHECK(form(key(kind), text_column) == identity_form::text);
  CHECK(form(key(value_kind::text), padded(column_family::text, "bpchar", 5)) ==
        identity_form::unpadded);
  CHECK(form(key(value_kind::text), padded(column_family::text, "char(5)", 5), product::mariadb) ==
        identity_form::unpadded);
}

TEST_CASE("a uuid is told apart by its bits, also where the source's column is text") {
  const auto uuid_column = column(column_family::uuid, "uuid");
  CHECK(form(key(value_kind::uuid), uuid_column) == identity_form::uuid);
  CHECK(form(key(value_kind::text), uuid_column) == identity_form::uuid);
}

TEST_CASE("texts into columns that read several spellings of one value are refused") {
  for (const auto family : {column_family::date, column_family::time, column_family::timestamp,
                            column_family::boolean, column_family::json, column_family::any}) {
    const auto why = refusal(key(value_kind::text), column(family, "sometype"));
    CHECK(contains(why, "is of type sometype"));
    CHECK(contains(why, "may spell one value in several ways"));
    CHECK(contains(why, "cast the key in source.query"));
  }
  CHECK(contains(refusal(key(value_kind::json), column(column_family::json, "jsonb")), "spell"));
}

TEST_CASE("a type of the source's own database is held as the database spells it") {
  const auto inet = column(column_family::any, "inet");
  CHECK(form(key(value_kind::text, "PostgreSQL inet"), inet) == identity_form::text);
  CHECK_FALSE(form(key(value_kind::text, "PostgreSQL cidr"), inet));
  CHECK_FALSE(form(key(value_kind::text, "MariaDB inet"), inet));
  CHECK_FALSE(form(key(value_kind::text), inet));
  CHECK(form(key(value_kind::json, "PostgreSQL jsonb"), column(column_family::json, "jsonb")) ==
        identity_form::text);
}

TEST_CASE("times are told apart by their instant, and fractions that would get lost are refused") {
  auto seconds = column(column_family::timestamp, "timestamp without time zone");
  CHECK(form(key(value_kind::timestamp), seconds) == identity_form::instant);
  CHECK(form(key(value_kind::date), seconds) == identity_form::instant);
  seconds.second_digits = 3;
  CHECK(contains(refusal(key(value_kind::timestamp), seconds), "keeps 3 digits of a second"));
  CHECK(contains(
      refusal(key(value_kind::timestamp, "PostgreSQL timestamp without time zone"), seconds),
      "has 6"));
  CHECK(form(key(value_kind::timestamp, "PostgreSQL timestamp(3) without time zone"), seconds) ==
        identity_form::instant);
  CHECK(form(key(value_kind::timestamp, "MariaDB datetime"), seconds) == identity_form::instant);
  CHECK(form(key(value_kind::time, "MariaDB time(4)"), seconds) == std::nullopt);
  CHECK(form(key(value_kind::date), seconds) == identity_form::instant);
  CHECK(form(key(value_kind::date), column(column_family::date, "date")) == identity_form::instant);
}

TEST_CASE("bytes that a column fills with zeros are refused unless the source's are as long") {
  const auto fixed = padded(column_family::binary, "binary(4)", 4);
  CHECK(contains(refusal(key(value_kind::binary), fixed, product::mariadb), "with zeros"));
  CHECK_FALSE(form(key(value_kind::binary, "MariaDB binary(5)"), fixed, product::mariadb));
  CHECK(form(key(value_kind::binary, "MariaDB binary(4)"), fixed, product::mariadb) ==
        identity_form::packed);
  CHECK(form(key(value_kind::binary), column(column_family::binary, "bytea")) ==
        identity_form::packed);
}

TEST_CASE("SQLite's columns tell keys apart as their affinity makes them") {
  auto numeric = column(column_family::any, "INTEGER");
  numeric.makes_numbers = true;
  CHECK(form(key(value_kind::integer), numeric, product::sqlite) == identity_form::number);
  CHECK(form(key(value_kind::text), numeric, product::sqlite) == identity_form::number);
  CHECK(form(key(value_kind::date), numeric, product::sqlite) == identity_form::text);
  auto text_column = column(column_family::any, "VARCHAR(20)");
  text_column.makes_texts = true;
  for (const auto kind : {value_kind::integer, value_kind::real, value_kind::text})
    CHECK(form(key(kind), text_column, product::sqlite) == identity_form::text);
  for (const auto* type : {"", "BLOB", "ANY"}) {
    const auto untyped = column(column_family::any, type);
    CHECK(form(key(value_kind::integer), untyped, product::sqlite) == identity_form::typed);
    CHECK(form(key(value_kind::text), untyped, product::sqlite) == identity_form::typed);
    CHECK(form(key(value_kind::binary), untyped, product::sqlite) == identity_form::packed);
    CHECK(contains(refusal(key(value_kind::decimal), untyped, product::sqlite), "declare it"));
  }
}

TEST_CASE("of other products nothing is known: keys have their canonical form") {
  CHECK(form(key(value_kind::decimal), column(column_family::any, "X"), product::generic) ==
        identity_form::number);
  CHECK(form(key(value_kind::text), column(column_family::any, "X"), product::generic) ==
        identity_form::text);
}
