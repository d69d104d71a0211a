#include "runtime/credentials/token_answer.hpp"

#include <doctest/doctest.h>

#include "runtime/log/redactor.hpp"

using namespace sluice;
using namespace sluice::credentials;
using namespace std::chrono_literals;
using kind = token_refusal::kind;

namespace {

token_answer read(int status, std::string body) {
  http::http_answer answer;
  answer.status = status;
  answer.body = http::answer_body(std::move(body));
  return read_token_answer(answer);
}

token_grant grant(std::string body) { return std::get<token_grant>(read(200, std::move(body))); }
token_refusal refusal(int status, std::string body) {
  return std::get<token_refusal>(read(status, std::move(body)));
}

}  // namespace

TEST_CASE("a token comes with its life, and with a new refresh token where tokens rotate") {
  const auto all = grant(R"({"access_token": "CANARY-access", "token_type": "Bearer",
      "expires_in": 3600, "refresh_token": "CANARY-refresh", "instance_url": "https://a.example"})");
  CHECK(all.access_token == "CANARY-access");
  CHECK(all.lives == 3600s);
  CHECK(all.refresh_token == "CANARY-refresh");
  CHECK(all.others == nlohmann::json{{"token_type", "Bearer"},
                                     {"expires_in", 3600},
                                     {"instance_url", "https://a.example"}});
  CHECK(log::secrets().masked("x CANARY-access y CANARY-refresh") == "x *** y ***");
}

TEST_CASE("a life is a number or a text of seconds, and anything else is none") {
  CHECK(grant(R"({"access_token": "abcd", "expires_in": "1799"})").lives == 1799s);
  CHECK(grant(R"({"access_token": "abcd", "expires_in": 59.9})").lives == 59s);
  for (const auto* none : {"0", "-5", "\"soon\"", "null", "true", "[]"})
    CHECK_MESSAGE(
        !grant(R"({"access_token": "abcd", "expires_in": )" + std::string(none) + "}").lives, none);
  CHECK(grant(R"({"access_token": "abcd", "expires_in": 1e300})").lives == 87600h);
}

TEST_CASE("an error is final by its name, whether it comes with 400, 401 or 200") {
  const auto* const dead = R"({"error": "invalid_grant", "error_description": "token is expired"})";
  for (const int status : {200, 400, 401}) {
    CAPTURE(status);
    CHECK(refusal(status, dead).what == kind::grant);
    CHECK(refusal(status, dead).why.starts_with("invalid_grant: token is expired (HTTP "));
    CHECK(refusal(status, R"({"error": "invalid_client"})").what == kind::client);
    CHECK(refusal(status, R"({"error": "invalid_scope"})").what == kind::for_good);
    CHECK(refusal(status, R"({"error": "temporarily_unavailable"})").what == kind::later);
  }
}

TEST_CASE("a server in trouble is asked again, whatever its body says") {
  for (const int status : {408, 429, 500, 502, 503, 504})
    CHECK(refusal(status, R"({"error": "invalid_grant"})").what == kind::later);
  http::http_answer lost;
  lost.failed = http::http_answer::failure::unknown;
  lost.why = "timed out";
  CHECK(std::get<token_refusal>(read_token_answer(lost)).what == kind::later);
  lost.failed = http::http_answer::failure::futile;
  CHECK(std::get<token_refusal>(read_token_answer(lost)).what == kind::for_good);
}

TEST_CASE("a success without a token is none") {
  for (const auto* body : {"", "{}", "[]", "<html>Sign in</html>", R"({"access_token": 7})",
                           R"({"access_token": ""})"}) {
    CAPTURE(body);
    CHECK(refusal(200, body).what == kind::for_good);
    CHECK(refusal(200, body).why.find("without an access_token") != std::string::npos);
  }
  CHECK(refusal(200, R"({"access_token": "a\r\nX: y"})").why == "its token has a line break");
}
