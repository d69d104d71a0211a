#include "runtime/credentials/assertion.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "messages/error.hpp"
#include "runtime/credentials/pkce.hpp"
#include "tests/runtime/credentials/rsa_key.hpp"

using namespace sluice;
using namespace sluice::credentials;
using nlohmann::json;

TEST_CASE("an assertion says who asks for what and until when, and its signature is the key's") {
  const test::rsa_key key;
  const auto now = parse_timestamp("2026-01-31T09:00:00.500Z").value();
  const auto token = signed_assertion({.issuer = "app",
                                       .subject = "ada@example.com",
                                       .audience = "https://login.example.com",
                                       .scope = "a b"},
                                      {key.pem(), "k1"}, now);
  const auto first = token.find('.');
  const auto second = token.find('.', first + 1);
  REQUIRE(second != std::string::npos);
  CHECK(json::parse(test::from_base64url(token.substr(0, first))) ==
        json{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "k1"}});
  auto claims = json::parse(test::from_base64url(token.substr(first + 1, second - first - 1)));
  CHECK(claims["jti"].get<std::string>().size() > 20);
  claims.erase("jti");
  CHECK(claims == json{{"iss", "app"},
                       {"sub", "ada@example.com"},
                       {"aud", "https://login.example.com"},
                       {"scope", "a b"},
                       {"iat", 1769850000},
                       {"exp", 1769850180}});
  CHECK(key.verifies(token.substr(0, second), test::from_base64url(token.substr(second + 1))));
  CHECK_FALSE(test::rsa_key().verifies(token.substr(0, second),
                                       test::from_base64url(token.substr(second + 1))));
}

TEST_CASE("no two assertions are the same, and what is no key is refused without its text") {
  const test::rsa_key key;
  CHECK(signed_assertion({}, {key.pem()}, timestamp{}) !=
        signed_assertion({}, {key.pem()}, timestamp{}));
  try {
    static_cast<void>(signed_assertion({}, {"CANARY"}, timestamp{}));
    FAIL("it was taken");
  } catch (const failure& f) {
    CHECK(f.info().code == errc::invalid_config);
    CHECK(f.info().text().find("CANARY") == std::string::npos);
  }
}

TEST_CASE("the challenge of a verifier is that of RFC 7636, appendix B") {
  CHECK(code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") ==
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  CHECK(new_code_verifier().size() == 43);  // the least that its section 4.1 allows
  CHECK(new_code_verifier() != new_code_verifier());
}
