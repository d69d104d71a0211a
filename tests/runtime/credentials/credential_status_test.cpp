#include "runtime/credentials/credential_status.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "messages/json.hpp"
#include "runtime/credentials/kept_token.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::credentials;

namespace {

struct listed_fixture {
  listed_fixture() {
    config::oauth2_credential app;
    app.grant = config::oauth2_credential::grant_type::refresh_token;
    configured["salesforce"].kind = app;
    configured["hubspot"].kind = config::bearer_credential{"x"};
  }
  [[nodiscard]] credential_status of(const std::string& name) const {
    for (auto& each : list_credentials(configured, node_name("a"), folder))
      if (each.credential == name) return each;
    return {};
  }

  test::temp_dir dir;
  std::filesystem::path folder = dir.path() / "credentials";
  std::map<std::string, config::credential_config> configured;
  timestamp then = parse_timestamp("2026-01-31T09:00:00.000Z").value();
};

}  // namespace

TEST_CASE_FIXTURE(listed_fixture, "a credential that nobody has authorised says how to") {
  CHECK(of("hubspot") == credential_status{"hubspot", "bearer"});
  const auto status = of("salesforce");
  CHECK(status.last.problem.cause == "there is no refresh token yet");
  CHECK(status.last.problem.hint == "authorise again: `sluice authorize salesforce`");
}

TEST_CASE_FIXTURE(listed_fixture,
                  "a credential tells its age, its end, its last refresh and error") {
  token_file(folder, "salesforce").write({"r1", node_name("a"), {}, then, {}});
  using namespace std::chrono_literals;
  const refresh_note note{
      then + 1h,
      then + 3h,
      {errc::destination_failed, "get token", "salesforce", "HTTP 503", "wait"}};
  write_note(folder, "salesforce", note);
  CHECK(of("salesforce") == credential_status{"salesforce", "oauth2", then, note});
  CHECK(to_json(of("salesforce")).dump() ==
        R"({"credential":"salesforce","kind":"oauth2","kept_since":"2026-01-31T09:00:00.000Z",)"
        R"("refreshed_at":"2026-01-31T10:00:00.000Z","ends_at":"2026-01-31T12:00:00.000Z",)"
        R"("error":{"code":"destination_failed","message":"get token 'salesforce': HTTP 503",)"
        R"("hint":"wait"}})");
}

TEST_CASE_FIXTURE(listed_fixture, "a refused token, and one of another node, are told before all") {
  write_note(folder, "salesforce", {then, {}, {}});
  token_file(folder, "salesforce").write({"r1", node_name("a"), {}, then, "invalid_grant"});
  CHECK(of("salesforce").last.problem.cause == "invalid_grant");
  token_file(folder, "salesforce").write({"r1", node_name("b"), {}, then, {}});
  CHECK(of("salesforce").last.problem.cause == "its refresh token was given to node b");
}
