// Requests of an http destination: address, headers, body, and what templates may name where.
#include <doctest/doctest.h>

#include "tests/runtime/config/http_connection.hpp"

using namespace sluice;
using test::good_upsert;
using test::http_problems;
using test::read_http;
using test::request_problems;

namespace {

/// The problems of a request for each batch to this address.
std::string url_problems(const std::string& url) {
  return request_problems(R"("method": "POST", "body": "{{rows}}", "url": ")" + url + "\"");
}

/// The problems of a request with this body.
std::string body_problems(const std::string& body, const std::string& more = "") {
  return request_problems(R"("method": "POST", "url": "https://a.example/p", "body": )" + body +
                          more);
}

std::string header_problems(const std::string& headers) {
  return body_problems(R"("{{rows}}")", R"(, "headers": )" + headers);
}

}  // namespace

TEST_CASE("a request needs a method and an address and knows no other keys") {
  CHECK(request_problems(R"("body": "{{rows}}")") ==
        "/destination/upsert/method: is missing; for example \"POST\"\n"
        "/destination/upsert/url: is missing; say where to send it\n");
  CHECK(body_problems(R"("{{rows}}")", R"(, "query": {}, "batch_row": 2)") ==
        "/destination/upsert/query: unknown key \"query\"; known here: \"method\", \"url\", "
        "\"body\", \"item\", \"headers\", \"batch_rows\", \"results\", \"answer\", \"statuses\", "
        "\"remember\", "
        "\"format\", \"csv\"\n"
        "/destination/upsert/batch_row: unknown key \"batch_row\"; did you mean \"batch_rows\"?\n");
  for (const auto* method : {"POST", "PUT", "PATCH", "DELETE"})
    CHECK(request_problems(std::string(R"("url": "https://a.example", "body": "{{rows}}",)") +
                           R"("method": ")" + method + "\"")
              .empty());
  CHECK(body_problems(R"("{{rows}}")", R"(, "batch_rows": 100001)") ==
        "/destination/upsert/batch_rows: 100001 is not allowed; it must be a whole number from 1 "
        "to 100000\n");
}

TEST_CASE("an address names a server over http or https") {
  for (const auto* url :
       {"https://a.example", "http://127.0.0.1:8080/p", "https://a.example/p?v={{run}}",
        "https://a.example/{{connection}}/{{op}}"})
    CHECK_MESSAGE(url_problems(url).empty(), url);
  CHECK(url_problems("ftp://a.example/p") ==
        "/destination/upsert/url: \"ftp://a.example/p\" is no http or https address; for example "
        "\"https://api.example.com/v1/contacts\"\n");
  CHECK(url_problems("a.example/p") ==
        "/destination/upsert/url: \"a.example/p\" is no http or https address; for example "
        "\"https://api.example.com/v1/contacts\"\n");
  CHECK(url_problems("https:///p") ==
        "/destination/upsert/url: names no server; for example "
        "\"https://api.example.com/v1/contacts\"\n");
  CHECK(url_problems("https://a.example/all people") ==
        "/destination/upsert/url: has a blank, which an address cannot have; write %20 for a "
        "space\n");
  CHECK(url_problems("https://a.example/p#top") ==
        "/destination/upsert/url: has a fragment, which is never sent; remove it from the # on\n");
}

TEST_CASE("an address may begin with a reference") {
  const test::variable base("SLUICE_TEST_BASE", "https://a.example");
  CHECK(url_problems("${env:SLUICE_TEST_BASE}/v1/people").empty());
  CHECK(url_problems("https://${env:SLUICE_TEST_BASE}/v1/people").empty());
}

