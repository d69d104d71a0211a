#include "messages/identity_rule.hpp"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("an identity rule comes back from its text") {
  using enum identity_form;
  const identity_rule every{{packed, number, text, typed, unpadded, uuid, instant}};
  CHECK(every.text() == "packed, number, text, typed, unpadded, uuid, instant");
  CHECK(identity_rule::parse(every.text()) == every);
  CHECK(identity_rule{}.text().empty());
  CHECK(identity_rule::parse("") == identity_rule{});
}

TEST_CASE("the steps of a column come back in their order") {
  using enum identity_step;
  const identity_column every{identity_form::text,
                              {trim, lower, casefold, nfc, nfkc, unaccent, digits, md5, sha256}};
  const identity_rule rule{{every, identity_form::number, {identity_form::text, {md5}}}};
  CHECK(rule.text() ==
        "text trim lower casefold nfc nfkc unaccent digits md5 sha256, number, text md5");
  CHECK(identity_rule::parse(rule.text()) == rule);
}

TEST_CASE("what is no identity rule is none") {
  for (const auto* text : {"numbers", "text upper", "text lower,text", "lower", "text  lower",
                           "number,text", "number, ", " ", "number; text"}) {
    CAPTURE(text);
    const auto rule = identity_rule::parse(text);
    CHECK_FALSE((rule && rule->text() == text));
  }
  CHECK_FALSE(identity_rule::parse("numbers"));
}

TEST_CASE("a key's canonical form follows from its kind") {
  const row_schema schema{{}, {{{"a"}, value_kind::decimal, {}}, {{"b"}, value_kind::text, {}}}};
  CHECK(canonical_identity(schema) == identity_rule{{identity_form::number, identity_form::text}});
  CHECK(canonical_form(value_kind::boolean) == identity_form::number);
  CHECK(canonical_form(value_kind::timestamp_tz) == identity_form::instant);
  CHECK(canonical_form(value_kind::binary) == identity_form::packed);
}
