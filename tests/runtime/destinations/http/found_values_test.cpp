// What look-ups take from answers.
#include <doctest/doctest.h>

#include "messages/ascii.hpp"
#include "messages/row.hpp"
#include "runtime/destinations/http/answer_reader.hpp"

using namespace sluice;
using namespace sluice::destinations;
using config::http_request_config;
using config::http_results;
using config::template_variable;
using kind = row_verdict::kind;

namespace {

http_request_config taking(std::vector<config::taken_value> take) {
  http_request_config out;
  out.name = http_request_config::of_lookup;
  out.take = std::move(take);
  return out;
}

/// Takes the member `id` of items at `/all`.
http_request_config of_items(decltype(http_results::match) match) {
  auto out = taking({{"id", "/id"}});
  out.results.emplace().items = "/all";
  out.results->match = std::move(match);
  return out;
}

const http_results::by_value of_mail{{template_variable::name::row, {"email"}, false}, "/mail"};

row_verdicts read_values(const http_request_config& lookup, const std::string& body,
                         std::size_t rows = 1, const std::vector<std::string>& values = {}) {
  return read_found(lookup, http::answer_body(body), rows, values);
}

/// `integer 7, null -`: the values that were found.
std::string shown(const row_verdict& told) {
  std::string out;
  for (const auto& value : unpack(told.found))
    out += (out.empty() ? "" : ", ") + std::string(to_string(value.kind)) + " " +
           (value.kind == value_kind::null ? "-" : std::string(value.bytes));
  return out;
}

/// What the only row of an answer gets: values, or why it gets none.
std::string only(const http_request_config& lookup, const std::string& body) {
  const auto told = read_values(lookup, body);
  if (!told.unreadable.empty()) return "unreadable: " + told.unreadable;
  REQUIRE(told.rows.size() == 1);
  const auto& row = told.rows.front();
  if (row.what == kind::delivered) return shown(row);
  return (row.what == kind::missing ? "missing: " : "rejected: ") + row.reason;
}

}  // namespace

TEST_CASE("a single value is taken with its type") {
  const auto lookup = taking({{"id", "/results/0/id"}});
  const auto of = [&](const std::string& value) {
    return only(lookup, R"({"results": [{"id": )" + value + "}]}");
  };
  CHECK(of(R"("a é")") == "text a é");
  CHECK(of(R"("")") == "text ");
  CHECK(of("-7") == "integer -7");
  CHECK(of("18446744073709551615") == "integer 18446744073709551615");
  CHECK(of("1.5") == "real 1.5");
  CHECK(of("true") == "boolean 1");
  CHECK(of("false") == "boolean 0");
}

TEST_CASE("what is not there is missing, and what is no single value is refused") {
  const auto lookup = taking({{"id", "/results/0/id"}});
  CHECK(only(lookup, R"({"results": []})") ==
        R"(missing: the answer has nothing at "/results/0/id")");
  CHECK(only(lookup, "[]") == R"(missing: the answer has nothing at "/results/0/id")");
  CHECK(only(lookup, R"({"results": [{"id": null}]})") ==
        R"(missing: the answer has null at "/results/0/id")");
  CHECK(only(lookup, "") == "missing: the answer has no body");
  CHECK(only(lookup, R"({"results": [{"id": {"a": 1}}]})") ==
        R"(rejected: the answer has an object at "/results/0/id", and no value)");
  CHECK(only(lookup, R"({"results": [{"id": []}]})") ==
        R"(rejected: the answer has an array at "/results/0/id", and no value)");
  // A neighbouring number would belong to somebody else.
  CHECK(only(lookup, R"({"results": [{"id": 123456789012345678901}]})") ==
        R"(rejected: the answer has a number that is too large to be exact at "/results/0/id", )"
        "and no value");
  CHECK(only(lookup, "sorry").starts_with("unreadable: "));
}

