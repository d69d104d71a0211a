#include "runtime/destinations/http/answer_conditions.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::destinations;
using config::answer_condition;
using config::answer_rule;
using config::answer_rules;
using part = answer_condition::part;
using asks = answer_condition::test;

namespace {

const std::vector<answer_rule::range> successes{{200, 299}};

answer_rule rule(std::vector<answer_condition> all,
                 std::vector<answer_rule::range> statuses = successes) {
  return {std::move(statuses), std::move(all)};
}
answer_condition in(const std::string& pointer, std::vector<std::string> values) {
  return {part::value, pointer, asks::in, std::move(values), {}};
}
answer_condition present(const std::string& pointer) {
  return {part::value, pointer, asks::present, {}, {}};
}
answer_condition absent(const std::string& pointer) {
  return {part::value, pointer, asks::absent, {}, {}};
}
answer_condition matches(const std::string& pointer, const std::string& pattern) {
  return {part::value, pointer, asks::matches, {}, pattern};
}
answer_condition text_matches(const std::string& pattern) {
  return {part::text, {}, asks::matches, {}, pattern};
}
answer_condition header(const std::string& name, asks is, std::vector<std::string> values = {},
                        const std::string& pattern = {}) {
  return {part::header, name, is, std::move(values), pattern};
}

judgement judged(const answer_rules& rules, const std::string& body, int status = 200,
                 const http::header_fields& headers = {}) {
  return answer_conditions(rules).judge(status, headers, http::answer_body(body));
}

/// Whether a single condition holds.
bool holds(const answer_condition& condition, const std::string& body,
           const http::header_fields& headers = {}) {
  const auto told = judged({{}, {}, {rule({condition})}, {}}, body, 200, headers);
  CHECK(told.untold == "");
  return told.is == answer_class::rejected;
}

}  // namespace

TEST_CASE("values of a body are compared as JSON") {
  CHECK(holds(in("/ok", {"false"}), R"({"ok": false})"));
  CHECK_FALSE(holds(in("/ok", {"false"}), R"({"ok": "false"})"));
  CHECK_FALSE(holds(in("/ok", {"false"}), R"({"ok": true})"));
  CHECK_FALSE(holds(in("/ok", {"false"}), R"({})"));
  CHECK(holds(in("/code", {"\"601\"", "\"602\""}), R"({"code": "602"})"));
  CHECK(holds(in("", {"\"OK\""}), R"("OK")"));
  CHECK(holds(in("/a~1b", {"1"}), R"({"a/b": 1})"));
}

TEST_CASE("present is what says something") {
  for (const auto* body : {R"({"e": "x"})", R"({"e": 0})", R"({"e": false})", R"({"e": [null]})",
                           R"({"e": {"a": 1}})"}) {
    CAPTURE(body);
    CHECK(holds(present("/e"), body));
    CHECK_FALSE(holds(absent("/e"), body));
  }
  for (const auto* body :
       {"", "{}", "null", "[]", R"({"e": null})", R"({"e": ""})", R"({"e": []})", R"({"e": {}})"}) {
    CAPTURE(body);
    CHECK_FALSE(holds(present("/e"), body));
    CHECK(holds(absent("/e"), body));
  }
}

TEST_CASE("a star is any element") {
  const std::string body = R"({"errors": [{"code": "610"}, {"code": "606"}, 7],
                               "data": {"a": {"userErrors": []}, "b": {"userErrors": ["x"]}}})";
  CHECK(holds(in("/errors/*/code", {"\"606\""}), body));
  CHECK_FALSE(holds(in("/errors/*/code", {"\"601\""}), body));
  CHECK(holds(present("/data/*/userErrors"), body));
  CHECK(holds(matches("/errors/*/code", "^61"), body));
  CHECK(holds(absent("/data/*/warnings"), body));
  CHECK_FALSE(holds(present("/errors/*/*"), R"({"errors": []})"));
}

TEST_CASE("expressions match values, texts and headers") {
  CHECK(holds(matches("/message", "(?i)duplicate"), R"({"message": "Duplicate e-mail"})"));
  CHECK(holds(matches("/code", "^4[0-9]{2}$"), R"({"code": 404})"));
  CHECK(holds(text_matches("^OK$"), "OK"));
  CHECK_FALSE(holds(text_matches("^OK$"), "NOT OK"));
  CHECK(holds(text_matches("maintenance"), "<html>down for maintenance"));
  CHECK(holds(header("x-result", asks::matches, {}, "^fail"), "", {{"X-Result", "failed"}}));
}

