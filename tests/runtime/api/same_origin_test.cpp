#include "runtime/api/same_origin.hpp"

#include <doctest/doctest.h>

#include "tests/runtime/api/api_fixture.hpp"

using namespace sluice;

namespace {

int refused_with(const std::string& method, test::header_list headers) {
  const auto why = api::refuse_other_origin(test::request(method, "/", headers));
  return why ? why->status : 0;
}

}  // namespace

TEST_CASE("what changes nothing may come from anywhere") {
  CHECK(refused_with("GET", {{"Sec-Fetch-Site", "cross-site"}}) == 0);
  CHECK(refused_with("HEAD", {{"Origin", "http://evil.example"}}) == 0);
  CHECK(refused_with("DELETE", {{"Sec-Fetch-Site", "cross-site"}}) == 403);
  CHECK(refused_with("OPTIONS", {}) == 403);
}

TEST_CASE("an origin is this one with the host of the request and any scheme") {
  const auto with = [](const std::string& origin) {
    return refused_with("DELETE", {{"Origin", origin}, {"Host", "sluice.example"}});
  };
  CHECK(with("https://sluice.example") == 0);
  CHECK(with("http://SLUICE.example") == 0);
  for (const std::string other : {"https://sluice.example:8443", "https://x.sluice.example",
                                  "https://sluice.example.evil", "sluice.example", "null", ""})
    CHECK_MESSAGE(with(other) == 403, other);
}

TEST_CASE("JSON may be said with a charset, and in any case") {
  const auto with = [](const std::string& type) {
    return refused_with("POST", {{"Sec-Fetch-Site", "same-origin"}, {"Content-Type", type}});
  };
  CHECK(with("application/json") == 0);
  CHECK(with("Application/JSON; charset=utf-8") == 0);
  CHECK(with("application/json ;charset=utf-8") == 0);
  for (const std::string other :
       {"", "text/plain", "application/jsonx", "text/plain;application/json",
        "application/x-www-form-urlencoded", "multipart/form-data"})
    CHECK_MESSAGE(with(other) == 415, other);
}
