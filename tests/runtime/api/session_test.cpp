// Who is admitted: tokens, codes and cookies, from the first byte that a request shows.
#include <doctest/doctest.h>

#include "tests/runtime/api/api_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::api_fixture;
using test::header_of;
using test::json_of;
using test::request;

namespace {

constexpr auto who = "/api/v1/session";

web::request with_cookie(const std::string& cookie, const std::string& method = "GET",
                         const std::string& target = who) {
  return request(method, target, {{"Cookie", cookie}});
}

web::request sign_in_with(const std::string& body) {
  return request("POST", who, {{"Content-Type", "application/json"}}, body);
}

}  // namespace

TEST_CASE_FIXTURE(api_fixture, "a request without credentials is refused at once") {
  for (const std::string target :
       {"/api/v1/session", "/api/v1/connections?limit=100", "/api/v1/events",
        "/v2/retl-connections/orders/syncs", "/api/v1/nothing", "/api/v1/openapi.json"}) {
    const auto understood = understand(request("GET", target));
    CHECK_FALSE(understood.failed_sign_in);
    CHECK(understood.by.name == "");
    const auto r = answer(request("GET", target));
    CHECK(r.status == 401);
    CHECK(json_of(r)["code"] == "unauthorized");
    CHECK(header_of(r, "WWW-Authenticate") == "Bearer");
  }
}

TEST_CASE_FIXTURE(api_fixture, "a token that is none is refused, and its bearer has to wait") {
  for (const std::string shown : {"Bearer x", "Bearer operator-token-012345678", "Bearer ",
                                  "Bearer operator-token-0123456789x", "bearer \t"}) {
    const auto understood = understand(request("GET", who, {{"Authorization", shown}}));
    CHECK(understood.failed_sign_in == (shown.find_last_not_of(" \t") > 6));
    CHECK(std::get<web::response>(understood.asks_for).status == 401);
  }
}

TEST_CASE_FIXTURE(api_fixture, "a token is taken under any spelling of its header and scheme") {
  for (const std::string name : {"authorization", "Authorization", "AUTHORIZATION"})
    for (const std::string scheme : {"Bearer ", "bearer ", "BEARER  "}) {
      const auto r = answer(request("GET", who, {{name.c_str(), scheme + test::operator_token}}));
      CHECK(r.body == R"({"name":"airflow","role":"operator","rows":true,"expires_at":null})");
    }
  CHECK(json_of(answer(test::request_of(test::observer_token, "GET", who)))["role"] == "observer");
  CHECK(json_of(answer(test::request_of(test::blind_token, "GET", who)))["rows"] == false);
}

TEST_CASE_FIXTURE(api_fixture, "basic credentials with an empty user are a token below /v2 only") {
  // ":operator-token-0123456789" and "a:operator-token-0123456789"
  const std::string empty_user = "Basic Om9wZXJhdG9yLXRva2VuLTAxMjM0NTY3ODk=";
  const std::string some_user = "basic YTpvcGVyYXRvci10b2tlbi0wMTIzNDU2Nzg5";
  const std::string syncs = "/v2/retl-connections/orders/syncs";
  CHECK(question(request("GET", syncs, {{"Authorization", empty_user}})).change == "");
  CHECK(answer(request("GET", syncs, {{"Authorization", some_user}})).status == 401);
  CHECK(answer(request("GET", who, {{"Authorization", empty_user}})).status == 401);
  const auto r = answer(request("GET", syncs, {{"Authorization", "Basic !!"}}));
  CHECK(r.status == 401);
  CHECK(header_of(r, "WWW-Authenticate") == "Bearer");  // browsers would ask for a password
}

