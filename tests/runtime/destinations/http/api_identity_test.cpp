#include "runtime/destinations/http/api_identity.hpp"

#include <doctest/doctest.h>

#include "messages/error.hpp"

using namespace sluice;
using namespace sluice::destinations;
using config::http_identity;
using enum identity_step;
using variable = config::template_variable;

namespace {

/// Fields `address` (a copy of the key column `email`), `name` and `id`; the key is email, id.
const row_schema schema{{{{"address"}, value_kind::text, "email"},
                         {{"profile", "name"}, value_kind::text, "name"},
                         {{"id"}, value_kind::integer, "id"}},
                        {{{"email"}, value_kind::text, {}}, {{"id"}, value_kind::integer, {}}}};

std::string rule_of(const std::vector<http_identity>& said) {
  config::http_config config;
  config.identity = said;
  return api_identity(config, schema).text();
}

identity_column column_of(const std::vector<http_identity>& said, variable::name what,
                          const std::vector<std::string>& path) {
  config::http_config config;
  config.identity = said;
  return identity_of_value(config, schema, {what, path, false});
}

}  // namespace

TEST_CASE("an API of which nothing is said tells rows apart by their canonical keys") {
  CHECK(rule_of({}) == "text, number");
}

TEST_CASE("a key column goes by its name, by a field that copies it, or by what holds for all") {
  CHECK(rule_of({{{"email"}, {}, {lower}}}) == "text lower, number");
  CHECK(rule_of({{{"address"}, {}, {trim, lower}}}) == "text trim lower, number");
  CHECK(rule_of({{{}, {}, {casefold}}}) == "text casefold, number");
  // The nearest counts.
  CHECK(rule_of({{{}, {}, {nfc}}, {{"address"}, {}, {trim}}, {{"email"}, {}, {lower}}}) ==
        "text lower, number");
  CHECK(rule_of({{{}, {}, {nfc}}, {{"email"}, {}, {}}}) == "text, number");
  CHECK(rule_of({{{"profile", "name"}, {}, {lower}}}) == "text, number");
}

TEST_CASE("texts may stand for numbers, and numbers are never texts") {
  CHECK(rule_of({{{"email"}, identity_form::number, {}}}) == "number, number");
  CHECK(rule_of({{{"id"}, {}, {lower}}}) == "text, number");
}

TEST_CASE("a name that is neither a field nor a key column is refused, but not that of a preset") {
  CHECK_THROWS_AS(rule_of({{{"e-mail"}, {}, {lower}}}), failure);
  CHECK(rule_of({{{"e-mail"}, {}, {lower}, false}}) == "text, number");
}

TEST_CASE("any value has an identity, of the key or not") {
  const std::vector<http_identity> said{{{"email"}, {}, {lower}}, {{"profile", "name"}, {}, {nfc}}};
  CHECK(column_of(said, variable::name::key, {"email"}) ==
        identity_column(identity_form::text, {lower}));
  CHECK(column_of(said, variable::name::row, {"address"}) ==
        identity_column(identity_form::text, {lower}));
  CHECK(column_of(said, variable::name::row, {"profile", "name"}) ==
        identity_column(identity_form::text, {nfc}));
  CHECK(column_of(said, variable::name::row, {"id"}) == identity_form::number);
  CHECK(column_of({}, variable::name::row, {"address"}) == identity_form::text);
}
