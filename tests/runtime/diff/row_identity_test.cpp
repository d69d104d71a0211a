#include "runtime/diff/row_identity.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

using namespace sluice;
using diff::row_identity;
using enum identity_form;

namespace {

std::string packed_key(std::initializer_list<value_view> values) {
  std::string out;
  for (const auto& value : values) append_value(out, value);
  return out;
}

/// The identity of a key of one column.
std::string identity(identity_form form, value_kind kind, std::string_view bytes) {
  row_identity rows({{form}});
  return std::string(rows.of(packed_key({{kind, bytes}})));
}

}  // namespace

TEST_CASE("numbers of one value are one row, whatever their kind, scale or spelling") {
  const auto five = identity(number, value_kind::integer, "5");
  CHECK(five == packed_key({{value_kind::integer, "5"}}));
  CHECK(identity(number, value_kind::decimal, "5.00") == five);
  CHECK(identity(number, value_kind::decimal, "+005") == five);
  CHECK(identity(number, value_kind::decimal, "0.5e1") == five);
  CHECK(identity(number, value_kind::decimal, "500e-2") == five);
  CHECK(identity(number, value_kind::real, "5") == five);
  CHECK(identity(number, value_kind::text, "5") == five);
  CHECK(identity(number, value_kind::text, " 05.0 ") == five);
  CHECK(identity(number, value_kind::integer, "50") != five);
  CHECK(identity(number, value_kind::decimal, "5.01") != five);
  CHECK(identity(number, value_kind::integer, "-5") != five);
}

TEST_CASE("zero has one spelling, and a boolean is its number") {
  const auto zero = identity(number, value_kind::integer, "0");
  for (const auto* text : {"-0", "0.00", "-0.0", "0e7", ".0", "000"})
    CHECK(identity(number, value_kind::decimal, text) == zero);
  CHECK(identity(number, value_kind::boolean, "0") == zero);
  CHECK(identity(number, value_kind::boolean, "1") == identity(number, value_kind::integer, "1"));
}

TEST_CASE("large and small numbers keep every digit") {
  const std::string digits = "123456789012345678901234567890123456789";
  CHECK(identity(number, value_kind::integer, digits) ==
        identity(number, value_kind::decimal, digits + ".000"));
  CHECK(identity(number, value_kind::integer, digits + "12") !=
        identity(number, value_kind::integer, digits + "13"));
  CHECK(identity(number, value_kind::real, "1e300") ==
        identity(number, value_kind::decimal, "1" + std::string(300, '0')));
  CHECK(identity(number, value_kind::real, "1e-300") !=
        identity(number, value_kind::real, "1e-301"));
  CHECK(identity(number, value_kind::decimal, "0.1") ==
        identity(number, value_kind::decimal, "0.10"));
}

TEST_CASE("what is no number stands for itself among numbers") {
  CHECK(identity(number, value_kind::text, "abc") == packed_key({{value_kind::text, "abc"}}));
  CHECK(identity(number, value_kind::text, "5a") != identity(number, value_kind::text, "5"));
  CHECK(identity(number, value_kind::real, "NaN") != identity(number, value_kind::text, "NaN"));
  CHECK(identity(number, value_kind::text, "1e99999999999999999999") ==
        packed_key({{value_kind::text, "1e99999999999999999999"}}));
}

TEST_CASE("texts are told apart by their characters, whatever the kind") {
  CHECK(identity(text, value_kind::integer, "5") == identity(text, value_kind::text, "5"));
  CHECK(identity(text, value_kind::decimal, "5.00") != identity(text, value_kind::text, "5"));
  CHECK(identity(text, value_kind::boolean, "1") == identity(text, value_kind::text, "true"));
  CHECK(identity(text, value_kind::text, "ab ") != identity(text, value_kind::text, "ab"));
  CHECK(identity(text, value_kind::text, "A") != identity(text, value_kind::text, "a"));
}

