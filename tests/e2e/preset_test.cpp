// Every preset against a mock server that holds requests to the API's OpenAPI document. A preset's
// case is tests/presets/cases/NAME.json, beside the example of its own page:
//
//   api         the document, where it is not that of its own name
//   with        parameters beyond those of the example
//   credential  what `auth` stands for; a bearer token unless given
//   one_by_one  the document's example tells of one row: rows are sent one by one
//   refused     how the mock is asked to refuse (`prefer`), what happens to the source `before`,
//               and how many of three rows are `rejected` then
//   ended       how it is asked to say that a token has ended
//   astray      how it is asked to say that what each request names is not there, if it can
//   limited     how it is asked to say that there were too many requests
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "runtime/config/preset_page.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/database_fixture.hpp"

using namespace sluice;
using nlohmann::json;

namespace {

const std::filesystem::path folder = std::filesystem::path(SLUICE_SOURCE_DIR) / "tests/presets";

json case_of(const std::string& preset) {
  std::ifstream in(folder / "cases" / (preset + ".json"));
  REQUIRE_MESSAGE(in, preset << " has no case in tests/presets/cases");
  return json::parse(in);
}

std::string api_of(const std::string& preset) { return case_of(preset).value("api", preset); }

std::string server_of(const std::string& preset) {
  auto variable = "SLUICE_TEST_PRISM_" + api_of(preset);
  for (auto& c : variable)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return test::required_environment(variable.c_str());
}

/// The example of the preset's page, a table that it fits, and a node with a connection for each of
/// what is to happen.
class preset_sync {
 public:
  explicit preset_sync(const config::preset_page& page)
      : page_(page), case_(case_of(page.name)), mirrors_(page.offers(sync_mode::mirror)) {
    source.run(
        {"CREATE TABLE people(id INTEGER PRIMARY KEY, email TEXT, first_name TEXT, last_name TEXT, "
         "phone TEXT, plan TEXT, status TEXT, created_at TEXT)",
         "INSERT INTO people VALUES "
         "(1, 'ada@example.com', 'Ada', 'Lovelace', '+41446681800', 'pro', 'subscribed', "
         "'2026-01-31T09:00:00Z'), "
         "(2, 'grace@example.com', 'Grace', 'Hopper', NULL, 'free', 'subscribed', "
         "'2026-01-31T10:00:00Z'), "
         "(3, 'edsger@example.com', 'Edsger', 'Dijkstra', NULL, 'pro', 'unsubscribed', "
         "'2026-01-31T11:00:00Z')"});
    node.settings["credentials"]["test"] =
        case_.value("credential", json{{"bearer", {{"token", "t"}}}});
    connect("delivered", "", case_.value("one_by_one", false));
    for (const auto* how : {"refused", "ended", "astray", "limited"})
      if (case_.contains(how))
        connect(how, case_[how].is_object() ? case_[how]["prefer"] : case_[how], false);
    node.start();
  }

  [[nodiscard]] bool mirrors() const { return mirrors_; }
  [[nodiscard]] const json& told() const { return case_; }

  test::database_fixture source{odbc::product::sqlite};
  test::node_fixture node;

 private:
  [[nodiscard]] json destination() const {
    json out = json::parse(page_.example["destination"].dump());
    auto& with = out["with"];
    for (const auto& each : page_.parameters)
      if (each.secret) with[each.name] = "secret";
    if (case_.contains("with")) with.update(case_["with"]);
    with["url"] = server_of(page_.name);
    if (page_.destination.contains("auth")) with["credential"] = "test";
    out["retry"] = {{"base", "1ms"}, {"cap", "1ms"}, {"give_up_after", "300ms"}};
    return out;
  }
  void connect(const std::string& name, const std::string& prefer, bool one_by_one) {
    json config = json::parse(page_.example.dump());
    config["source"]["odbc"] = source.connection_string();
    if (mirrors_) config["mode"] = "mirror";
    config["max_delete_percent"] = 90;
    config["max_rejected_percent"] = 100;
    config["delivery"] = {{"writers", 1}};
    config["destination"] = destination();
    if (!prefer.empty()) config["destination"]["headers"]["Prefer"] = prefer;
    if (one_by_one) config["destination"]["batch_rows"] = 1;
    node.connection(name, config);
  }

  const config::preset_page& page_;
  json case_;
  bool mirrors_;
};

void check_refusals(preset_sync& s) {
  const auto& refused = s.told()["refused"];
  if (refused.contains("before")) s.source.run({refused["before"].get<std::string>()});
  const auto run = s.node.sync("refused", {}, 7);
  CHECK(run["rejected"] == refused["rejected"]);
  CHECK(run["delivered"] == 3 - refused["rejected"].get<int>());
  const auto rejected = s.node.json({"rejected", "refused"});
  for (const auto& row : rejected) CHECK_FALSE(row["reason"].get<std::string>().empty());
}

/// A run that fails since the API takes nothing at present: no row is rejected for that.
void check_failure(preset_sync& s, const std::string& how) {
  CAPTURE(how);
  const auto run = s.node.sync(how, {}, 1);
  CHECK(run["delivered"] == 0);
  CHECK(run["rejected"] == 0);
  const auto failed = run["error"].dump();
  CAPTURE(failed);
  CHECK((failed.find("credentials") != std::string::npos) == (how == "ended"));
  CHECK((failed.find("what its body names") != std::string::npos) == (how == "astray"));
}

}  // namespace

TEST_CASE("every preset has a page, a document of its API, and a case here") {
  for (const auto& page : config::builtin_pages()) {
    CAPTURE(page.name);
    CHECK_FALSE(page.title.empty());
    CHECK_FALSE(page.limits.empty());
    CHECK_FALSE(page.example["mapping"].empty());
    CHECK(std::filesystem::exists(folder / "openapi" / (api_of(page.name) + ".yaml")));
    const auto told = case_of(page.name);
    for (const auto* how : {"refused", "ended", "limited"}) CHECK(told.contains(how));
    // Who cannot have a mode is told which one to use.
    for (const auto mode : {sync_mode::mirror, sync_mode::upsert})
      if (!page.offers(mode)) {
        const auto found = std::ranges::find(page.modes, mode, &config::preset_page::mode::is);
        CHECK(found->refused.find("use ") != std::string::npos);
      }
  }
}

TEST_CASE("every preset sends what its API's document allows, and reads its answers") {
  const auto pages = config::builtin_pages();
  for (const auto& page : pages) {
    CAPTURE(page.name);
    preset_sync s(page);
    CHECK(s.node.sync("delivered")["delivered"] == 3);
    check_refusals(s);
    check_failure(s, "ended");
    if (s.told().contains("astray")) check_failure(s, "astray");
    check_failure(s, "limited");
    s.source.run({"UPDATE people SET first_name = 'Rear Admiral', plan = 'pro' WHERE id = 2",
                  "DELETE FROM people WHERE id = 3"});
    const auto next = s.node.sync("delivered");
    CHECK(next["rejected"] == 0);
    CHECK(next["undelivered"] == 0);
    CHECK((next["deletes"].get<int>() >= 1) == s.mirrors());
  }
}
