#include "runtime/destinations/http/known_values.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "messages/row.hpp"
#include "runtime/destinations/http/answer_reader.hpp"

using namespace sluice;
using namespace sluice::destinations;
using nlohmann::json;

namespace {

const std::vector<config::taken_value> both{{"id", "/id"}, {"etag", "/meta/etag"}};

std::string found_in(const std::string& answer) { return remembered_in(json::parse(answer), both); }

config::http_config remembering() {
  config::http_config out;
  out.requests.resize(2);
  out.requests[0].remember = both;
  out.requests[1].remember = {{"id", "/data/id"}};
  return out;
}

delta_view remembered_row(operation op, std::string_view remembered) {
  return {
      .op = op, .key_hash = {}, .fingerprint = {}, .key = {}, .row = {}, .remembered = remembered};
}

/// `integer 7`, or why there is none.
std::string known(std::string_view remembered, std::size_t name, operation op = operation::update) {
  known_values from(remembering());
  const auto found = from.find(remembered_row(op, remembered), name);
  if (!found.refusal.empty()) return found.refusal;
  return std::string(to_string(found.value.kind)) + " " + std::string(found.value.bytes);
}

}  // namespace

TEST_CASE("what an answer tells is known later, with its type") {
  const auto kept = remember("", both, found_in(R"({"id": 7, "meta": {"etag": "W/\"ä\""}})"));
  CHECK(known(kept, 0) == "integer 7");
  CHECK(known(kept, 1) == "text W/\"ä\"");
  CHECK(known_values(remembering()).names() == std::vector<std::string>{"id", "etag"});
}

TEST_CASE("another value replaces the one before, and none leaves it") {
  const auto first = remember("", both, found_in(R"({"id": "a1", "meta": {"etag": "e1"}})"));
  const auto second = remember(first, both, found_in(R"({"meta": {"etag": "e2"}})"));
  CHECK(known(second, 0) == "text a1");
  CHECK(known(second, 1) == "text e2");
  CHECK(remember(second, both, found_in("{}")) == second);
  CHECK(remember(second, both, "") == second);
  // What a configuration does not name any more stays known.
  const std::vector<config::taken_value> whole{{"id", ""}};
  CHECK(known(remember(second, whole, remembered_in(json("b1"), whole)), 1) == "text e2");
}

TEST_CASE("an object, an array and a number that was rounded are no values to keep") {
  for (const auto* answer : {R"({"id": {"a": 1}})", R"({"id": [1]})", R"({"id": 1e300})", "{}",
                             "[]", "7", R"({"id": null})"})
    CHECK_MESSAGE(remember("", both, found_in(answer)).empty(), answer);
}

TEST_CASE("an insert goes without what is not known yet, and nothing else does") {
  CHECK(known("", 0, operation::insert) == "null ");
  for (const auto op : {operation::update, operation::erase})
    CHECK(known("", 0, op) ==
          "the API has not returned \"id\" for this row, and {{known.id}} stands in the request");
}

TEST_CASE("the reader of answers keeps what single rows and items of a batch tell") {
  config::http_request_config single;
  single.remember = both;
  http::http_answer answer;
  answer.status = 201;
  answer.body = http::answer_body(R"({"id": 7, "items": [{"id": 8}, {"id": 9}]})");
  auto told = answer_reader(single).read(answer, 1, {});
  REQUIRE(told.rows.size() == 1);
  CHECK(known(remember("", both, told.rows[0].found), 0) == "integer 7");

  auto batch = single;
  batch.results.emplace().items = "/items";
  told = answer_reader(batch).read(answer, 2, {});
  REQUIRE(told.rows.size() == 2);
  CHECK(known(remember("", both, told.rows[1].found), 0) == "integer 9");

  answer.body = http::answer_body("");
  told = answer_reader(single).read(answer, 1, {});
  CHECK(remember("", both, told.rows[0].found).empty());
}
