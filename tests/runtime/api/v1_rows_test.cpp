#include <doctest/doctest.h>

#include <algorithm>

#include "tests/runtime/api/api_fixture.hpp"

using namespace sluice;
using test::api_fixture;
using test::asks;
using test::json_of;
using test::rendered;

namespace {

const std::string rejected = "/api/v1/connections/orders/rejected";
const std::string rows =
    std::string("/api/v1/connections/orders/runs/") + test::example_run_id + "/rows";

rejected_row row(const std::string& key) {
  rejected_row r;
  r.key = key;
  r.operation = "insert";
  r.reason = "no, \"never\"";
  r.status = 422;
  r.first_at = r.last_at = test::example_run().started_at;
  return r;
}

web::request wanting(const std::string& target, const std::string& type) {
  auto r = test::request_of(test::operator_token, "GET", target);
  r.headers.emplace("Accept", type);
  return r;
}

}  // namespace

TEST_CASE_FIXTURE(api_fixture, "rejected rows come by page, their keys to the last digit") {
  const auto q = question("GET", rejected + "?operation=insert&status=422&q=no&limit=2&cursor=c");
  const auto& which = asks<command::rejected>(q).which;
  CHECK(which == rejected_query{.limit = 2,
                                .cursor = "c",
                                .operation = "insert",
                                .status = 422,
                                .text = "no",
                                .by_reason = false});
  const auto r = rendered(q, rejected_list{{row(R"({"id":12345678901234567890123})")}, {}, "d"});
  CHECK(r.body.starts_with(R"({"items":[{"key":{"id":12345678901234567890123},)"));
  CHECK(json_of(r)["items"][0]["key_text"] == R"({"id":12345678901234567890123})");
  CHECK(json_of(r)["next_cursor"] == "d");
  for (const std::string bad : {"operation=x", "status=x", "group=key", "limit=0", "cursr=1"})
    CHECK_MESSAGE(answer("GET", rejected + "?" + bad).status == 400, bad);
}

TEST_CASE_FIXTURE(api_fixture, "rejected rows are counted by reason") {
  const auto q = question("GET", rejected + "?group=reason&limit=100");
  CHECK(asks<command::rejected>(q).which.by_reason);
  const rejected_list list{
      {}, {{"too long", 7, R"({"id":1})", test::example_run().started_at}}, ""};
  CHECK(rendered(q, list).body ==
        R"({"items":[{"reason":"too long","count":7,"key_text":"{\"id\":1}",)"
        R"("last_at":"2026-01-31T09:00:00.000Z"}],"next_cursor":null})");
}

TEST_CASE_FIXTURE(api_fixture,
                  "all rejected rows are one file of CSV, whatever pages they come in") {
  const auto first = question(wanting(rejected + "?operation=insert", "text/csv, */*"));
  CHECK(asks<command::rejected>(first).which.limit == 500);
  CHECK(asks<command::rejected>(first).which.operation == "insert");
  const auto second = first.after_answer(rejected_list{{row("1")}, {}, "more"});
  REQUIRE(second);
  CHECK(asks<command::rejected>(*second).which.cursor == "more");
  CHECK(asks<command::rejected>(*second).which.operation == "insert");
  const rejected_list last{{row("2")}, {}, ""};
  CHECK_FALSE(second->after_answer(last));
  const auto r = rendered(*second, last);
  CHECK(test::header_of(r, "Content-Type") == "text/csv; charset=utf-8");
  CHECK(test::header_of(r, "Content-Disposition") ==
        "attachment; filename=\"orders-rejected.csv\"");
  const std::string rest =
      R"(,"insert","no, ""never""","422","1","2026-01-31T09:00:00.000Z","2026-01-31T09:00:00.000Z")"
      "\r\n";
  CHECK(r.body ==
        "key,operation,reason,status,attempts,first_at,last_at\r\n\"1\"" + rest + "\"2\"" + rest);
}

TEST_CASE_FIXTURE(api_fixture, "JSON Lines have a row in each line") {
  const auto q = question(wanting(rejected, "application/x-ndjson"));
  const auto r = rendered(q, rejected_list{{row("1"), row("2")}, {}, ""});
  CHECK(test::header_of(r, "Content-Type") == "application/x-ndjson");
  CHECK(std::ranges::count(r.body, '\n') == 2);
  CHECK(nlohmann::json::parse(r.body.substr(0, r.body.find('\n')))["key_text"] == "1");
}

TEST_CASE_FIXTURE(api_fixture, "a row log is searched, and comes by page or as a file") {
  const auto q = question("GET", rows + "?outcome=rejected&q=7&limit=2&cursor=c");
  CHECK(asks<command::row_log>(q).which ==
        row_log_query{run_id(test::example_run_id), "rejected", "7", 2, "c"});
  const row_log_page page{{R"({"key":1})", R"({"key":2})"}, "d"};
  CHECK(rendered(q, page).body == R"({"items":[{"key":1},{"key":2}],"next_cursor":"d"})");
  CHECK(rendered(q, row_log_page{}).body == R"({"items":[],"next_cursor":null})");

  const auto file = question(wanting(rows, "application/x-ndjson"));
  const auto more = file.after_answer(page);
  REQUIRE(more);
  const row_log_page same{{}, "d"};  // of a run that goes on
  CHECK_FALSE(more->after_answer(same));
  CHECK(rendered(*more, same).body == "{\"key\":1}\n{\"key\":2}\n");
  CHECK(answer("GET", rows + "?outcome=x").status == 400);
}

TEST_CASE_FIXTURE(api_fixture, "a row log that there is not is told from a run that there is not") {
  const auto code = [&](const std::string& target, const error& why) {
    const auto r = question("GET", target).refuse(why);
    return std::to_string(r.status) + " " + json_of(r)["code"].get<std::string>();
  };
  const error no_log{errc::usage, "read row log", "X", "the connection keeps no row logs", ""};
  CHECK(code(rows, no_log) == "404 no_row_log");
  CHECK(code(rows, {errc::usage, "find run", "X", "no such run", ""}) == "404 unknown_run");
  CHECK(code(rows + "?cursor=x", no_log) == "400 usage");
  CHECK(code(rows, {errc::exhausted, "read row log", "X", "too many", ""}) == "429 exhausted");
}

TEST_CASE_FIXTURE(api_fixture, "whoever may not see rows sees no key, reason, preview or row log") {
  for (const std::string& target : {rejected, rejected + "?group=reason", rows}) {
    const auto r = answer(test::request_of(test::blind_token, "GET", target));
    CHECK(r.status == 403);
    CHECK(json_of(r)["detail"] == "'blind' may not see rows");
  }
  CHECK(answer(test::request_of(test::blind_token, "POST", "/api/v1/connections/orders/preview"))
            .status == 403);
}
