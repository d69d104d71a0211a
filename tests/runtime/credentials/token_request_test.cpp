#include "runtime/credentials/token_request.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "messages/error.hpp"
#include "runtime/log/redactor.hpp"
#include "tests/runtime/credentials/rsa_key.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::credentials;
using nlohmann::json;

namespace {

config::oauth2_credential confidential_app() {
  config::oauth2_credential out;
  out.token_url = "https://login.example.com/token";
  out.client_id = "app:1";
  out.client_secret = "CANARY/secret";
  return out;
}

bool has(const http::http_request& request, const std::string& header) {
  return std::ranges::find(request.headers, header) != request.headers.end();
}

std::string claim_of(const std::string& body, const std::string& name) {
  const auto begin = body.find("assertion=") + 10;
  const auto token = body.substr(begin, body.find('&', begin) - begin);
  const auto first = token.find('.');
  const auto second = token.find('.', first + 1);
  return json::parse(test::from_base64url(token.substr(first + 1, second - first - 1)))
      .value(name, "");
}

}  // namespace

TEST_CASE("a client shows itself in a header, each part encoded as in a form, or in the body") {
  auto settings = confidential_app();
  settings.scope = "a b";
  settings.audience = "https://api.example.com";
  settings.parameters = {{"resource", "x&y"}};
  const auto basic = first_request(settings, {});
  CHECK(basic.method == "POST");
  CHECK(basic.url == "https://login.example.com/token");
  CHECK(basic.body ==
        "grant_type=client_credentials&audience=https%3A%2F%2Fapi.example.com&scope=a%20b&"
        "resource=x%26y");
  CHECK(has(basic, "Content-Type: application/x-www-form-urlencoded"));
  CHECK(has(basic, "Authorization: Basic YXBwJTNBMTpDQU5BUlklMkZzZWNyZXQ="));
  settings.shows = config::oauth2_credential::client_auth::body;
  const auto body = first_request(settings, {});
  CHECK(body.body.ends_with("&client_id=app%3A1&client_secret=CANARY%2Fsecret"));
  CHECK(body.headers.size() == 2);
}

TEST_CASE("a public client shows its id alone") {
  auto settings = confidential_app();
  settings.client_secret.clear();
  const auto request = refresh_request(settings, "r1");
  CHECK(request.body == "grant_type=refresh_token&refresh_token=r1&client_id=app%3A1");
  CHECK(request.headers.size() == 2);
}

TEST_CASE("a code goes with the address that it came to, and with the verifier") {
  auto settings = confidential_app();
  settings.client_secret.clear();
  CHECK(code_request(settings, "c1", "http://127.0.0.1:1/", "v1").body ==
        "grant_type=authorization_code&code=c1&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2F&"
        "code_verifier=v1&client_id=app%3A1");
}

TEST_CASE("an assertion is for the token server, by the client, unless it is said otherwise") {
  const test::temp_dir dir;
  auto settings = confidential_app();
  settings.grant = config::oauth2_credential::grant_type::jwt_bearer;
  settings.key = dir.path() / "key.pem";
  std::ofstream(settings.key) << test::rsa_key().pem();
  settings.subject = "ada@example.com";
  const auto request = first_request(settings, {});
  CHECK(request.body.starts_with(
      "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="));
  CHECK(claim_of(request.body, "iss") == "app:1");
  CHECK(claim_of(request.body, "aud") == "https://login.example.com/token");
  CHECK(claim_of(request.body, "sub") == "ada@example.com");
  settings.audience = "https://login.salesforce.com";
  settings.issuer = "other";
  CHECK(claim_of(first_request(settings, {}).body, "iss") == "other");
  CHECK(claim_of(first_request(settings, {}).body, "aud") == "https://login.salesforce.com");
}

TEST_CASE("a service account of Google asks the server that its file names, for its scopes") {
  const test::temp_dir dir;
  const auto file = dir.path() / "key.json";
  json content{{"client_email", "sync@acme.iam.gserviceaccount.com"},
               {"private_key", test::rsa_key().pem()},
               {"private_key_id", "k1"},
               {"token_uri", "https://oauth2.googleapis.com/token"}};
  std::ofstream(file) << content.dump();
  const config::google_credential account{file, {"https://a.example/x", "https://a.example/y"}, {}};
  const auto request = google_request(account, {}, {});
  CHECK(request.url == "https://oauth2.googleapis.com/token");
  CHECK(claim_of(request.body, "iss") == "sync@acme.iam.gserviceaccount.com");
  CHECK(claim_of(request.body, "aud") == "https://oauth2.googleapis.com/token");
  CHECK(claim_of(request.body, "scope") == "https://a.example/x https://a.example/y");
  CHECK(claim_of(request.body, "sub").empty());

  content.erase("client_email");
  std::ofstream(file) << content.dump();
  CHECK_THROWS_WITH_AS(static_cast<void>(google_request(account, {}, {})),
                       doctest::Contains("it has no \"client_email\""), failure);
  std::ofstream(file) << "no JSON";
  CHECK_THROWS_AS(static_cast<void>(google_request(account, {}, {})), failure);
}

TEST_CASE("what an app shows is masked from the moment at which it is resolved") {
  ::setenv("SLUICE_TEST_CLIENT_SECRET", "CANARY-of-client", 1);
  auto settings = confidential_app();
  settings.client_secret = "${env:SLUICE_TEST_CLIENT_SECRET}";
  CHECK(resolved(settings, {}).client_secret == "CANARY-of-client");
  CHECK(log::secrets().masked("it is CANARY-of-client") == "it is ***");
}