TEST_CASE_FIXTURE(api_fixture, "a code becomes a session, once, for a minute") {
  const auto code = desk().issue_code({.name = "ada", .operates = false});
  const auto body = nlohmann::json{{"code", code}}.dump();
  const auto r = answer(sign_in_with(body));
  CHECK(r.status == 200);
  CHECK(json_of(r)["name"] == "ada");
  CHECK(json_of(r)["role"] == "observer");
  CHECK(json_of(r)["expires_at"] == "2026-01-31T10:00:00.000Z");
  CHECK(header_of(r, "Set-Cookie") ==
        "sluice_session_9470_alpha=secret2; HttpOnly; SameSite=Strict; Path=/");

  const auto again = understand(sign_in_with(body));
  CHECK(again.failed_sign_in);
  CHECK(json_of(std::get<web::response>(again.asks_for))["code"] == "bad_credentials");
  CHECK(json_of(std::get<web::response>(again.asks_for))["detail"] ==
        "the code was used already, or is too old");

  const auto late = desk().issue_code({.name = "ada"});
  pass(60s);
  CHECK(answer(sign_in_with(nlohmann::json{{"code", late}}.dump())).status == 401);
}

TEST_CASE_FIXTURE(api_fixture, "a token becomes a session with what the token may do") {
  const auto r = answer(sign_in_with(nlohmann::json{{"token", test::blind_token}}.dump()));
  CHECK(json_of(r)["rows"] == false);
  const auto cookie = header_of(r, "Set-Cookie");
  const auto same = answer(with_cookie(cookie.substr(0, cookie.find(';'))));
  CHECK(json_of(same)["name"] == "blind");
  CHECK(answer(sign_in_with(R"({"token": "guessed-token-01234567"})")).status == 401);
}

TEST_CASE_FIXTURE(api_fixture, "signing in takes a token or a code, and nothing else") {
  for (const std::string body : {"", "{}", R"({"token": "a", "code": "b"})", R"({"tokn": "a"})",
                                 R"({"token": 7})", "[]", "{"})
    CHECK_MESSAGE(answer(sign_in_with(body)).status == 400, body);
  CHECK(answer(request("POST", who, {}, "token=x")).status == 415);
}

TEST_CASE_FIXTURE(api_fixture, "a session ends an hour after its last use") {
  const auto cookie = sign_in();
  pass(59min);
  CHECK(answer(with_cookie(cookie)).status == 200);
  pass(59min);
  CHECK(answer(with_cookie(cookie)).status == 200);
  pass(60min);
  const auto late = understand(with_cookie(cookie));
  CHECK_FALSE(late.failed_sign_in);
  CHECK(json_of(std::get<web::response>(late.asks_for))["detail"] == "the session has ended");
}

TEST_CASE_FIXTURE(api_fixture, "a session ends after twelve hours, however it is used") {
  const auto cookie = sign_in();
  for (int i = 0; i < 23; ++i) {
    pass(30min);
    REQUIRE(answer(with_cookie(cookie)).status == 200);
  }
  CHECK(json_of(answer(with_cookie(cookie)))["expires_at"] == "2026-01-31T21:00:00.000Z");
  pass(30min);
  CHECK(answer(with_cookie(cookie)).status == 401);
}

