#include "runtime/api/refusal.hpp"

#include <doctest/doctest.h>

#include "tests/runtime/api/api_fixture.hpp"

using namespace sluice;
using api::to_response;

namespace {

constexpr auto v1 = "/api/v1/connections/orders";
constexpr auto v2 = "/v2/retl-connections/orders/start";

error because(errc code) { return {code, "start", "orders", "it is so", ""}; }

}  // namespace

TEST_CASE("an error of the node has its status, the same on both surfaces") {
  using enum errc;
  const std::vector<std::pair<errc, int>> table{
      {usage, 400},
      {forbidden, 403},
      {unknown_connection, 404},
      {already_running, 409},
      {draining, 409},
      {not_running, 409},
      {disabled, 409},
      {guarded, 409},
      {hanging, 409},
      {invalid_config, 422},
      {key_reused, 422},
      {exhausted, 429},
      {source_failed, 502},
      {destination_failed, 502},
      {unreachable, 503},
      {shutting_down, 503},
      {timed_out, 504},
      {ledger_corrupt, 500},
      {ledger_failed, 500},
      {catalog_failed, 500},
      {state_locked, 500},
      {internal, 500},
  };
  for (const auto& [code, status] : table) {
    CAPTURE(to_string(code));
    for (const char* const path : {v1, v2}) {
      const auto r = to_response(because(code), path);
      CHECK(r.status == status);
      CHECK(test::json_of(r)["code"] == to_string(code));
      CHECK((test::header_of(r, "Retry-After") == "5") == (status == 503 || status == 429));
    }
  }
}

TEST_CASE("a problem has the members of RFC 9457, and more") {
  api::refusal why{400, "usage", "limit is '0'", "try 1"};
  why.complaints = {{"?limit", "is '0'"}};
  const auto r = to_response(why, v1);
  CHECK(test::header_of(r, "Content-Type") == "application/problem+json");
  CHECK(test::header_of(r, "Cache-Control") == "no-store");
  CHECK(r.body ==
        R"({"type":"/api/v1/problems/usage","title":"usage","status":400,)"
        R"("detail":"limit is '0'","instance":"/api/v1/connections/orders","code":"usage",)"
        R"("hint":"try 1","errors":[{"pointer":"?limit","detail":"is '0'"}]})");
}

TEST_CASE("below /v2 an error is a text twice, under the names that clients read") {
  api::refusal why{400, "usage", "syncType must be \"full\"", ""};
  why.complaints = {{"/syncType", "must be \"full\""}};
  const auto r = to_response(why, v2);
  CHECK(test::header_of(r, "Content-Type") == "application/json");
  CHECK(r.body == R"({"error":"syncType must be \"full\"","message":"syncType must be \"full\"",)"
                  R"("code":"usage","details":{"syncType":"must be \"full\""}})");
}

TEST_CASE("what is no UTF-8 is answered all the same") {
  const auto r = to_response(error{errc::internal, "read", "\xff", "\xfe", ""}, v2);
  CHECK(test::json_of(r)["error"].is_string());
}

TEST_CASE("what the server refuses itself is JSON, too") {
  for (const int status : {400, 408, 413, 414, 431, 429, 500, 503})
    for (const std::string target : {"", "/v2/x?y", "/api/v1/node", "/ui/"}) {
      const auto r = api::refuse_transport(status, "the request is no HTTP", target);
      CHECK(r.status == status);
      const auto body = test::json_of(r);
      CHECK(body[target == "" || target.starts_with("/v2") ? "error" : "detail"] ==
            "the request is no HTTP");
    }
}
