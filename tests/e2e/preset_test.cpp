// Every preset against a mock server that holds requests to the API's OpenAPI document.
#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/e2e/node_fixture.hpp"
#include "tests/support/database_fixture.hpp"

using namespace sluice;
using nlohmann::json;

namespace {

struct preset_case {
  const char* preset;
  const char* server;  ///< environment variable of its mock server
  json with;
  json mapping;
  const char* key = "id";
  bool deletes = true;
};

const std::vector<preset_case>& cases() {
  static const std::vector<preset_case> all{
      {"rudderstack",
       "SLUICE_TEST_PRISM_RUDDERSTACK",
       {{"write_key", "w"}},
       {{"user_id", "id"}, {"email", "email"}},
       "id",
       false},
      {"rudderstack_track",
       "SLUICE_TEST_PRISM_RUDDERSTACK",
       {{"write_key", "w"}, {"event", "Seen"}},
       {{"user_id", "id"}, {"plan", "plan"}},
       "id",
       false},
      {"segment",
       "SLUICE_TEST_PRISM_SEGMENT",
       {{"write_key", "w"}},
       {{"user_id", "id"}, {"email", "email"}},
       "id",
       false},
      {"segment_track",
       "SLUICE_TEST_PRISM_SEGMENT",
       {{"write_key", "w"}, {"event", "Seen"}},
       {{"user_id", "id"}, {"plan", "plan"}},
       "id",
       false},
      {"customerio",
       "SLUICE_TEST_PRISM_CUSTOMERIO",
       {{"site_id", "s"}, {"api_key", "a"}},
       {{"email", "email"}, {"plan", "plan"}}},
      {"braze",
       "SLUICE_TEST_PRISM_BRAZE",
       {{"api_key", "a"}},
       {{"external_id", {{"column", "id"}, {"as", "string"}}}, {"email", "email"}}},
      {"hubspot",
       "SLUICE_TEST_PRISM_HUBSPOT",
       {{"token", "t"}, {"record_id", "id"}},
       {{"email", "email"}, {"firstname", "name"}}},
      {"mailchimp",
       "SLUICE_TEST_PRISM_MAILCHIMP",
       {{"api_key", "a"}, {"list_id", "l1"}},
       {{"email_address", "email"}, {"status", "status"}, {"merge_fields.FNAME", "name"}},
       "email"},
  };
  return all;
}

/// A table of contacts with values that every API takes, and a node that syncs it by a preset.
struct preset_sync {
  explicit preset_sync(const preset_case& c) {
    source.run(
        {"CREATE TABLE contacts(id INTEGER PRIMARY KEY, email TEXT, name TEXT, plan TEXT, "
         "status TEXT)",
         "INSERT INTO contacts VALUES (1, 'ada@example.com', 'Ada', 'pro', 'subscribed'), "
         "(2, 'grace@example.com', 'Grace', 'free', 'subscribed'), "
         "(3, 'edsger@example.com', 'Edsger', 'pro', 'unsubscribed')"});
    auto with = c.with;
    with["url"] = test::required_environment(c.server);
    config = {
        {"source", {{"odbc", source.connection_string()}, {"table", "contacts"}, {"key", {c.key}}}},
        {"mode", c.deletes ? "mirror" : "upsert"},
        {"max_delete_percent", 90},
        {"mapping", c.mapping},
        {"delivery", {{"writers", 1}}},
        {"destination", {{"kind", "http"}, {"preset", c.preset}, {"with", with}}}};
  }
  json sync(int code = 0) {
    if (!node.running()) {
      node.connection("contacts", config);
      node.start();
    }
    return node.sync("contacts", {}, code);
  }

  test::database_fixture source{odbc::product::sqlite};
  json config;
  test::node_fixture node;
};

}  // namespace

TEST_CASE("every preset sends what its API's document allows") {
  for (const auto& c : cases()) {
    CAPTURE(std::string(c.preset));
    preset_sync s(c);
    CHECK(s.sync()["delivered"] == 3);
    s.source.run({"UPDATE contacts SET email = 'hopper@example.com', plan = 'pro' WHERE id = 2",
                  "DELETE FROM contacts WHERE id = 3"});
    const auto next = s.sync();
    CHECK(next["rejected"] == 0);
    CHECK(next["undelivered"] == 0);
    CHECK(next["deletes"].get<int>() >= (c.deletes ? 1 : 0));
  }
}

TEST_CASE("rows that an API lists as failed are rejected with its words, the others delivered") {
  const std::map<std::string, const char*> partial{{"customerio", "code=207"},
                                                   {"hubspot", "code=207"},
                                                   {"braze", "example=partial"},
                                                   {"mailchimp", "example=partial"}};
  for (const auto& c : cases()) {
    const auto found = partial.find(c.preset);
    if (found == partial.end()) continue;
    CAPTURE(std::string(c.preset));
    preset_sync s(c);
    s.source.run({"UPDATE contacts SET email = 'not-an-address' WHERE id = 2"});
    s.config["destination"]["headers"] = {{"Prefer", found->second}};
    const auto run = s.sync(7);
    CHECK(run["delivered"] == 2);
    const auto rejected = s.node.json({"rejected", "contacts"});
    REQUIRE(rejected.size() == 1);
    CHECK(rejected[0]["key"].front() == (std::string(c.key) == "id" ? json(2) : "not-an-address"));
    CHECK_FALSE(rejected[0]["reason"].get<std::string>().empty());
  }
}
