// Bodies of requests in every format, as they are configured.
#include "runtime/config/http_body.hpp"

#include <doctest/doctest.h>

#include "tests/runtime/config/http_connection.hpp"

using namespace sluice;
using config::body_format;
using test::http_connection;
using test::http_problems;
using test::request_problems;

namespace {

/// The problems of a request in this format.
std::string format_problems(const std::string& format, const std::string& body,
                            const std::string& more = "") {
  return request_problems(R"("method": "POST", "url": "https://a.example/p", "format": ")" +
                          format + R"(", "body": )" + body + more);
}

}  // namespace

TEST_CASE("every format has bodies for a batch and for a row") {
  CHECK(format_problems("ndjson", R"("{{rows}}")") == "");
  CHECK(format_problems("ndjson", R"([{"of": "{{connection}}"}, "{{rows}}"])",
                        R"(, "item": [{"index": "{{key.id}}"}, "{{row}}"])") == "");
  CHECK(format_problems("ndjson", R"("{{row}}")") == "");
  CHECK(format_problems("form", R"({"payload": {"data": "{{rows}}"}, "n": 1, "yes": true})") == "");
  CHECK(format_problems("form", R"("{{row}}")") == "");
  CHECK(format_problems("form", R"(["{{row}}", {"list": "7"}, {"list": "8"}])") == "");
  CHECK(format_problems("form", R"({"email": "{{row.email|lower}}", "all": "{{row}}"})") == "");
  CHECK(format_problems("multipart",
                        R"({"file": {"filename": "a.csv", "format": "csv", "body": "{{rows}}"}})",
                        R"(, "item": {"Email": "{{row.email}}"})") == "");
  CHECK(format_problems("multipart",
                        R"({"a": "x", "b": {"type": "text/x", "body": {"c": "{{row.d}}"}}})") ==
        "");
  CHECK(format_problems("csv", R"("{{rows}}")",
                        R"(, "csv": {"delimiter": ";", "line_end": "lf"})") == "");
  CHECK(format_problems("csv", R"("{{row}}")") == "");
  CHECK(format_problems("csv", R"("{{rows}}")",
                        R"(, "item": {"Id": "{{key.id}}", "all": "{{row}}"})") == "");
  CHECK(format_problems("xml", R"("<p>{{rows}}</p>")",
                        R"(, "item": "<r id='{{key.id}}'>{{row.a}}</r>")") == "");
  CHECK(format_problems("xml", R"("<p>{{row.a}}</p>")") == "");
}

TEST_CASE("a body that its format cannot say is refused with what to write") {
  CHECK(format_problems("xlm", R"("{{rows}}")").starts_with("/destination/upsert/format: "));
  CHECK(format_problems("ndjson", R"({"rows": "{{rows}}"})")
            .starts_with("/destination/upsert/body/rows: has {{rows}} inside a line; "));
  CHECK(format_problems("form", R"("{{rows}}")")
            .starts_with("/destination/upsert/body: is no object: name ← value; "));
  CHECK(format_problems("form", R"({"a": null, "b": "{{key.id}}"})")
            .starts_with("/destination/upsert/body/a: is null, which a form cannot say; "));
  CHECK(format_problems("multipart", R"({"a": [1], "b": "{{key.id}}"})")
            .starts_with("/destination/upsert/body/a: is an array; "));
  CHECK(format_problems("multipart", R"({"a": {"format": "csv", "body": "{{key.id}}"}})")
            .starts_with("/destination/upsert/body/a/body: is not \"{{rows}}\"; "));
  CHECK(format_problems("multipart", R"({"a": {"format": "form", "body": {"b": "{{key.id}}"}}})")
            .starts_with("/destination/upsert/body/a/format: \"form\" cannot stand in a part; "));
  CHECK(format_problems("multipart", R"({"a": {"filename": "x\r\ny", "body": "{{key.id}}"}})")
            .starts_with("/destination/upsert/body/a/filename: holds a line break; "));
  CHECK(format_problems("multipart", R"({"a": "{{key.id}}"})",
                        R"(, "headers": {"content-type": "x/y"})")
            .starts_with("/destination/upsert: has a header Content-Type beside the format"));
  CHECK(format_problems("json", R"([{"...": "{{row.a}}"}])")
            .starts_with("/destination/upsert/body/0/...: has no members that could stand here; "));
  CHECK(format_problems("csv", R"({"a": "{{rows}}"})")
            .starts_with("/destination/upsert/body/a: has {{rows}} in a cell; "));
  CHECK(format_problems("csv", R"("{{rows}}")", R"(, "item": "{{row.a}}")")
            .starts_with("/destination/upsert/item: is no object: column ← value; "));
  CHECK(format_problems("csv", R"("{{rows}}")", R"(, "csv": {"delimiter": "x", "headers": 1})") !=
        "");
  CHECK(format_problems("xml", R"({"a": "{{rows}}"})")
            .starts_with("/destination/upsert/body: is no text; "));
  CHECK(format_problems("xml", R"("<p>{{rows}}</p>")")
            .starts_with("/destination/upsert/body: has {{rows}}, and there is no \"item\"; "));
  CHECK(format_problems("xml", R"("<p a='{{rows}}'/>")", R"(, "item": "<r>{{row.a}}</r>")")
            .starts_with("/destination/upsert/body: has {{rows}} in the attribute \"a\"; "));
  CHECK(format_problems("xml", R"("<p>{{row}}</p>")")
            .starts_with("/destination/upsert/body: has {{row}} in XML; "));
  CHECK(format_problems("xml", R"("<p>{{rows}}</p>")", R"(, "item": "<r>")")
            .starts_with("/destination/upsert/item: has no end of the element <r>; "));
}

TEST_CASE("the format of a destination is that of its requests, which may have another") {
  const auto http = test::read_http(
      R"("format": "form", "csv": {"header": false, "delimiter": "\t"},
         "insert": {"method": "POST", "url": "https://a.example", "body": {"id": "{{key.id}}"}},
         "update": {"method": "PUT", "url": "https://a.example", "format": "csv",
                    "csv": {"line_end": "lf"}, "body": "{{rows}}"})");
  CHECK(http.requests.at(0).format == body_format::form);
  CHECK(http.requests.at(1).format == body_format::csv);
  CHECK(http.requests.at(1).csv == config::csv_layout{'\t', false, false});
}

TEST_CASE("literal secrets are not shown, in whatever format") {
  const auto shown = [](const std::string& members) {
    return http_connection(R"("upsert": {"method": "POST", "url": "https://a.example", )" +
                           members + "}")
        .shown();
  };
  for (const auto* members :
       {R"("format": "form", "body": {"api_key": "canary", "id": "{{key.id}}"})",
        R"("format": "multipart", "body": {"api_key": {"body": "canary"}, "id": "{{key.id}}"})",
        R"("format": "csv", "body": {"api_key": "canary", "id": "{{key.id}}"})",
        R"("format": "xml", "body": "<p token='canary'>{{key.id}}</p>")",
        R"("format": "xml", "body": "<p>{{rows}}</p>",
           "item": "<c><ApiKey>canary</ApiKey>{{key.id}}</c>")"}) {
    CAPTURE(members);
    CHECK(shown(members).find("canary") == std::string::npos);
    CHECK(shown(members).find("***") != std::string::npos);
  }
}