TEST_CASE("of several values those that are there are kept") {
  const auto lookup = taking({{"id", "/id"}, {"owner", "/owner"}, {"zone", "/zone"}});
  CHECK(only(lookup, R"({"zone": "z", "id": 7, "owner": true})") == "integer 7, boolean 1, text z");
  const auto told = read_values(lookup, R"({"zone": "z", "id": 7})");
  CHECK(told.rows.front().what == kind::missing);
  CHECK(told.rows.front().reason == R"(the answer has nothing at "/owner")");
  CHECK(shown(told.rows.front()) == "integer 7, null -, text z");
}

TEST_CASE("items are told apart by a value, and a row without one is missing") {
  const auto told = read_values(of_items(of_mail), R"({"all": [
      {"mail": "B", "id": 2}, {"mail": "x", "id": 9}, {"mail": "a", "id": 1},
      {"mail": "a", "id": 7}, {"mail": "d", "id": {}}]})",
                                4, {"a", "B", "c", "d"});
  REQUIRE(told.rows.size() == 4);
  CHECK_FALSE(told.stray);  // a search may find more than was asked for
  CHECK(shown(told.rows[0]) == "integer 1");
  CHECK(shown(told.rows[1]) == "integer 2");
  CHECK(told.rows[2].what == kind::missing);
  CHECK(told.rows[2].reason == "the answer has no item for the row");
  CHECK(shown(told.rows[2]) == "null -");
  CHECK(told.rows[3].what == kind::rejected);
  // The only item of an answer to one row is still that of another.
  CHECK(read_values(of_items(of_mail), R"({"all": [{"mail": "b", "id": 2}]})", 1, {"a"})
            .rows.front()
            .what == kind::missing);
}

TEST_CASE("items that are told apart by position are as many as the rows") {
  const auto lookup = of_items(http_results::by_position{});
  const auto told = read_values(lookup, R"({"all": [{"id": 1}, null]})", 2);
  REQUIRE(told.rows.size() == 2);
  CHECK(shown(told.rows[0]) == "integer 1");
  CHECK(told.rows[1].what == kind::missing);
  CHECK(read_values(lookup, R"({"all": [{"id": 1}]})", 2).unreadable ==
        "the answer has 1 items for 2 rows, which are matched by position");
  CHECK(shown(read_values(of_items(http_results::by_index{"/n"}), R"({"all": [{"n": 1, "id": 5}]})",
                          2)
                  .rows[1]) == "integer 5");
}

TEST_CASE("an item may say itself that nothing was found, or that something is wrong") {
  auto lookup = of_items(http_results::only_row{});
  lookup.results->ok = {"/status", {R"("ok")"}};
  lookup.results->missing = {"/status", {R"("none")"}};
  lookup.results->error = "/why";
  CHECK(only(lookup, R"({"all": [{"status": "ok", "id": 5}]})") == "integer 5");
  CHECK(only(lookup, R"({"all": [{"status": "none", "why": "no such account"}]})") ==
        "missing: no such account");
  CHECK(only(lookup, R"({"all": [{"status": "bad", "why": "no domain"}]})") ==
        "rejected: no domain");
  CHECK(only(lookup, R"({"all": []})") == "missing: the answer has no item for the row");
  CHECK(only(lookup, R"({"some": []})") == R"(unreadable: the answer has nothing at "/all")");
}

TEST_CASE("the reader of a look-up hands on what was found, and knows what to check") {
  answer_reader reader(taking({{"id", "/id"}}));
  http::http_answer answer;
  answer.status = 200;
  answer.body = http::answer_body(R"({"id": 7})");
  CHECK(shown(reader.read(answer, 1, {}).rows.front()) == "integer 7");
  answer.status = 404;  // where the configuration calls it delivered
  const auto gone = reader.read(answer, 2, {});
  REQUIRE(gone.rows.size() == 2);
  CHECK(gone.rows[1].what == kind::missing);
  CHECK(gone.rows[1].reason == "HTTP 404 Not Found");
  CHECK(contains(reader.hint(), "destination.lookup.take"));
}
