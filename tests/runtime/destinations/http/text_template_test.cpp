#include "runtime/destinations/http/text_template.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "runtime/log/redactor.hpp"
#include "tests/runtime/destinations/delta_rows.hpp"

using namespace sluice;
using destinations::delivery_context;
using destinations::object_renderers;
using destinations::plain_text;
using destinations::template_row;
using destinations::text_template;
using nlohmann::ordered_json;
using line = text_template::line;
using test::integer;
using test::null_value;
using test::text;

namespace {

/// Rows with a key of two columns and fields of several kinds, one of them nested.
delivery_context nested_people() {
  auto context = test::context_of({{"id", value_kind::integer},
                                   {"shop", value_kind::text},
                                   {"email", value_kind::text},
                                   {"first", value_kind::text}},
                                  2);
  context.connection = "customers \"1\"";
  context.run = "01RUN";
  context.schema.fields[3].path = {"name", "first"};
  return context;
}

const std::filesystem::path nowhere;

/// One row of `people` and what templates make of it.
struct template_sample {
  value_view id = integer("7");
  value_view shop = text("zürich");
  value_view email = text("a@x");
  value_view first = text("Ada");
  delivery_context context = nested_people();

  std::string append(const text_template& t) const {
    const std::vector values{id, shop, email, first};
    const std::vector key_values{id, shop};
    const auto row = test::packed(values);
    const auto key = test::packed(key_values);
    object_renderers render{json_row(context.schema.fields), json_row(context.schema.keys)};
    std::string out;
    const auto why =
        t.append(out, {"update", row, key, values, key_values, 3, "id-1"}, "[1,2]", render);
    return why ? "refused: " + *why : out;
  }
  std::string of(const std::string& written, line where) const {
    return append(text_template(written, where, {context, nowhere}));
  }
  std::string json(const std::string& document) const {
    return append(text_template::of_json(ordered_json::parse(document), {context, nowhere}));
  }
};

}  // namespace

TEST_CASE("a variable alone in a string of a document becomes JSON of its own type") {
  const template_sample s;
  CHECK(s.json(R"({"a": "{{rows}}", "b": ["{{row}}", "{{key}}"]})") ==
        R"({"a":[1,2],"b":[{"id":7,"shop":"zürich","email":"a@x","name":{"first":"Ada"}},)"
        R"({"id":7,"shop":"zürich"}]})");
  CHECK(s.json(R"(["{{row.id}}", "{{row.id|string}}", "{{key.shop}}", "{{row.name.first}}"])") ==
        R"([7,"7","zürich","Ada"])");
  CHECK(s.json(R"(["{{op}}", "{{index}}", "{{index|string}}", "{{id}}"])") ==
        R"(["update",3,"3","id-1"])");
}

TEST_CASE("the rest of a document stays as it was written") {
  const template_sample s;
  CHECK(s.json(R"({"a": {}, "b": [], "c": [1.50, null, true, "", "x\"\n"], "ü": "{}"})") ==
        R"({"a":{},"b":[],"c":[1.5,null,true,"","x\"\n"],"ü":"{}"})");
  CHECK(s.json("7") == "7");
}

TEST_CASE("connection and run are known from the start and escaped for their place") {
  const template_sample s;
  CHECK(s.json(R"(["{{connection}}", "of {{connection}}", "{{run}}"])") ==
        R"(["customers \"1\"","of customers \"1\"","01RUN"])");
  CHECK(s.of("https://a.example/{{connection}}/{{run}}", line::url) ==
        "https://a.example/customers%20%221%22/01RUN");
  CHECK(s.of("{{connection}}", line::header) == "customers \"1\"");
}

TEST_CASE("inside a text of a document values are texts, escaped") {
  template_sample s;
  s.email = text("a\"b\\c\n\x01");
  CHECK(s.json(R"("<{{row.email}}> {{row.id}}")") == R"("<a\"b\\c\n\u0001> 7")");
  s.email = null_value;
  CHECK(s.json(R"("<{{row.email}}>")") == R"("<>")");
}

TEST_CASE("values in an address are percent-encoded, in path and query") {
  template_sample s;
  s.email = text("a b/c?d=e&f#g%ü+~._-:@");
  const std::string encoded = "a%20b%2Fc%3Fd%3De%26f%23g%25%C3%BC%2B~._-%3A%40";
  CHECK(s.of("https://a.example/{{row.email}}/x", line::url) ==
        "https://a.example/" + encoded + "/x");
  CHECK(s.of("https://a.example/p?mail={{row.email}}&x=1", line::url) ==
        "https://a.example/p?mail=" + encoded + "&x=1");
}