TEST_CASE("a padded column does not tell blanks at the end") {
  const auto ab = identity(unpadded, value_kind::text, "ab");
  CHECK(identity(unpadded, value_kind::text, "ab   ") == ab);
  CHECK(identity(unpadded, value_kind::text, " ab") != ab);
  CHECK(identity(unpadded, value_kind::text, "ab\t") != ab);
  CHECK(identity(unpadded, value_kind::text, "  ") == identity(unpadded, value_kind::text, ""));
}

TEST_CASE("a column without a type tells a number from its text") {
  CHECK(identity(typed, value_kind::integer, "5") != identity(typed, value_kind::text, "5"));
  CHECK(identity(typed, value_kind::integer, "5") == identity(typed, value_kind::real, "5"));
}

TEST_CASE("a uuid is its bits") {
  const auto one = identity(uuid, value_kind::uuid, "0000000a-0000-0000-0000-00000000000b");
  CHECK(one == packed_key({{value_kind::uuid, "0000000a-0000-0000-0000-00000000000b"}}));
  CHECK(identity(uuid, value_kind::text, "0000000A-0000-0000-0000-00000000000B") == one);
  CHECK(identity(uuid, value_kind::text, "{0000000a000000000000-00000000000b}") == one);
  CHECK(identity(uuid, value_kind::text, "0000000a-0000-0000-0000-00000000000") ==
        packed_key({{value_kind::text, "0000000a-0000-0000-0000-00000000000"}}));
}

TEST_CASE("a time is its instant") {
  const auto midnight = identity(instant, value_kind::date, "2026-01-31");
  CHECK(identity(instant, value_kind::timestamp, "2026-01-31T00:00:00") == midnight);
  CHECK(identity(instant, value_kind::timestamp, "2026-01-31T00:00:00.000") == midnight);
  CHECK(identity(instant, value_kind::timestamp_tz, "2026-01-31T00:00:00Z") == midnight);
  CHECK(identity(instant, value_kind::timestamp, "2026-01-31T00:00:00.5") ==
        identity(instant, value_kind::timestamp_tz, "2026-01-31T00:00:00.500Z"));
  CHECK(identity(instant, value_kind::timestamp, "2026-01-31T00:00:00.05") !=
        identity(instant, value_kind::timestamp, "2026-01-31T00:00:00.5"));
  CHECK(identity(instant, value_kind::time, "12:00:00.10") ==
        identity(instant, value_kind::time, "12:00:00.1"));
  CHECK(identity(instant, value_kind::text, "v1.10") !=
        identity(instant, value_kind::text, "v1.1"));
}

TEST_CASE("every column of a key has a form of its own, and without a rule nothing changes") {
  row_identity rows({{number, text}});
  const auto key = packed_key({{value_kind::decimal, "7.0"}, {value_kind::text, "7.0"}});
  CHECK(rows.of(key) == packed_key({{value_kind::integer, "7"}, {value_kind::text, "7.0"}}));
  row_identity as_packed;
  CHECK(as_packed.of(key).data() == key.data());
}

TEST_CASE("a key that is its own identity is not copied") {
  row_identity rows({{number, text}});
  const auto key = packed_key({{value_kind::integer, "-70"}, {value_kind::text, "x"}});
  CHECK(rows.of(key).data() == key.data());
}

TEST_CASE("texts go through the steps of their column, values that are none do not") {
  using enum identity_step;
  row_identity rows({{identity_column(text, {trim, lower}), text, number}});
  const auto key = packed_key(
      {{value_kind::text, " Ada@X.zz"}, {value_kind::text, "Ada"}, {value_kind::decimal, "5.0"}});
  CHECK(rows.of(key) == packed_key({{value_kind::text, "ada@x.zz"},
                                    {value_kind::text, "Ada"},
                                    {value_kind::integer, "5"}}));
  row_identity with_null({{identity_column(text, {lower})}});
  const auto null = packed_key({{value_kind::null, {}}});
  CHECK(with_null.of(null) == null);
  const auto small = packed_key({{value_kind::text, "ada"}});
  CHECK(with_null.of(small).data() == small.data());
}
