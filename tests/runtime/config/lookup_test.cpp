// What an http destination asks the API before it writes rows.
#include <doctest/doctest.h>

#include "messages/ascii.hpp"
#include "runtime/config/request_variables.hpp"
#include "tests/runtime/config/http_connection.hpp"

using namespace sluice;
using config::http_lookup;
using config::http_results;
using config::taken_value;
using config::template_variable;
using test::http_problems;
using test::read_http;

namespace {

const std::string asking =
    R"("request": {"method": "GET", "url": "https://a.example/accounts?d={{row.domain}}"})";
const std::string taking = R"("take": {"account_id": "/results/0/id"})";

/// An upsert that uses `account_id`, with a look-up of these members.
std::string with_lookup(const std::string& members) {
  return R"("upsert": {"method": "POST", "url": "https://a.example/p", "body": {"p": "{{rows}}"},
                       "item": {"account": "{{lookup.account_id}}", "row": "{{row}}"}},
            "lookup": {)" +
         members + "}";
}

http_lookup read_lookup(const std::string& members) {
  return read_http(with_lookup(members)).lookup.value();
}
std::string lookup_problems(const std::string& members) {
  return http_problems(with_lookup(members));
}
std::string lookup_request_problems(const std::string& request) {
  return lookup_problems(R"("request": {)" + request + "}, " + taking);
}

}  // namespace

TEST_CASE("a look-up asks one row at a time and takes values from the answer") {
  const auto lookup = read_lookup(asking + ", " + taking);
  CHECK(lookup.request.name == "lookup.request");
  CHECK(lookup.request.method == "GET");
  CHECK(lookup.request.url == "https://a.example/accounts?d={{row.domain}}");
  CHECK(lookup.request.per_row);
  CHECK(lookup.request.take == std::vector<taken_value>{{"account_id", "/results/0/id"}});
  CHECK(lookup.on_miss == http_lookup::miss::reject);
  CHECK(lookup.cached);
  CHECK_FALSE(read_http(test::good_upsert).lookup);
  CHECK_FALSE(read_http(test::good_upsert + R"(, "lookup": null)").lookup);
}

TEST_CASE("a row without an answer is rejected, written with NULL or skipped") {
  const auto of = [&](const std::string& more) {
    return read_lookup(asking + ", " + taking + more);
  };
  CHECK(of(R"(, "on_miss": "reject")").on_miss == http_lookup::miss::reject);
  CHECK(of(R"(, "on_miss": "null")").on_miss == http_lookup::miss::null);
  CHECK(of(R"(, "on_miss": "skip", "cache": "run")").on_miss == http_lookup::miss::skip);
  CHECK_FALSE(of(R"(, "cache": "none")").cached);
  CHECK(lookup_problems(asking + ", " + taking + R"(, "on_miss": "skp", "cache": "day")") ==
        "/destination/lookup/on_miss: \"skp\" is not known; did you mean \"skip\"?\n"
        "/destination/lookup/cache: \"day\" is not known; known here: \"run\", \"none\"\n");
}