TEST_CASE("a value does not make an address another one") {
  template_sample s;
  const auto path = [&](std::string_view shop) {
    s.shop = text(shop);
    return s.of("https://a.example/shops/{{row.shop}}/people", line::url);
  };
  for (const auto* step : {"", ".", ".."})
    CHECK(path(step) == "refused: {{row.shop}} is \"" + std::string(step) +
                            "\", which would make it another address");
  s.shop = null_value;
  CHECK(s.of("https://a.example/shops/{{row.shop}}", line::url) ==
        "refused: {{row.shop}} is \"\", which would make it another address");
  CHECK(path("...") == "https://a.example/shops/.../people");
  CHECK(path("../admin") == "https://a.example/shops/..%2Fadmin/people");
  // In a query nothing is lost by them.
  s.shop = text("..");
  s.email = null_value;
  CHECK(s.of("https://a.example/p?shop={{row.shop}}&mail={{row.email}}", line::url) ==
        "https://a.example/p?shop=..&mail=");
}

TEST_CASE("a header takes no line break") {
  template_sample s;
  s.email = text("a\"b ü");
  CHECK(s.of("mail {{row.email}}", line::header) == "mail a\"b ü");
  for (const auto breaking : {std::string_view("a\r\nX-Admin: 1"), std::string_view("a\rb"),
                              std::string_view("a\nb"), std::string_view("a\0b", 3)}) {
    s.email = text(breaking);
    CHECK(s.of("{{row.email}}", line::header) ==
          "refused: {{row.email}} has a line break, and stands in a header");
  }
  s.email = null_value;
  CHECK(s.of("<{{row.email}}>", line::header) == "<>");
}

TEST_CASE("values of every kind have a text and a JSON form") {
  template_sample s;
  const auto check = [&](value_view value, const std::string& alone, const std::string& string,
                         const std::string& address) {
    s.email = value;
    CHECK(s.json(R"("{{row.email}}")") == alone);
    CHECK(s.json(R"("{{row.email|string}}")") == string);
    CHECK(s.of("https://a.example/p?v={{row.email}}", line::url) ==
          "https://a.example/p?v=" + address);
  };
  check(null_value, "null", R"("")", "");
  check({value_kind::boolean, "1"}, "true", R"("true")", "true");
  check({value_kind::boolean, "0"}, "false", R"("false")", "false");
  check({value_kind::decimal, "12.50"}, "12.50", R"("12.50")", "12.50");
  check({value_kind::real, "NaN"}, "null", R"("NaN")", "NaN");
  check({value_kind::binary, std::string_view("\x00\xff\xfe", 3)}, R"("AP/+")", R"("AP/+")",
        "AP%2F%2B");
  check({value_kind::json, R"({"a":1})"}, R"({"a":1})", R"("{\"a\":1}")", "%7B%22a%22%3A1%7D");
  check({value_kind::date, "2026-01-31"}, R"("2026-01-31")", R"("2026-01-31")", "2026-01-31");
  check({value_kind::timestamp_tz, "2026-01-31T09:00:00Z"}, R"("2026-01-31T09:00:00Z")",
        R"("2026-01-31T09:00:00Z")", "2026-01-31T09%3A00%3A00Z");
}

TEST_CASE("functions make a value before it is escaped, and refuse a row with their reason") {
  template_sample s;
  s.email = text(" A\"B ");
  CHECK(s.json(R"({"a": "{{row.email | trim | lower}}"})") == R"({"a":"a\"b"})");
  CHECK(s.json(R"({"a": "to {{row.email | trim}}!"})") == R"({"a":"to A\"B!"})");
  CHECK(s.json(R"({"a": "{{row.id | scale(1.5)}}", "b": "{{row.id | round | string}}"})") ==
        R"({"a":10.5,"b":"7"})");
  CHECK(s.json(R"({"a": "{{row.email | split(',')}}"})") == R"({"a":[" A\"B "]})");
  CHECK(s.json(R"({"a": "{{connection | slice(0, 4) | upper}} {{op | upper}}"})") ==
        R"({"a":"CUST UPDATE"})");
  CHECK(s.of("https://a.example/{{key.shop | upper}}?x={{row.email|trim}}", line::url) ==
        "https://a.example/Z%C3%9CRICH?x=A%22B");
  CHECK(s.json(R"({"a": "{{row.email | email}}"})") ==
        "refused: {{row.email | email}}: email: is no e-mail address");
  CHECK(s.of("https://a.example/{{row.email | null_if(' A\"B ')}}", line::url)
            .ends_with("is \"\", which would make it another address"));
}

