// How an http destination's answers are read.
#include <doctest/doctest.h>

#include "tests/runtime/config/http_connection.hpp"

using namespace sluice;
using config::http_results;
using config::template_variable;
using test::good_delete;
using test::good_upsert;
using test::http_problems;
using test::read_http;

namespace {

http_results read_results(const std::string& results) {
  return read_http(good_upsert + R"(, "results": )" + results).requests.at(0).results.value();
}

std::string results_problems(const std::string& results) {
  return http_problems(good_upsert + R"(, "results": )" + results);
}

}  // namespace

TEST_CASE("an answer that lists every row is read by position") {
  const auto results = read_results(R"({"items": ""})");
  CHECK(results.lists == http_results::listing::every_row);
  CHECK(results.items.empty());
  CHECK(std::holds_alternative<http_results::by_position>(results.match));
  CHECK_FALSE(results.ok);
  CHECK_FALSE(results.error);
}

TEST_CASE("an item has an outcome and a message") {
  const auto results = read_results(
      R"({"items": "/results", "ok": {"pointer": "/status", "in": ["created", 200, true, null]},
          "exists": {"pointer": "/code", "in": ["DUPLICATE"]},
          "missing": {"pointer": "/status", "in": [404]},
          "error": "/error/0/text"})");
  CHECK(results.exists == http_results::condition{"/code", {R"("DUPLICATE")"}});
  CHECK(results.missing == http_results::condition{"/status", {"404"}});
  CHECK(results.items == "/results");
  CHECK(results.ok == http_results::condition{"/status", {R"("created")", "200", "true", "null"}});
  CHECK(results.error == "/error/0/text");
}

TEST_CASE("an answer that lists failures tells which rows by index or by a value") {
  auto results = read_results(R"({"errors": "/errors", "match": {"index": "/index"}})");
  CHECK(results.lists == http_results::listing::failed_rows);
  CHECK(results.items == "/errors");
  CHECK(std::get<http_results::by_index>(results.match) == http_results::by_index{"/index"});
  results =
      read_results(R"({"errors": "/errors", "match": {"row": "name.first", "item": "/name"}})");
  CHECK(std::get<http_results::by_value>(results.match) ==
        http_results::by_value{{template_variable::name::row, {"name", "first"}, false}, "/name"});
  results = read_results(R"({"items": "/all", "match": {"key": "id", "item": ""}})");
  CHECK(std::get<http_results::by_value>(results.match) ==
        http_results::by_value{{template_variable::name::key, {"id"}, false}, ""});
}

TEST_CASE("results list all rows or the failed ones") {
  const std::string message =
      "/destination/results: must have either \"items\" or \"errors\"; \"items\" lists every row "
      "of "
      "the request, \"errors\" only those that failed\n";
  CHECK(results_problems("{}") == message);
  CHECK(results_problems(R"({"items": "/a", "errors": "/b", "match": {"index": "/i"}})") ==
        message);
  CHECK(results_problems(R"({"errors": "/b"})") ==
        "/destination/results: \"errors\" needs \"match\"; a list of failed rows does not tell by "
        "position which they are\n");
  CHECK(
      results_problems(
          R"({"errors": "/b", "match": {"index": "/i"}, "ok": {"pointer": "/s", "in": [1]}})") ==
      "/destination/results/ok: goes with \"items\" only; every entry of \"errors\" is a row that "
      "failed\n");
}

TEST_CASE("a match names one value of the row and where the item has it") {
  const std::string example =
      R"(for example {"row": "email", "item": "/email"} or {"key": "id", "item": "/id"})";
  const auto match = [](const std::string& members) {
    return results_problems(R"({"items": "/a", "match": {)" + members + "}}");
  };
  CHECK(match(R"("item": "/id")") ==
        "/destination/results/match: must name one value of the row; " + example + "\n");
  CHECK(match(R"("row": "a", "key": "b", "item": "/id")") ==
        "/destination/results/match: must name one value of the row; " + example + "\n");
  CHECK(match(R"("row": "a")") ==
        "/destination/results/match/item: is missing; say where the item holds that value\n");
  CHECK(match(R"("row": "a..b", "item": "/id")") ==
        "/destination/results/match/row: \"a..b\" is no field; for example \"id\" or "
        "\"name.first\"\n");
  CHECK(match(R"("index": "/i", "row": "a")") ==
        "/destination/results/match/index: stands alone; rows are matched by position or by a "
        "value, not by both\n");
}

TEST_CASE("an outcome needs its place and what means success") {
  CHECK(results_problems(R"({"items": "/a", "ok": {}})") ==
        "/destination/results/ok/pointer: is missing; say where the item tells its outcome\n"
        "/destination/results/ok/in: is missing; list what means success: [\"created\", "
        "\"updated\"]\n");
  CHECK(results_problems(R"({"items": "/a", "ok": {"pointer": "status", "in": []}})") ==
        "/destination/results/ok/pointer: \"status\" is no JSON pointer; for example \"/results\" "
        "or \"/0/id\"\n"
        "/destination/results/ok/in: is empty; for example [\"created\", \"updated\"]\n");
}

TEST_CASE("what says that a row is there already goes with failures, too") {
  const auto results = read_results(
      R"({"errors": "/e", "match": {"index": "/i"}, "exists": {"pointer": "/c", "in": [1]}})");
  CHECK(results.exists == http_results::condition{"/c", {"1"}});
  CHECK(results_problems(R"({"items": "/a", "exists": {"pointer": "/c"}})") ==
        "/destination/results/exists/in: is missing; list what says so: [\"DUPLICATE\"]\n");
}

TEST_CASE("a request may have no results where the others have some") {
  const auto http = read_http(
      R"("results": {"items": "/all"},
         "insert": {"method": "POST", "url": "https://a.example", "body": "{{rows}}"},
         "update": {"method": "PUT", "url": "https://a.example", "body": "{{rows}}",
                    "results": null})");
  CHECK(http.requests.at(0).results);
  CHECK_FALSE(http.requests.at(1).results);
}

TEST_CASE("errors of a request for one row need no match") {
  const std::string upsert =
      R"("upsert": {"method": "PUT", "url": "https://a.example/{{key.id}}", "body": "{{row}}",
                    "results": {"errors": "/errors"}})";
  CHECK(std::holds_alternative<http_results::only_row>(
      read_http(upsert).requests.at(0).results->match));
}

TEST_CASE("deleted rows cannot be told apart by a field") {
  CHECK(
      http_problems(good_upsert +
                    R"(, "results": {"items": "/all", "match": {"row": "email", "item": "/email"}},
                          "delete": {"method": "POST", "url": "https://a.example",
                                     "body": "{{rows}}"})") ==
      "/destination/results/match/row: names a field for \"delete\"; of a deleted row only the "
      "key is known: match a \"key\" column\n");
  // Those of all requests do not hold for one per row beside batches.
  CHECK(http_problems(
            good_upsert + ", " + good_delete +
            R"(, "results": {"items": "/all", "match": {"row": "email", "item": "/email"}})")
            .empty());
}