TEST_CASE("a row chooses no server and an address holds no credentials") {
  CHECK(url_problems("https://{{connection}}.example/p") ==
        "/destination/upsert/url: has a template in the name of the server; write the server "
        "out\n");
  CHECK(request_problems(
            R"("method": "POST", "url": "https://a.example{{key.id}}", "body": "{{row}}")") ==
        "/destination/upsert/url: has a template in the name of the server; write the server "
        "out\n");
  const test::variable base("SLUICE_TEST_BASE", "https://a.example");
  CHECK(request_problems(
            R"("method": "POST", "url": "${env:SLUICE_TEST_BASE}{{key.id}}", "body": "{{row}}")") ==
        "/destination/upsert/url: has a template in the name of the server; write the server "
        "out\n");
  CHECK(url_problems("https://me:canary@a.example/p") ==
        "/destination/upsert/url: holds a user or password; use \"basic_auth\"\n");
  CHECK(url_problems("https://a.example/p?mail=me@a.example").empty());
}

TEST_CASE("headers have names of letters, digits and dashes, and values on one line") {
  CHECK(header_problems(R"({"X-Source": "sluice", "X_Run": "{{run}} {{connection}}"})").empty());
  CHECK(header_problems(R"({"X Source": "a", "": "b", "X:Y": "c"})") ==
        "/destination/upsert/headers/X Source: \"X Source\" cannot name a header; a name has "
        "letters, digits and dashes\n"
        "/destination/upsert/headers/: \"\" cannot name a header; a name has letters, digits and "
        "dashes\n"
        "/destination/upsert/headers/X:Y: \"X:Y\" cannot name a header; a name has letters, digits "
        "and dashes\n");
  CHECK(header_problems(R"({"X-A": "a\r\nX-B: b"})") ==
        "/destination/upsert/headers/X-A: holds a line break; a header is one line\n");
  CHECK(header_problems(R"({"X-A": 7})") ==
        "/destination/upsert/headers/X-A: is a number; it must be a string\n");
  CHECK(header_problems(R"(["X-A"])") ==
        "/destination/upsert/headers: is an array; it must be an object\n");
}

TEST_CASE("a request's header replaces that of all requests whatever its case") {
  const auto http = read_http(
      R"("headers": {"X-A": "all", "X-B": "all"},
         "upsert": {"method": "POST", "url": "https://a.example", "body": "{{rows}}",
                    "headers": {"x-a": "own"}})");
  CHECK(http.requests.at(0).headers ==
        std::vector<std::pair<std::string, std::string>>{{"X-B", "all"}, {"x-a", "own"}});
}

TEST_CASE("a request is for a batch or for a row") {
  CHECK_FALSE(read_http(good_upsert).requests.at(0).per_row);
  for (const auto* request :
       {R"("url": "https://a.example/{{key.id}}")",
        R"("url": "https://a.example", "body": "{{row}}")",
        R"("url": "https://a.example", "body": {"a": [{"b": "x {{row.a}}"}]})",
        R"("url": "https://a.example", "headers": {"X-Id": "{{key.id}}"})"})
    CHECK_MESSAGE(read_http(std::string(R"("upsert": {"method": "POST", )") + request + "}")
                      .requests.at(0)
                      .per_row,
                  request);
  CHECK(body_problems(R"({"people": "{{rows}}", "first": "{{row}}"})") ==
        "/destination/upsert: names {{rows}} and a single row; a request is sent for a batch or "
        "for a row: move what is about a row into \"item\"\n");
  CHECK(body_problems(R"({"people": []})") ==
        "/destination/upsert: names no row; write {{rows}} for a request per batch, {{row}} or "
        "{{key.…}} for one per row\n");
  CHECK(body_problems(R"("{{row}}")", R"(, "item": "{{row}}")") ==
        "/destination/upsert/item: is an element of {{rows}}, which the request does not name; put "
        "\"{{rows}}\" into the body, or remove the item\n");
}

TEST_CASE("a template that is not known is answered with those that are") {
  CHECK(body_problems(R"({"a": "{{rows}}", "b": ["{{rwo.id}}"]})") ==
        "/destination/upsert/body/b/0: names {{rwo.id}}, which is not known; known here: {{rows}}, "
        "{{row}}, {{row.FIELD}}, {{key}}, {{key.COLUMN}}, {{op}}, {{connection}}, {{run}}, "
        "{{index}}, {{id}}, {{lookup.NAME}}\n");
  const auto problems = body_problems(R"({"a": "{{rows}}", "b": "{{row"})");
  CHECK(problems.starts_with("/destination/upsert/body/b: has a {{ without its }}; known here"));
}

TEST_CASE("a value beside the row has to come from somewhere") {
  CHECK(body_problems(R"({"a": "{{rows}}"})", R"(, "item": {"a": "{{lookup.account_id}}"})") ==
        "/destination/upsert/item/a: names {{lookup.account_id}}, which nothing provides; say what "
        "\"lookup\" takes: {\"account_id\": \"/results/0/id\"}\n");
  CHECK(url_problems("https://a.example/{{known.id}}")
            .starts_with("/destination/upsert/url: names {{known.id}}, which nothing provides; say "
                         "in the request that gets the value: \"remember\": {\"id\": \"/id\"}\n"));
}

TEST_CASE("arrays and objects stand alone in a string of a body") {
  CHECK(body_problems(R"("people: {{rows}}")") ==
        "/destination/upsert/body: has {{rows}} inside a text; it is an array or an object: it "
        "stands alone in a string of a body\n");
  CHECK(header_problems(R"({"X-Row": "{{key}}"})")
            .starts_with("/destination/upsert/headers/X-Row: has {{key}} inside a text;"));
  CHECK(request_problems(R"("method": "POST", "url": "https://a.example/{{row}}")")
            .starts_with("/destination/upsert/url: has {{row}} inside a text;"));
  CHECK(body_problems(R"("{{rows|string}}")") ==
        "/destination/upsert/body: has {{rows|string}}; only single values become strings and have "
        "functions: "
        "{{row.FIELD|string}}\n");
  CHECK(body_problems(R"({"a": "{{rows}}"})", R"(, "item": {"r": "{{row|string}}"})") ==
        "/destination/upsert/item/r: has {{row|string}}; only single values become strings and "
        "have functions: "
        "{{row.FIELD|string}}\n");
}

TEST_CASE("an item names its own row and not all of them") {
  CHECK(body_problems(R"("{{rows}}")",
                      R"(, "item": {"n": "{{index}}", "id": "{{id}}", "k": "{{key.id|string}}"})")
            .empty());
  CHECK(body_problems(R"("{{rows}}")", R"(, "item": {"a": "{{rows}}"})") ==
        "/destination/upsert/item/a: names {{rows}}; an item is one of them\n");
}

TEST_CASE("a position is known inside an item only") {
  CHECK(body_problems(R"({"a": "{{rows}}", "n": "{{index}}"})") ==
        "/destination/upsert/body/n: names {{index}}; it is the position of an \"item\" in its "
        "request\n");
  CHECK(url_problems("https://a.example/{{index}}") ==
        "/destination/upsert/url: names {{index}}; it is the position of an \"item\" in its "
        "request\n");
}

TEST_CASE("of a deleted row only the key is known") {
  const std::string erase = good_upsert + R"(, "delete": {"method": "POST", )";
  CHECK(http_problems(erase +
                      R"("url": "https://a.example/{{row.id}}", "body": {"r": "{{row}}"}})") ==
        "/destination/delete/url: names {{row.id}}; of a deleted row only the key is known: "
        "{{key.…}}\n"
        "/destination/delete/body/r: names {{row}}; of a deleted row only the key is known: "
        "{{key.…}}\n");
  CHECK(http_problems(erase +
                      R"("url": "https://a.example", "body": "{{rows}}", "item": "{{row.id}}"})") ==
        "/destination/delete/item: names {{row.id}}; of a deleted row only the key is known: "
        "{{key.…}}\n");
  CHECK(http_problems(erase +
                      R"("url": "https://a.example", "body": "{{rows}}", "item": "{{key.id}}"})")
            .empty());
}
