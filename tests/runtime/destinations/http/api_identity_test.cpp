#include "runtime/destinations/http/api_identity.hpp"

#include <doctest/doctest.h>

#include "messages/error.hpp"
#include "runtime/config/config.hpp"
#include "runtime/destinations/destination.hpp"

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
  CHECK(rule_of({{{"email"}, {}, {identity_step::lower}}}) == "text lower, number");
  CHECK(rule_of({{{"address"}, {}, {trim, identity_step::lower}}}) == "text trim lower, number");
  CHECK(rule_of({{{}, {}, {casefold}}}) == "text casefold, number");
  // The nearest counts.
  CHECK(rule_of({{{}, {}, {nfc}},
                 {{"address"}, {}, {trim}},
                 {{"email"}, {}, {identity_step::lower}}}) == "text lower, number");
  CHECK(rule_of({{{}, {}, {nfc}}, {{"email"}, {}, {}}}) == "text, number");
  CHECK(rule_of({{{"profile", "name"}, {}, {identity_step::lower}}}) == "text, number");
}

TEST_CASE("texts may stand for numbers, and numbers are never texts") {
  CHECK(rule_of({{{"email"}, identity_form::number, {}}}) == "number, number");
  CHECK(rule_of({{{"id"}, {}, {identity_step::lower}}}) == "text, number");
}

TEST_CASE("a name that is neither a field nor a key column is refused, but not that of a preset") {
  CHECK_THROWS_AS(rule_of({{{"e-mail"}, {}, {identity_step::lower}}}), failure);
  CHECK(rule_of({{{"e-mail"}, {}, {identity_step::lower}, false}}) == "text, number");
}

TEST_CASE("any value has an identity, of the key or not") {
  const std::vector<http_identity> said{{{"email"}, {}, {identity_step::lower}},
                                        {{"profile", "name"}, {}, {nfc}}};
  CHECK(column_of(said, variable::name::key, {"email"}) ==
        identity_column(identity_form::text, {identity_step::lower}));
  CHECK(column_of(said, variable::name::row, {"address"}) ==
        identity_column(identity_form::text, {identity_step::lower}));
  CHECK(column_of(said, variable::name::row, {"profile", "name"}) ==
        identity_column(identity_form::text, {nfc}));
  CHECK(column_of(said, variable::name::row, {"id"}) == identity_form::number);
  CHECK(column_of({}, variable::name::row, {"address"}) == identity_form::text);
}

TEST_CASE("text keys of which nothing is said are named, and only those") {
  const auto unsaid = [](const std::vector<http_identity>& said) {
    config::http_config config;
    config.identity = said;
    return keys_of_unsaid_identity(config, schema);
  };
  CHECK(unsaid({}) == std::vector<std::string>{"email"});
  CHECK(unsaid({{{"profile", "name"}, {}, {identity_step::lower}}}) ==
        std::vector<std::string>{"email"});
  CHECK(unsaid({{}}).empty());  // "exact"
  CHECK(unsaid({{{"email"}, {}, {identity_step::lower}}}).empty());
  CHECK(unsaid({{{"address"}, {}, {identity_step::lower}}}).empty());  // the field that copies it
}

TEST_CASE("whoever checks a mirror to an API is told what nobody has said of its keys") {
  config::connection_config config;
  config.destination.kind = config::http_config{};
  CHECK(advice_on_identity(config, schema).empty());
  config.mode = sync_mode::mirror;
  CHECK(advice_on_identity(config, schema).find("destination.identity") != std::string::npos);
  config.set_on_delete = {{{"deleted"}, {"true"}}};  // a row is marked instead: the same
  CHECK_FALSE(advice_on_identity(config, schema).empty());
  CHECK(advice_on_identity(config, {schema.fields, {schema.keys[1]}}).empty());
  std::get<config::http_config>(config.destination.kind).identity = {{}};
  CHECK(advice_on_identity(config, schema).empty());
  config.destination.kind = config::jsonl_config{};
  CHECK(advice_on_identity(config, schema).empty());
}
