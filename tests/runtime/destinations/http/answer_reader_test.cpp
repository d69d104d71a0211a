#include "runtime/destinations/http/answer_reader.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::destinations;
using config::answer_condition;
using config::answer_rule;
using config::answer_rules;
using config::http_results;
using part = answer_condition::part;
using asks = answer_condition::test;
using kind = row_verdict::kind;

namespace {

answer_rule when(const std::string& pointer, asks is, std::vector<std::string> values = {}) {
  return {{{200, 299}}, {{part::value, pointer, is, std::move(values), {}}}};
}

http::http_answer answer(const std::string& body, int status = 200,
                         http::header_fields headers = {}) {
  http::http_answer out;
  out.status = status;
  out.headers = std::move(headers);
  out.body = http::answer_body(body);
  return out;
}

answer_reader reader(std::optional<answer_rules> rules,
                     std::optional<http_results> results = std::nullopt) {
  config::http_request_config request;
  request.answer = std::move(rules);
  request.results = std::move(results);
  return answer_reader(request);
}

/// What becomes of the rows of an answer that no condition and no status keeps back.
std::vector<kind> kinds_of(answer_reader& by, const http::http_answer& what, std::size_t rows) {
  CHECK_FALSE(by.judge(what, rows));
  const auto told = by.read(what, rows, {});
  CHECK(told.unreadable == "");
  std::vector<kind> out;
  for (const auto& row : told.rows) out.push_back(row.what);
  return out;
}

std::string unreadable(answer_reader& by, const http::http_answer& what) {
  const auto meaning = by.judge(what, 1);
  CHECK((!meaning || *meaning == status_class::delivered));
  return by.read(what, 1, {}).unreadable;
}

}  // namespace

TEST_CASE("without conditions the status decides, whatever the body holds") {
  auto plain = reader(std::nullopt);
  for (const auto* body : {"", "OK", "{", R"({"ok": false})", "\xff", "<ok/>", "NaN"})
    CHECK(kinds_of(plain, answer(body), 2) == std::vector{kind::delivered, kind::delivered});
  for (const int status : {0, 400, 401, 500}) CHECK_FALSE(plain.judge(answer("{}", status), 1));
  auto cut = answer("");
  cut.body = http::answer_body("{\"a", "the answer ends too early");
  CHECK(kinds_of(plain, cut, 1) == std::vector{kind::delivered});
}

TEST_CASE("a page for people is no delivery, unless it is said to be one") {
  const auto page = answer("<!DOCTYPE html><title>Sign in</title>");
  const std::string told =
      "the answer is an HTML page, \"Sign in\", as those of logins and of maintenance are";
  auto plain = reader(std::nullopt);
  CHECK(unreadable(plain, page) == told);
  http_results results;
  auto with_results = reader(std::nullopt, results);
  CHECK(unreadable(with_results, page) == told);
  auto with_rules = reader(answer_rules{{}, {}, {when("/ok", asks::in, {"false"})}, {}});
  CHECK(unreadable(with_rules, page) == told);
  auto with_delivered = reader(answer_rules{{}, {}, {}, {when("/ok", asks::in, {"true"})}});
  CHECK(unreadable(with_delivered, page) == told);
  const answer_rule thanks{{{200, 299}}, {{part::text, {}, asks::matches, {}, "Thank you"}}};
  auto form = reader(answer_rules{{}, {}, {}, {thanks}});
  CHECK(unreadable(form, page) == told);
  CHECK(unreadable(form, answer("<!DOCTYPE html><h1>Thank you</h1>")) == "");
}

TEST_CASE("Slack's answers: ok, or an error in an answer with status 200") {
  answer_rules rules;
  rules.credentials = {when("/error", asks::in, {"\"invalid_auth\"", "\"token_expired\""})};
  rules.retry = {when("/error", asks::in, {"\"ratelimited\""})};
  rules.delivered = {when("/ok", asks::in, {"true"})};
  auto slack = reader(rules);
  CHECK(slack.judge(answer(R"({"ok": true})"), 1) == status_class::delivered);
  CHECK(slack.judge(answer(R"({"ok": false, "error": "user_not_found"})"), 1) == status_class::row);
  CHECK(slack.judge(answer(R"({"ok": false, "error": "ratelimited"})"), 1) == status_class::retry);
  CHECK(slack.judge(answer(R"({"ok": false, "error": "token_expired"})"), 1) ==
        status_class::credentials);
  CHECK(unreadable(slack, answer("ok")) ==
        "the answer is not JSON that can be read (from byte 1 on)");
  CHECK(unreadable(slack, answer("", 204)) ==
        "the answer has no body, and destination.answer.delivered asks for one");
}