TEST_CASE("a look-up of many rows tells whose value is whose as results do") {
  const auto lookup = read_lookup(R"(
      "request": {"method": "POST", "url": "https://a.example/search", "body": {"d": "{{rows}}"},
                  "item": "{{row.domain}}", "batch_rows": 50,
                  "results": {"items": "/results", "match": {"row": "domain", "item": "/domain"}}},
      "take": {"account_id": "/id"})");
  CHECK_FALSE(lookup.request.per_row);
  CHECK(lookup.request.batch_rows == 50);
  REQUIRE(lookup.request.results);
  CHECK(lookup.request.results->items == "/results");
  CHECK(std::get<http_results::by_value>(lookup.request.results->match) ==
        http_results::by_value{{template_variable::name::row, {"domain"}, false}, "/domain"});
  CHECK(lookup_request_problems(
            R"("method": "POST", "url": "https://a.example/s", "body": "{{rows}}")") ==
        "/destination/lookup/request: asks for many rows, and does not say which value is which "
        "row's; for example \"results\": {\"items\": \"/results\", \"match\": {\"row\": \"email\", "
        "\"item\": \"/email\"}}\n");
  CHECK(
      lookup_request_problems(R"("method": "POST", "url": "https://a.example/s", "body": "{{rows}}",
                            "results": {"errors": "/e", "match": {"index": "/i"},
                                        "exists": {"pointer": "/a", "in": [1]}})") ==
      "/destination/lookup/request/results/errors: tells what failed, and a look-up takes what "
      "was found; name the list in \"items\"\n"
      "/destination/lookup/request/results/exists: is about rows that are written; \"missing\" "
      "tells that nothing was found\n");
}

TEST_CASE(
    "a look-up has headers, statuses and conditions of all requests, and results of its own") {
  const auto http = read_http(with_lookup(asking + ", " + taking) +
                              R"(, "headers": {"X-A": "b"}, "statuses": {"422": "missing"},
                                  "answer": {"retry": {"pointer": "/busy", "in": [true]}},
                                  "results": {"items": "/written"})");
  const auto& request = http.lookup->request;
  CHECK(request.headers == std::vector<std::pair<std::string, std::string>>{{"X-A", "b"}});
  CHECK(request.statuses.find(422) == config::status_class::missing);
  CHECK(request.answer);
  CHECK_FALSE(request.results);
  CHECK(http.requests.at(0).results);
}

TEST_CASE("a look-up needs a request and what to take, and knows no other keys") {
  CHECK(lookup_problems("").starts_with(
      "/destination/upsert/item/account: names {{lookup.account_id}}, which nothing provides; say "
      "what \"lookup\" takes: {\"account_id\": \"/results/0/id\"}\n"
      "/destination/lookup/request: is missing; for example {\"method\": \"GET\", "));
  CHECK(contains(lookup_problems(""),
                 "/destination/lookup/take: is missing; say where the answer has it: "
                 "{\"account_id\": \"/results/0/id\"}\n"));
  CHECK(lookup_problems(asking + ", " + taking + R"(, "on_mis": "null")") ==
        "/destination/lookup/on_mis: unknown key \"on_mis\"; did you mean \"on_miss\"?\n");
  CHECK(contains(lookup_problems(asking + R"(, "take": {})"),
                 "/destination/lookup/take: takes nothing; say where the answer has it"));
  CHECK(contains(lookup_problems(asking + R"(, "take": {"account_id": "id", "a b": "/x"})"),
                 "/destination/lookup/take/account_id: \"id\" is no JSON pointer; for example"));
  CHECK(contains(lookup_problems(asking + R"(, "take": {"account_id": "/id", "a b": "/x"})"),
                 "/destination/lookup/take/a b: \"a b\" cannot name a value; a name has letters, "
                 "digits, dashes and underscores: {{lookup.account_id}}\n"));
  CHECK(contains(http_problems(test::good_upsert + R"(, "lookup": 7)"),
                 "/destination/lookup: is a number; it must be an object"));
}

TEST_CASE("a look-up only asks") {
  CHECK(
      contains(lookup_request_problems(R"("method": "PUT", "url": "https://a.example/{{row.id}}")"),
               "/destination/lookup/request/method: \"PUT\" is not known; known here: "
               "\"GET\", \"POST\"\n"));
  CHECK(lookup_request_problems(
            R"("method": "GET", "url": "https://a.example/", "body": {"d": "{{row.domain}}"})") ==
        "/destination/lookup/request/body: cannot go with the method GET; ask in the url, or with "
        "the method POST\n");
  CHECK(contains(
      lookup_request_problems(
          R"("method": "GET", "url": "https://a.example/{{op}}?i={{id}}&a={{lookup.account_id}}&r={{row.id}}")"),
      "/destination/lookup/request/url: names {{op}} in a look-up; what it finds is the same "
      "whatever is done with the row\n"
      "/destination/lookup/request/url: names {{id}} in a look-up; what it finds is the same "
      "whatever is done with the row\n"
      "/destination/lookup/request/url: names {{lookup.account_id}}, which it is to find; ask with "
      "what is known of the row: {{row.FIELD}}, {{key.COLUMN}}\n"));
}

TEST_CASE("what a look-up takes and what requests use is the same") {
  CHECK(lookup_problems(asking + R"(, "take": {"acount_id": "/id"})") ==
        "/destination/upsert/item/account: names {{lookup.account_id}}, which the look-up does not "
        "take; did you mean \"acount_id\"?\n"
        "/destination/lookup/take/acount_id: is used by no request; write {{lookup.acount_id}} "
        "where a request needs it, or remove it\n");
  CHECK(lookup_problems(asking + R"(, "take": {"account_id": "/id", "owner": "/owner"})") ==
        "/destination/lookup/take/owner: is used by no request; write {{lookup.owner}} where a "
        "request needs it, or remove it\n");
  CHECK(http_problems(test::good_upsert + R"(, "lookup": {)" + asking + ", " + taking + "}") ==
        "/destination/lookup: finds what no request uses; write {{lookup.account_id}} where a "
        "request needs it, or remove it\n");
}

TEST_CASE("a look-up for deletes asks with the key alone") {
  const auto of = [&](const std::string& request) {
    return http_problems(test::good_upsert + R"(,
        "delete": {"method": "DELETE", "url": "https://a.example/a/{{lookup.account_id}}"},
        "lookup": {"request": {)" +
                             request + "}, " + taking + "}",
                         "mirror");
  };
  CHECK(of(R"("method": "GET", "url": "https://a.example/?d={{key.id}}")").empty());
  CHECK(of(R"("method": "GET", "url": "https://a.example/?d={{row.d}}&k={{key.id}}")") ==
        "/destination/lookup/request: names {{row.d}}, and \"delete\" uses what it finds; of a "
        "deleted row only the key is known: {{key.…}}\n");
  CHECK(of(R"("method": "POST", "url": "https://a.example/", "body": "{{rows}}",
              "results": {"items": "", "match": {"row": "d", "item": "/d"}})") ==
        "/destination/lookup/request: names {{row}}, and \"delete\" uses what it finds; of a "
        "deleted row only the key is known: {{key.…}}\n"
        "/destination/lookup/request/results/match/row: names a field for \"delete\"; of a deleted "
        "row only the key is known: match a \"key\" column\n");
}

TEST_CASE("a look-up is printed with secrets masked, and what it takes as it is") {
  const test::http_connection connection(with_lookup(R"(
      "request": {"method": "POST", "url": "https://a.example/s?token=geheim-1",
                  "headers": {"X-Api-Key": "geheim-2"}, "body": {"d": "{{row.d}}", "password": "geheim-3"}},
      "take": {"account_id": "/access_token"})"));
  const auto shown = connection.shown();
  CHECK_FALSE(contains(shown, "geheim"));
  CHECK(contains(shown, R"("take":{"account_id":"/access_token"})"));
  CHECK(contains(shown, R"("on_miss":"reject","cache":"run")"));
  const auto request = connection.read().lookup->shown_request;
  CHECK(request.url == "https://a.example/s?token=***");
  CHECK(request.body == R"({"d":"{{row.d}}","password":"***"})");
  CHECK(request.per_row);
}

TEST_CASE("a limit of rows counts those of look-ups, and credentials show in one place") {
  const auto batched = with_lookup(R"(
      "request": {"method": "POST", "url": "https://a.example/s", "body": "{{rows}}", "batch_rows": 50,
                  "results": {"items": ""}}, )" +
                                   taking);
  CHECK(http_problems(batched + R"(, "batch_rows": 10, "rate_limit": {"rows": 20, "per": "1s"})") ==
        "/destination/rate_limit: admits 20 rows, and a request \"lookup.request\" has up to 50; "
        "lower batch_rows\n");
  CHECK(
      contains(http_problems(
                   with_lookup(R"("request": {"method": "GET", "url": "https://a.example/{{row.d}}",
                                               "headers": {"Authorization": "x"}}, )" +
                               taking) +
                   R"(, "auth": {"bearer": {"token": "t"}})"),
               "/destination/auth: goes without a header Authorization"));
}

TEST_CASE("the variables of a request are found wherever they stand") {
  config::http_request_config request;
  request.name = "upsert";
  request.url = "https://a.example/{{key.id}}";
  request.headers = {{"X-A", "{{lookup.a}}"}};
  request.body = R"({"a": ["{{rows}}", "x {{lookup.b | trim}}"]})";
  std::string found;
  for (const auto& each : variables_of(request)) found += to_text(each);
  CHECK(found == "{{key.id}}{{lookup.a}}{{rows}}{{lookup.b | trim}}{{row}}");
  request.item = R"(["{{key.id}}"])";
  CHECK(to_text(variables_of(request).back()) == "{{key.id}}");
}
