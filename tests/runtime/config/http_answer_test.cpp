// How `answer` is read, and where `results` hold.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/runtime/config/http_connection.hpp"

using namespace sluice;
using config::answer_condition;
using config::answer_rule;
using config::http_results;
using nlohmann::json;
using test::good_delete;
using test::good_upsert;
using test::http_connection;
using test::http_problems;
using test::read_http;
using part = answer_condition::part;
using asked = answer_condition::test;

namespace {

/// A request per row.
const std::string row_upsert =
    R"("upsert": {"method": "PUT", "url": "https://a.example/{{key.id}}", "body": "{{row}}"})";

config::answer_rules read_answer(const std::string& answer) {
  const auto http = read_http(good_upsert + R"(, "answer": )" + answer);
  REQUIRE(http.requests.at(0).answer);
  return *http.requests.at(0).answer;
}

std::string answer_problems(const std::string& answer) {
  return http_problems(good_upsert + R"(, "answer": )" + answer);
}

}  // namespace

TEST_CASE("an answer's classes have rules, each one or a list") {
  const auto rules = read_answer(R"({
      "credentials": {"pointer": "/errors/*/code", "in": ["601", 602]},
      "retry": [{"header": "X-Throttled", "present": true}, {"status": 430}],
      "reject": {"status": ["4xx", 200], "all": [{"pointer": "/errors", "present": true},
                                                 {"pointer": "/data", "absent": true}]},
      "exists": {"status": 422, "pointer": "/code", "in": ["DUPLICATE"]},
      "missing": {"status": 400},
      "delivered": {"matches": "^OK$"}})");
  const std::vector<answer_rule::range> successes{{200, 299}};
  CHECK(rules.credentials ==
        std::vector<answer_rule>{
            {successes, {{part::value, "/errors/*/code", asked::in, {R"("601")", "602"}, {}}}}});
  CHECK(rules.retry == std::vector<answer_rule>{
                           {successes, {{part::header, "X-Throttled", asked::present, {}, {}}}},
                           {{{430, 430}}, {}}});
  CHECK(rules.reject ==
        std::vector<answer_rule>{{{{400, 499}, {200, 200}},
                                  {{part::value, "/errors", asked::present, {}, {}},
                                   {part::value, "/data", asked::absent, {}, {}}}}});
  CHECK(rules.exists ==
        std::vector<answer_rule>{
            {{{422, 422}}, {{part::value, "/code", asked::in, {R"("DUPLICATE")"}, {}}}}});
  CHECK(rules.missing == std::vector<answer_rule>{{{{400, 400}}, {}}});
  CHECK(rules.delivered ==
        std::vector<answer_rule>{{successes, {{part::text, "", asked::matches, {}, "^OK$"}}}});
}

TEST_CASE("a request has rules of its own, or none") {
  const std::string all = R"("answer": {"reject": {"pointer": "/e", "present": true}}, )";
  const auto http = read_http(
      all + good_upsert + R"(, "delete": {"method": "DELETE", "url": "https://a.example/{{key.id}}",
                                        "answer": null})");
  CHECK(http.requests.at(0).answer);
  CHECK_FALSE(http.requests.at(1).answer);
}

