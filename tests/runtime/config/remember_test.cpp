// What is kept of the answers to requests, for later ones.
#include <doctest/doctest.h>

#include "runtime/config/destination_kind.hpp"
#include "tests/runtime/config/http_connection.hpp"

using namespace sluice;
using config::taken_value;
using test::http_problems;
using test::read_http;

namespace {

/// An insert of single rows with these members more, and an update by what is known.
std::string remembering(const std::string& insert, const std::string& url = "{{known.record_id}}") {
  return R"("insert": {"method": "POST", "url": "https://a.example/r", "body": "{{row}}")" +
         insert +
         R"(}, "update": {"method": "PUT", "body": "{{row}}", "url": "https://a.example/r/)" + url +
         "\"}";
}

std::string batches(const std::string& more) {
  return R"("upsert": {"method": "POST", "url": "https://a.example/r", "body": "{{rows}}",
                       "remember": {"record_id": "/id"})" +
         more + "}";
}

}  // namespace

TEST_CASE("a request says what of its answers is kept, and later ones name it") {
  const auto http =
      read_http(remembering(R"(, "remember": {"record_id": "/id", "etag": "/v/etag"})"));
  CHECK(http.requests[0].remember ==
        std::vector<taken_value>{{"record_id", "/id"}, {"etag", "/v/etag"}});
  CHECK(http.requests[1].remember.empty());
  CHECK(config::remembers_answers(http));
  CHECK_FALSE(config::remembers_answers(read_http(test::good_upsert)));
}

TEST_CASE("only what is kept can be named") {
  CHECK(http_problems(remembering("")) ==
        "/destination/update/url: names {{known.record_id}}, which nothing provides; say in the "
        "request that gets the value: \"remember\": {\"record_id\": \"/id\"}\n");
  CHECK(http_problems(remembering(R"(, "remember": {"record_id": "/id"})", "{{known.recordid}}")) ==
        "/destination/update/url: names {{known.recordid}}, which is not remembered; did you mean "
        "\"record_id\"?\n");
}

TEST_CASE("names can stand in templates, and places are pointers") {
  const auto problems =
      http_problems(remembering(R"(, "remember": {"record_id": "/id", "a.b": "/a", "c": "d"})"));
  CHECK(problems.find("/destination/insert/remember/a.b: \"a.b\" cannot name a value; a name has "
                      "letters, digits, dashes and underscores: {{known.account_id}}\n") !=
        std::string::npos);
  CHECK(problems.find("/destination/insert/remember/c: ") != std::string::npos);
}

TEST_CASE("of a batch the results have to tell which item is about which delivered row") {
  CHECK(http_problems(batches(""))
            .find("/destination/upsert/remember: is about single rows, and the answer to a batch "
                  "does not "
                  "say which item is about which") != std::string::npos);
  CHECK(http_problems(batches(R"(, "results": {"errors": "/bad", "match": {"index": "/i"}})"))
            .find("has only the failed ones") != std::string::npos);
  CHECK(http_problems(batches(R"(, "results": {"items": "/all"})")) == "");
}

TEST_CASE("of a delete nothing is kept") {
  CHECK(http_problems(std::string(test::good_upsert) +
                      R"(, "delete": {"method": "DELETE", "url": "https://a.example/p/{{key.id}}",
                          "remember": {"x": "/x"}})")
            .find("/destination/delete/remember: is about rows that are there; remove it") !=
        std::string::npos);
}