TEST_CASE("GraphQL's answers: errors with status 200, with data and without") {
  answer_rules rules;
  rules.retry = {when("/errors/*/extensions/code", asks::in, {"\"THROTTLED\""})};
  rules.reject = {when("/errors", asks::present), when("/data/*/userErrors", asks::present)};
  auto graphql = reader(rules);
  const auto judged = [&](const std::string& body) { return graphql.judge(answer(body), 1); };
  CHECK(judged(R"({"errors": [{"message": "bad"}]})") == status_class::row);
  CHECK(judged(R"({"data": null, "errors": [{"message": "bad"}]})") == status_class::row);
  CHECK(judged(R"({"data": {"a": {"id": 1}, "b": null}, "errors": [{"path": ["b"]}]})") ==
        status_class::row);
  CHECK(judged(R"({"data": {"a": {"userErrors": []}, "b": {"userErrors": [{"message": "x"}]}}})") ==
        status_class::row);
  CHECK(judged(R"({"errors": [{"message": "x"}, {"extensions": {"code": "THROTTLED"}}]})") ==
        status_class::retry);
  for (const auto* fine :
       {R"({"data": {"a": {"userErrors": []}}})", R"({"data": {"a": {"id": 1}}, "errors": []})",
        R"({"data": {"a": {"id": 1}}, "errors": null})"})
    CHECK(kinds_of(graphql, answer(fine), 1) == std::vector{kind::delivered});
}

TEST_CASE("Marketo's answers: success, codes, and a status for each record") {
  answer_rules rules;
  rules.credentials = {when("/errors/*/code", asks::in, {"\"601\"", "\"602\""})};
  rules.retry = {when("/errors/*/code", asks::in, {"\"606\"", "\"615\""})};
  rules.reject = {when("/success", asks::in, {"false"})};
  http_results results;
  results.items = "/result";
  results.ok = {"/status", {"\"created\"", "\"updated\""}};
  results.error = "/reasons/0/message";
  auto marketo = reader(rules, results);
  const auto failed = [&](const std::string& code) {
    return marketo.judge(answer(R"({"success": false, "errors": [{"code": ")" + code + R"("}]})"),
                         3);
  };
  CHECK(failed("601") == status_class::credentials);
  CHECK(failed("602") == status_class::credentials);
  CHECK(failed("606") == status_class::retry);
  CHECK(failed("615") == status_class::retry);
  CHECK(failed("1003") == status_class::row);
  const auto mixed = answer(R"({"success": true, "result": [
      {"id": 50, "status": "created"}, {"status": "skipped", "reasons": [{"code": "1007",
       "message": "Multiple leads match"}]}, {"id": 51, "status": "updated"}]})");
  CHECK_FALSE(marketo.judge(mixed, 3));
  const auto told = marketo.read(mixed, 3, {});
  REQUIRE(told.rows.size() == 3);
  CHECK(told.rows[0].what == kind::delivered);
  CHECK(told.rows[1] == row_verdict{kind::rejected, "Multiple leads match"});
  CHECK(told.rows[2].what == kind::delivered);
}

TEST_CASE("other statuses are delivered where a condition says so, and without results") {
  answer_rules rules;
  rules.delivered = {{{{409, 409}}, {{part::value, "/code", asks::in, {"\"DUPLICATE\""}, {}}}}};
  http_results results;
  auto by = reader(rules, results);
  const auto duplicate = answer(R"({"code": "DUPLICATE"})", 409);
  CHECK(by.judge(duplicate, 2) == status_class::delivered);
  CHECK(by.read(duplicate, 2, {}).rows.size() == 2);
  CHECK_FALSE(by.judge(answer(R"({"code": "LOCKED"})", 409), 2));
  CHECK(kinds_of(by, answer("[1, 2]"), 2) == std::vector{kind::delivered, kind::delivered});
}

TEST_CASE("an object that refuses a batch refuses its rows one by one") {
  http_results results;
  results.ok = {"/ok", {"true"}};
  auto by = reader(std::nullopt, results);
  CHECK(by.judge(answer(R"({"ok": false})"), 5) == status_class::row);
  CHECK(kinds_of(by, answer(R"({"ok": false})"), 1) == std::vector{kind::rejected});
  CHECK(kinds_of(by, answer(R"({"ok": true})"), 2) ==
        std::vector{kind::delivered, kind::delivered});
}

TEST_CASE("answers that cannot be read are asked for only so often") {
  http_results results;
  results.items = "/all";
  const auto bad = answer("{}");
  const auto good = answer(R"({"all": [{}]})");
  auto never = reader(std::nullopt, results);
  static_cast<void>(never.read(bad, 1, {}));
  CHECK_FALSE(never.lost());
  static_cast<void>(never.read(bad, 1, {}));
  CHECK(never.lost());

  auto mostly = reader(std::nullopt, results);
  static_cast<void>(mostly.read(good, 1, {}));
  for (std::uint32_t i = 1; i < answer_reader::most_unread; ++i)
    static_cast<void>(mostly.read(bad, 1, {}));
  CHECK_FALSE(mostly.lost());
  static_cast<void>(mostly.read(good, 1, {}));
  static_cast<void>(mostly.read(bad, 1, {}));
  CHECK_FALSE(mostly.lost());
  CHECK(mostly.hint().find("destination.results") != std::string::npos);
}
