#include "runtime/api/credentials.hpp"

#include <doctest/doctest.h>

#include "tests/runtime/api/api_fixture.hpp"

using namespace sluice;
using api::shown_cookie;
using api::shown_token;

namespace {

std::optional<std::string> token_in(const std::string& header, const char* path = "/v2/x") {
  return shown_token(test::request("GET", path, {{"Authorization", header}}));
}

std::optional<std::string> cookie_in(const std::string& header) {
  return shown_cookie(test::request("GET", "/", {{"Cookie", header}}), "a");
}

}  // namespace

TEST_CASE("a token is what stands behind the scheme") {
  CHECK(token_in("Bearer x") == "x");
  CHECK(token_in("  bEaReR   x y ") == "x y");
  CHECK_FALSE(token_in("Bearer"));
  CHECK_FALSE(token_in(""));
  CHECK_FALSE(token_in("Digest x"));
  CHECK_FALSE(token_in("BearerX x"));
}

TEST_CASE("a password counts behind an empty user only") {
  CHECK(token_in("Basic Ong=") == "x");        // :x
  CHECK(token_in("Basic Onh5") == "xy");       // :xy
  CHECK(token_in("Basic Onh5eg==") == "xyz");  // :xyz
  CHECK(token_in("Basic Og==") == "");         // :
  CHECK_FALSE(token_in("Basic dTp4"));         // u:x
  CHECK_FALSE(token_in("Basic eA=="));         // x
  for (const std::string bad : {"O", "Ong", "On*=", "====", ""})
    CHECK_FALSE_MESSAGE(token_in("Basic " + bad), bad);
  CHECK_FALSE(token_in("Basic " + std::string(8'000, 'O')));
  CHECK_FALSE(token_in("Basic Ong=", "/api/v1/node"));
}

TEST_CASE("a cookie is found by its whole name") {
  CHECK(cookie_in("a=1") == "1");
  CHECK(cookie_in("b=2; a=1;c=3") == "1");
  CHECK(cookie_in("a=1=2") == "1=2");
  CHECK(cookie_in("a=") == "");
  CHECK_FALSE(cookie_in("aa=1; ba=2; A=3"));
  CHECK_FALSE(cookie_in("a; =1;;"));
  CHECK_FALSE(cookie_in(""));
}