TEST_CASE_FIXTURE(api_fixture, "whoever signs out is out, and the browser forgets the cookie") {
  const auto cookie = sign_in();
  const auto r =
      answer(request("DELETE", who, {{"Cookie", cookie}, {"Sec-Fetch-Site", "same-origin"}}));
  CHECK(r.status == 204);
  CHECK(r.body == "");
  CHECK(header_of(r, "Set-Cookie") ==
        "sluice_session_9470_alpha=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
  CHECK(answer(with_cookie(cookie)).status == 401);
}

TEST_CASE_FIXTURE(api_fixture, "the cookie of a node at another port opens nothing") {
  const auto cookie = sign_in();
  const auto value = cookie.substr(cookie.find('='));
  CHECK(answer(with_cookie("sluice_session_9471_alpha" + value)).status == 401);
  CHECK(answer(with_cookie("sluice_session_9470_beta" + value)).status == 401);
  CHECK(answer(with_cookie("other=1; " + cookie + "; more=2")).status == 200);
}

TEST_CASE("with TLS the cookie goes over TLS only, and to this host only") {
  api_fixture api([](config::api_config& c) { c.tls.emplace(); });
  const auto code = api.desk().issue_code({.name = "ada"});
  const auto r = api.answer(sign_in_with(nlohmann::json{{"code", code}}.dump()));
  CHECK(header_of(r, "Set-Cookie") ==
        "__Host-sluice_session_9470_alpha=secret2; HttpOnly; SameSite=Strict; Path=/; Secure");
}

TEST_CASE_FIXTURE(api_fixture, "a page elsewhere changes nothing with somebody's cookie") {
  const auto cookie = sign_in();
  const std::string enable = "/api/v1/connections/orders/enable";
  const auto from = [&](test::header_list headers) {
    auto r = request("POST", enable, headers, "{}");
    r.headers.emplace("Cookie", cookie);
    r.headers.emplace("Content-Type", "application/json");
    return understand(r);
  };
  const auto status = [](const api::understood& u) {
    const auto* const r = std::get_if<web::response>(&u.asks_for);
    return r == nullptr ? 0 : r->status;
  };
  CHECK(status(from({{"Sec-Fetch-Site", "same-origin"}})) == 0);
  CHECK(status(from({{"Origin", "http://127.0.0.1:9470"}})) == 0);
  CHECK(status(from({{"Sec-Fetch-Site", "cross-site"}})) == 403);
  CHECK(status(from({{"Sec-Fetch-Site", "same-site"}})) == 403);
  CHECK(status(from({{"Sec-Fetch-Site", "none"}})) == 403);
  CHECK(status(from({{"Origin", "http://evil.example"}})) == 403);
  CHECK(status(from({{"Origin", "http://127.0.0.1:9471"}})) == 403);
  CHECK(status(from({{"Origin", "null"}})) == 403);
  CHECK(status(from({})) == 403);  // neither header: no browser of this time
  // A hostile header does not outweigh the one that pages cannot set.
  CHECK(status(from({{"Sec-Fetch-Site", "cross-site"}, {"Origin", "http://127.0.0.1:9470"}})) ==
        403);
}

TEST_CASE_FIXTURE(api_fixture, "a form of another page cannot be JSON") {
  const auto cookie = sign_in();
  const auto r = answer(request(
      "POST", "/api/v1/connections/orders/runs",
      {{"Cookie", cookie}, {"Sec-Fetch-Site", "same-origin"}, {"Content-Type", "text/plain"}},
      "{}"));
  CHECK(r.status == 415);
}

TEST_CASE_FIXTURE(api_fixture, "nobody is signed in by another page") {
  const auto code = desk().issue_code({.name = "ada"});
  auto r = sign_in_with(nlohmann::json{{"code", code}}.dump());
  r.headers.emplace("Origin", "http://evil.example");
  CHECK(answer(r).status == 403);
}

TEST_CASE_FIXTURE(api_fixture, "a token counts more than a cookie") {
  auto r = with_cookie(sign_in());
  r.headers.emplace("Authorization", "Bearer something-that-is-no-token");
  CHECK(answer(r).status == 401);
  auto proxy = with_cookie(sign_in());
  proxy.headers.emplace("Authorization", "Basic dXNlcjpwYXNzd29yZA==");  // a proxy's own
  CHECK(answer(proxy).status == 200);
}

TEST_CASE_FIXTURE(api_fixture, "a stream is welcome as long as its session") {
  const auto cookie = sign_in();
  const auto by = understand(with_cookie(cookie)).by;
  CHECK(desk().is_welcome(by));
  pass(59min);
  CHECK(desk().is_welcome(by));  // asking does not keep it alive
  pass(1min);
  CHECK_FALSE(desk().is_welcome(by));
  CHECK(desk().is_welcome(understand(test::request_of(test::operator_token, "GET", who)).by));
}

TEST_CASE("without the console there are no sessions, but tokens say who they are") {
  api_fixture api([](config::api_config& c) { c.console = false; });
  CHECK(api.answer(sign_in_with(R"({"token": "x"})")).status == 404);
  CHECK(api.answer("GET", who).status == 200);
  CHECK_THROWS_AS(api.desk().issue_code({.name = "ada"}), failure);
}