TEST_CASE("values are compared and shown as plain text") {
  CHECK(plain_text(null_value) == "");
  CHECK(plain_text({value_kind::boolean, "1"}) == "true");
  CHECK(plain_text({value_kind::boolean, "0"}) == "false");
  CHECK(plain_text({value_kind::binary, "abc"}) == "YWJj");
  CHECK(plain_text(text("1")) == "1");
}

TEST_CASE("references are resolved, escaped in documents, and registered as secrets") {
  ::setenv("SLUICE_TEST_HEADER", "canary-header", 1);
  ::setenv("SLUICE_TEST_BODY", "canary-\"body\"", 1);
  ::setenv("SLUICE_TEST_QUERY", "canary-query", 1);
  ::setenv("SLUICE_TEST_STAGE", "staging", 1);
  ::setenv("SLUICE_TEST_BASE", "https://a.example/canary-base", 1);
  const template_sample s;
  const text_template header(
      "Bearer ${env:SLUICE_TEST_HEADER}", line::header,
      {s.context, nowhere, text_template::references::resolved, "Authorization"});
  CHECK(s.append(header) == "Bearer canary-header");
  CHECK(s.json(R"({"key": "${env:SLUICE_TEST_BODY}", "not": "$${env:X}"})") ==
        R"({"key":"canary-\"body\"","not":"${env:X}"})");
  CHECK(log::secrets().masked("canary-header canary-\"body\"") == "*** ***");
  // Where an address leads to is shown in messages: it is no secret, but for what the query says.
  const text_template url("${env:SLUICE_TEST_BASE}/p", line::url, {s.context, nowhere});
  CHECK(s.append(url) == "https://a.example/canary-base/p");
  CHECK(log::secrets().masked("https://a.example/canary-base") == "https://a.example/canary-base");
  CHECK(
      s.of(
          "https://a.example/{{row.email}}?a=${env:SLUICE_TEST_STAGE}&key=${env:SLUICE_TEST_QUERY}",
          line::url) == "https://a.example/a%40x?a=staging&key=canary-query");
  CHECK(log::secrets().masked("staging") == "staging");
  CHECK(log::secrets().masked("canary-query") == "***");
  ::unsetenv("SLUICE_TEST_QUERY");
  ::unsetenv("SLUICE_TEST_STAGE");
  ::unsetenv("SLUICE_TEST_HEADER");
  ::unsetenv("SLUICE_TEST_BODY");
  ::unsetenv("SLUICE_TEST_BASE");
}

TEST_CASE("a reference without a value fails when the template is compiled") {
  const template_sample s;
  CHECK(contains(test::failure_text([&] { s.of("${env:SLUICE_TEST_UNSET}", line::header); }),
                 "${env:SLUICE_TEST_UNSET}"));
}

TEST_CASE("what a reference holds is no template") {
  ::setenv("SLUICE_TEST_BRACES", "{{row.email}}", 1);
  const template_sample s;
  CHECK(s.of("${env:SLUICE_TEST_BRACES}", line::header) == "{{row.email}}");
  ::unsetenv("SLUICE_TEST_BRACES");
}

TEST_CASE("a field that rows do not have is answered with those that they have") {
  const template_sample s;
  CHECK(test::failure_text([&] { s.json(R"("{{row.name}}")"); }) ==
        "invalid_config: lay out request '{{row.name}}': the mapping has no such field; there are: "
        "id, shop, email, name.first");
  CHECK(
      test::failure_text([&] { s.of("{{key.email}}", line::header); }) ==
      "invalid_config: lay out request '{{key.email}}': the key has no such column; there are: id, "
      "shop");
}

TEST_CASE("a template knows what it names and how it begins") {
  const template_sample s;
  using name = config::template_variable::name;
  const text_template url("https://a.example/{{key.id}}?r={{run}}", line::url,
                          {s.context, nowhere});
  CHECK(url.names(name::key));
  CHECK_FALSE(url.names(name::row));
  CHECK_FALSE(url.names(name::run));  // is part of the literal
  CHECK(url.names_values());
  CHECK(url.leading_literal() == "https://a.example/");
  const auto whole = text_template::of_json("{{row}}", {s.context, nowhere});
  CHECK(whole.names(name::row));
  CHECK_FALSE(whole.names_values());
  CHECK(text_template().leading_literal().empty());
}
