// `credentials` of node.json, and `auth` and `base_url` of a destination.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "messages/error.hpp"
#include "runtime/config/config.hpp"
#include "runtime/config/destination_kind.hpp"
#include "tests/runtime/config/config_folder.hpp"

using namespace sluice;
using namespace sluice::config;

namespace {

constexpr auto* good_app = R"({"credentials": {"salesforce": {"oauth2": {
    "grant": "client_credentials", "token_url": "https://login.example.com/token",
    "client_id": "app", "client_secret": "CANARY-secret"}}}})";

/// A connection to an API, with these settings beside its request.
std::string to_api(const std::string& settings, const std::string& url = "https://a.example/v1") {
  return R"({"mode": "upsert", "destination": {"kind": "http", "path": null, "upsert": {"method": "POST", "url": ")" +
         url + R"(", "body": "{{rows}}"})" + (settings.empty() ? "" : ", " + settings) + "}}";
}

/// `good_app` with a JSON merge patch.
std::string app_with(const std::string& patch) {
  auto document = nlohmann::json::parse(good_app);
  document.merge_patch(nlohmann::json::parse(patch));
  return document.dump();
}

/// The problems of a valid credential but for these changes to it.
std::string problems_of_app(const std::string& changes) {
  const test::config_folder folder;
  folder.patch_node(app_with(R"({"credentials": {"salesforce": {"oauth2": )" + changes + "}}}"));
  return folder.problems();
}

}  // namespace

TEST_CASE_FIXTURE(test::config_folder, "a destination names a credential of the node") {
  patch_node(good_app);
  patch_connection(to_api(R"("auth": "salesforce")"));
  const auto node = valid();
  const auto& app = std::get<oauth2_credential>(node.credentials.at("salesforce").kind);
  CHECK(app.token_url == "https://login.example.com/token");
  CHECK(app.shows == oauth2_credential::client_auth::basic);
  const auto connection = customers();
  const auto& http = std::get<http_config>(connection.destination.kind);
  REQUIRE(http.auth);
  CHECK(http.auth->name == "salesforce");
  CHECK_FALSE(http.auth->own);
}

TEST_CASE_FIXTURE(test::config_folder,
                  "a credential that the node does not have is named, with the nearest") {
  patch_node(good_app);
  patch_connection(to_api(R"("auth": "salesfroce")"));
  CHECK(problems() ==
        "connections/customers.json:/destination/auth: node.json has no credential \"salesfroce\"; "
        "did you mean \"salesforce\"?\n");
  // The node that delivers has its own.
  auto elsewhere = nlohmann::json::parse(to_api(R"("auth": "salesfroce")"));
  elsewhere["delivery"] = {{"on", "b"}};
  patch_connection(elsewhere.dump());
  CHECK(problems() == "");
}

TEST_CASE_FIXTURE(test::config_folder,
                  "every kind of credential can stand in a destination alone") {
  for (const auto* kind :
       {R"({"bearer": {"token": "CANARY"}})", R"({"basic": {"user": "u", "password": "CANARY"}})",
        R"({"api_key": {"header": "X-Api-Key", "value": "CANARY"}})",
        R"({"api_key": {"query": "key", "value": "CANARY"}})",
        R"({"aws": {"access_key": "AKID", "secret_key": "CANARY", "session_token": "CANARY",
                    "region": "eu-central-1", "service": "execute-api"}})",
        R"({"oauth2": {"grant": "client_credentials", "token_url": "https://l.example/token",
                       "client_id": "app", "client_secret": "CANARY", "client_auth": "body",
                       "parameters": {"resource": "x"}, "timeout": "5s", "give_up_after": "1m",
                       "expires_after": "2h", "tls": {"ca": "ca.pem"}}})"}) {
    CAPTURE(kind);
    patch_connection(to_api(std::string(R"("auth": )") + kind));
    CHECK(problems() == "");
    CHECK(std::get<http_config>(customers().destination.kind).auth->own);
    CHECK(effective().find("CANARY") == std::string::npos);
  }
}

TEST_CASE_FIXTURE(test::config_folder, "secrets of credentials are masked, and references stay") {
  const test::variable secret("SLUICE_TEST_SECRET", "CANARY-of-variable");
  patch_node(app_with(
      R"({"credentials": {"hubspot": {"bearer": {"token": "${env:SLUICE_TEST_SECRET}"}}}})"));
  const auto shown = effective();
  CHECK(shown.find("CANARY") == std::string::npos);
  CHECK(shown.find("${env:SLUICE_TEST_SECRET}") != std::string::npos);
  CHECK(shown.find("https://login.example.com/token") != std::string::npos);
}