TEST_CASE("all problems of an answer's rules are reported") {
  const std::string at = "/destination/answer/reject";
  CHECK(answer_problems(R"({"rejected": {}})") ==
        "/destination/answer/rejected: unknown key \"rejected\"; did you mean \"reject\"?\n");
  CHECK(answer_problems(R"({"reject": {}})") ==
        at + ": asks nothing; for example {\"pointer\": \"/ok\", \"in\": [false]}\n");
  CHECK(answer_problems(R"({"reject": {"pointer": "/ok"}})") ==
        at + ": must ask one thing; give one of \"in\", \"present\", \"absent\" and \"matches\"\n");
  CHECK(answer_problems(R"({"reject": {"pointer": "/ok", "in": [1], "present": true}})") ==
        at + ": must ask one thing; give one of \"in\", \"present\", \"absent\" and \"matches\"\n");
  CHECK(answer_problems(R"({"reject": {"present": true}})") ==
        at + ": says not what it asks; name a \"pointer\" into the body or a \"header\"; without "
             "them \"matches\" asks the text of the body\n");
  CHECK(answer_problems(R"({"reject": {"pointer": "ok", "in": [1]}})") ==
        at + "/pointer: \"ok\" is no JSON pointer; for example \"/results\" or \"/0/id\"\n");
  CHECK(answer_problems(R"({"reject": {"pointer": "/e", "present": false}})") ==
        at + "/present: is not true; write \"present\": true or \"absent\": true\n");
  CHECK(answer_problems(R"({"reject": {"header": "X", "pointer": "/e", "present": true}})") ==
        at + "/pointer: stands beside \"header\"; ask both in \"all\": a list of conditions\n");
  CHECK(answer_problems(R"({"reject": {"status": 99}})") ==
        at + "/status: 99 is not allowed; it must be a whole number from 100 to 599\n");
  CHECK(answer_problems(R"({"reject": {"status": "6xx"}})")
            .starts_with(at + "/status: \"6xx\" is not known"));
  CHECK(answer_problems(R"({"reject": {"matches": "(a"}})") ==
        at + "/matches: is no regular expression: missing ): (a; the syntax is RE2's, for example "
             "\"(?i)duplicate\"\n");
  CHECK(answer_problems(R"({"reject": {"matches": "(a)\\1"}})").find("regular expression") !=
        std::string::npos);  // a back reference
  CHECK(answer_problems(R"({"reject": {"matches": ")" + std::string(1001, 'a') + R"("}})")
            .find("longer than 1000 bytes") != std::string::npos);
  CHECK(answer_problems(
            R"({"reject": {"pointer": "/e", "present": true, "all": [{"matches": "a"}]}})") ==
        at + "/all: stands beside another question; put that into the list\n");
  CHECK(answer_problems(R"({"reject": {"all": [{}]}})") ==
        at + "/all/0: asks nothing; for example {\"pointer\": \"/ok\", \"in\": [false]}\n");
}

TEST_CASE("settings of an answer of the wrong type are problems and end nothing") {
  for (const auto* wrong : {"true", "7", "\"x\"", "[]", "[[1]]", "{\"x\": 1}"}) {
    for (const auto* key : {"status", "all", "header", "pointer", "in", "present", "matches"}) {
      INFO(key, ": ", wrong);
      static_cast<void>(
          answer_problems(std::string(R"({"reject": {")") + key + "\": " + wrong + "}}"));
    }
    INFO(wrong);
    CHECK(answer_problems(wrong) != "");
  }
}

TEST_CASE("conditions are shown as they were written, and are no secrets") {
  const std::string answer =
      R"({"credentials": {"pointer": "/error", "in": ["invalid_auth"]},
          "reject": {"header": "X-Token-Error", "matches": "^expired"}})";
  const auto shown =
      json::parse(http_connection(R"("headers": {"Authorization": "canary"}, "answer": )" + answer +
                                  ", " + good_upsert)
                      .shown());
  CHECK(shown["answer"] == json::parse(answer));
  CHECK(shown["headers"]["Authorization"] == "***");
  CHECK(shown["max_answer"] == "4MB");
}

TEST_CASE("the limit of answers can be set") {
  CHECK(read_http(good_upsert).max_answer == config::defaults::max_answer);
  CHECK(read_http(good_upsert + R"(, "max_answer": "64MB")").max_answer == 64'000'000);
  CHECK(http_problems(good_upsert + R"(, "max_answer": "1B")") ==
        "/destination/max_answer: \"1B\" is not allowed; it must be from 1kB to 256MB\n");
}

TEST_CASE("a request per row has results of its own, or those of all where no batches are sent") {
  const std::string results = R"("results": {"items": "", "ok": {"pointer": "/ok", "in": [true]}})";
  const auto of_all = read_http(results + ", " + row_upsert);
  REQUIRE(of_all.requests.at(0).results);
  CHECK(std::holds_alternative<http_results::only_row>(of_all.requests.at(0).results->match));

  const auto mixed = read_http(results + ", " + good_upsert + ", " + good_delete);
  REQUIRE(mixed.requests.at(0).results);
  CHECK(std::holds_alternative<http_results::by_position>(mixed.requests.at(0).results->match));
  CHECK_FALSE(mixed.requests.at(1).results);

  const auto own = read_http(good_upsert + R"(, "delete": {"method": "DELETE",
      "url": "https://a.example/{{key.id}}", "results": {"errors": "/errors"}})");
  CHECK_FALSE(own.requests.at(0).results);
  REQUIRE(own.requests.at(1).results);
  CHECK(own.requests.at(1).results->lists == http_results::listing::failed_rows);
}