TEST_CASE("headers are asked like values") {
  const http::header_fields headers{{"X-Code", "7"}, {"X-Empty", ""}, {"x-code", "9"}};
  CHECK(holds(header("X-CODE", asks::in, {"9"}), "", headers));
  CHECK(holds(header("X-Code", asks::in, {"\"7\""}), "", headers));
  CHECK_FALSE(holds(header("X-Code", asks::in, {"8"}), "", headers));
  CHECK(holds(header("X-Code", asks::present), "", headers));
  CHECK(holds(header("X-Empty", asks::absent), "", headers));
  CHECK(holds(header("X-None", asks::absent), "", headers));
}

TEST_CASE("all conditions of a rule must hold, and one rule of a class") {
  const answer_rules rules{
      {}, {}, {rule({present("/errors"), absent("/data")}), rule({in("/code", {"7"})})}, {}};
  CHECK(judged(rules, R"({"errors": ["x"]})").is == answer_class::rejected);
  CHECK_FALSE(judged(rules, R"({"errors": ["x"], "data": {"id": 1}})").is);
  CHECK(judged(rules, R"({"errors": ["x"], "data": {"id": 1}, "code": 7})").is ==
        answer_class::rejected);
}

TEST_CASE("rules are about the statuses that they name, else about 2xx") {
  const answer_rules rules{{rule({in("/0/code", {"\"INVALID\""})}, {{400, 499}, {503, 503}})},
                           {},
                           {rule({present("/error")})},
                           {}};
  const std::string body = R"([{"code": "INVALID"}])";
  for (const int status : {400, 403, 499, 503})
    CHECK(judged(rules, body, status).is == answer_class::credentials);
  for (const int status : {200, 399, 500, 502}) CHECK_FALSE(judged(rules, body, status).is);
  CHECK(judged(rules, R"({"error": "x"})", 207).is == answer_class::rejected);
  CHECK_FALSE(judged(rules, R"({"error": "x"})", 500).is);
  CHECK(judged({{}, {rule({}, {{430, 430}})}, {}, {}}, "whatever", 430).is == answer_class::retry);
}

TEST_CASE("what keeps all rows back comes before what is about some") {
  const auto always = rule({});
  CHECK(judged({{always}, {always}, {always}, {always}}, "").is == answer_class::credentials);
  const std::vector<config::answer_rule> none;
  CHECK(judged({{always}, {always}, {}, {}, {}, {}, {always}}, "").is == answer_class::credentials);
  CHECK(judged({none, {always}, {always}, {}, {}, {}, {always}}, "").is == answer_class::road);
  CHECK(judged({{}, {always}, {always}, {always}}, "").is == answer_class::retry);
  CHECK(judged({{}, {}, {always}, {always}, {always}, {always}}, "").is == answer_class::exists);
  CHECK(judged({{}, {}, {always}, {always}, {}, {always}}, "").is == answer_class::missing);
  CHECK(judged({{}, {always}, {}, {}, {always}, {always}}, "").is == answer_class::retry);
  CHECK(judged({{}, {}, {always}, {always}}, "").is == answer_class::rejected);
  CHECK(judged({{}, {}, {}, {always}}, "").is == answer_class::delivered);
}

TEST_CASE("a body that is no JSON leaves open what it says") {
  const answer_rules rules{{}, {}, {rule({in("/ok", {"false"})})}, {}};
  for (const auto* body : {"OK", "<html>", "{", "\xff"}) {
    const auto told = judged(rules, body);
    CHECK_FALSE(told.is);
    CHECK_FALSE(told.untold.empty());
  }
  CHECK(judged(rules, "{").untold == "the answer is JSON that ends too early");
  CHECK(judged(rules, "").untold == "");
  CHECK(judged(rules, "OK", 500).untold == "");  // nothing is asked of that status
  // Another rule may know.
  auto knows = rules;
  knows.delivered = {rule({text_matches("^OK$")})};
  CHECK(judged(knows, "OK").is == answer_class::delivered);
}

TEST_CASE("rules of delivery ask something of the answers that they are about") {
  const answer_rules rules{{}, {}, {}, {rule({in("/ok", {"true"})})}};
  CHECK(judged(rules, R"({"ok": true})").is == answer_class::delivered);
  CHECK(judged(rules, R"({"ok": 1})").undelivered);
  CHECK_FALSE(judged(rules, R"({"ok": 1})", 400).undelivered);
  const answer_rules conflict{{}, {}, {}, {rule({in("/code", {"\"DUPLICATE\""})}, {{409, 409}})}};
  CHECK(judged(conflict, R"({"code": "DUPLICATE"})", 409).is == answer_class::delivered);
  CHECK_FALSE(judged(conflict, R"({"code": "DUPLICATE"})", 200).undelivered);
}

TEST_CASE("no expression takes long, whatever the text") {
  const auto text = std::string(1'000'000, 'a') + "!";
  CHECK_FALSE(holds(text_matches("^(a+)+$"), text));
  CHECK_FALSE(holds(text_matches("^(a|aa)+b"), text));
}