TEST_CASE_FIXTURE(test::config_folder, "what a grant needs or does not know is told") {
  CHECK(problems_of_app(R"({"grant": "password"})").find("/grant: ") != std::string::npos);
  CHECK(problems_of_app(R"({"token_url": "login.example.com"})")
            .find("is no http or https address") != std::string::npos);
  CHECK(problems_of_app(R"({"refresh_token": "x"})")
            .find("goes with \"grant\": \"refresh_token\" only") != std::string::npos);
  CHECK(problems_of_app(R"({"grant": "jwt_bearer"})").find("/key: is missing") !=
        std::string::npos);
  CHECK(problems_of_app(R"({"grant": "refresh_token", "redirect": "ftp://x"})")
            .find("no address to which a browser can come back") != std::string::npos);
  CHECK(problems_of_app(R"({"grant": "refresh_token", "refresh_token": null,
                            "redirect": "http://127.0.0.1:8765/callback"})") == "");
}

TEST_CASE_FIXTURE(test::config_folder, "a credential is of exactly one kind") {
  CHECK(problems_with_node(R"({"credentials": {"x": {}}})").find("names no kind") !=
        std::string::npos);
  CHECK(problems_with_node(R"({"credentials": {"x": {"bearer": {"token": "t"},
                               "basic": {"user": "u"}}}})")
            .find("is of several kinds") != std::string::npos);
  CHECK(problems_with_node(R"({"credentials": {"../x": {"bearer": {"token": "t"}}}})")
            .find("cannot name a credential") != std::string::npos);
  CHECK(problems_with_node(R"({"credentials": {"x": {"bearer": {"token": "t", "timeout": "5s"}}}})")
            .find("unknown key \"timeout\"") != std::string::npos);
}

TEST_CASE_FIXTURE(test::config_folder, "an API is told in one way who asks") {
  patch_node(good_app);
  const auto problems_of = [&](const std::string& settings) {
    return problems_with(to_api(R"("auth": "salesforce", )" + settings));
  };
  CHECK(problems_of(R"("basic_auth": {"user": "u"})").find("goes without \"auth\"") !=
        std::string::npos);
  CHECK(problems_of(R"("headers": {"authorization": "Bearer x"})")
            .find("goes without a header Authorization") != std::string::npos);
}

TEST_CASE_FIXTURE(test::config_folder, "a refresh token stands in node.json, where it has a name") {
  CHECK(problems_with(to_api(R"("auth": {"oauth2": {"grant": "refresh_token", "client_id": "app",
                                  "token_url": "https://l.example/token"}})"))
            .find("has a refresh token, which needs a name") != std::string::npos);
}

TEST_CASE_FIXTURE(test::config_folder, "a signed request is not compressed afterwards") {
  const auto* const aws = R"({"aws": {"access_key": "AKID", "secret_key": "s",
                              "region": "eu-central-1", "service": "execute-api"}})";
  CHECK(problems_with(to_api(std::string(R"("gzip": true, "auth": )") + aws))
            .find("/destination/gzip: a signature is made before") != std::string::npos);
  patch_node(std::string(R"({"credentials": {"aws": )") + aws + "}}");
  CHECK(problems_with(to_api(R"("gzip": true, "auth": "aws")"))
            .find("/destination/gzip: a signature is made before") != std::string::npos);
}

TEST_CASE_FIXTURE(test::config_folder,
                  "with a base url addresses are paths, and the hosts are bounded") {
  patch_node(good_app);
  const auto with_base = [&](const std::string& within, const std::string& url) {
    return problems_with(to_api(
        R"("auth": "salesforce", "base_url": {"from": "/instance_url", "within": )" + within + "}",
        url));
  };
  CHECK(with_base(R"(["*.salesforce.com", "login.example.com"])", "/services/x/{{run}}") == "");
  for (const auto* url : {"https://a.example/", "//a.example/", "x", "@evil.example/"})
    CHECK(with_base(R"(["*.salesforce.com"])", url).find("does not begin with a path") !=
          std::string::npos);
  for (const auto* pattern : {"*", "*.com", "https://a.example", "a.example/", "*.", ".com"})
    CHECK_MESSAGE(with_base("[\"" + std::string(pattern) + "\"]", "/x").find("is no host") !=
                      std::string::npos,
                  pattern);
  CHECK(problems_with(to_api(R"("base_url": {"from": "/a", "within": ["a.example"]})", "/x"))
            .find("comes from the answer of a token server") != std::string::npos);
  patch_node(R"({"credentials": {"hubspot": {"bearer": {"token": "t"}}}})");
  CHECK(problems_with(to_api(R"("auth": "hubspot", "base_url": {"from": "/a",
                                "within": ["a.example"]})",
                             "/x"))
            .find("/destination/base_url: comes from the answer") != std::string::npos);
}
