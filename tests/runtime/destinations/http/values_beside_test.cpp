#include "runtime/destinations/http/values_beside.hpp"

#include <doctest/doctest.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "runtime/destinations/http/request_plan.hpp"
#include "tests/runtime/destinations/delta_rows.hpp"
#include "tests/runtime/destinations/http/sample_requests.hpp"

using namespace sluice;
using config::body_format;
using config::http_config;
using config::http_request_config;
using destinations::built_request;
using destinations::delivery_context;
using destinations::request_plan;
using destinations::value_source;
using nlohmann::ordered_json;
using references = destinations::text_template::references;
using test::integer;
using test::null_value;
using test::people;
using test::text;
using test::two_people;

namespace {

/// Accounts by the key of their row.
class accounts final : public value_source {
 public:
  [[nodiscard]] word called() const override { return word::lookup; }
  [[nodiscard]] const std::vector<std::string>& names() const override { return names_; }
  found_value find(const delta_view& delta, std::size_t name) override {
    ++asked[names_[name]];
    const auto key = unpack(delta.key).front();
    if (key == refused) return {.value = {}, .refusal = "there is no account"};
    return {name == 0 ? id : owner, {}};
  }

  value_view id = integer("900");
  value_view owner = text(" Zoë & Co ");
  value_view refused = null_value;
  std::map<std::string, int> asked;

 private:
  std::vector<std::string> names_{"id", "owner"};
};

http_request_config request(const ordered_json& body, body_format format = body_format::json,
                            const ordered_json& item = {}) {
  return test::request_in(format, body, item);
}

struct with_accounts {
  request_plan plan(const http_request_config& of) {
    const std::array<value_source*, 1> sources{&from};
    return {of, {}, people(), references::resolved, sources};
  }
  built_request build(const http_request_config& of) {
    auto by = plan(of);
    const auto deltas = two_people();
    return by.build(deltas, std::array{0u, 1u});
  }
  std::string body(const http_request_config& of) { return build(of).request.body; }

  accounts from;
};

}  // namespace

TEST_CASE_FIXTURE(with_accounts, "a value beside the row stands in address and headers") {
  auto of = request("{{row}}");
  of.url = "https://a.example/accounts/{{lookup.id}}/people?owner={{lookup.owner | trim}}";
  of.headers = {{"X-Account", "no {{lookup.id}}"}};
  const auto built = build(of).request;
  CHECK(built.url == "https://a.example/accounts/900/people?owner=Zo%C3%AB%20%26%20Co");
  CHECK(built.headers.front() == "X-Account: no 900");
}

TEST_CASE_FIXTURE(with_accounts, "a value beside the row stands in bodies of every format") {
  CHECK(body(request({{"account", "{{lookup.id}}"}, {"of", "<{{lookup.owner|trim|lower}}>"}})) ==
        R"({"account":900,"of":"<zoë & co>"})");
  CHECK(body(request({{"account", "{{lookup.id | string}}"}})) == R"({"account":"900"})");
  CHECK(body(request({{"people", "{{rows}}"}}, body_format::json,
                     {{"id", "{{key.id}}"}, {"account", "{{lookup.id}}"}})) ==
        R"({"people":[{"id":1,"account":900},{"id":2,"account":900}]})");
  CHECK(body(request("{{rows}}", body_format::ndjson, {{"a", "{{lookup.id}}"}})) ==
        "{\"a\":900}\n{\"a\":900}\n");
  CHECK(body(request({{"a", "{{lookup.owner}}"}}, body_format::form)) ==
        "a=%20Zo%C3%AB%20%26%20Co%20");
  CHECK(contains(body(request({{"a", "{{lookup.owner | trim}}"}}, body_format::multipart)),
                 "name=\"a\"\r\n\r\nZoë & Co\r\n"));
  CHECK(
      body(request("{{rows}}", body_format::csv, {{"k", "{{key.id}}"}, {"a", "{{lookup.id}}"}})) ==
      "k,a\r\n1,900\r\n2,900\r\n");
  CHECK(body(request("<p a=\"{{lookup.id}}\">{{lookup.owner | trim}}</p>", body_format::xml)) ==
        "<p a=\"900\">Zoë &amp; Co</p>");
}

TEST_CASE_FIXTURE(with_accounts, "a value that is not there is NULL, as any other") {
  from.id = null_value;
  CHECK(body(request({{"a", "{{lookup.id}}"}, {"b", "<{{lookup.id}}>"}})) ==
        R"({"a":null,"b":"<>"})");
  auto in_path = request("{{row}}");
  in_path.url = "https://a.example/accounts/{{lookup.id}}/people";
  const auto built = build(in_path);
  REQUIRE(built.unsendable.size() == 1);
  CHECK(contains(built.unsendable[0].reason, "{{lookup.id}}"));
}

TEST_CASE_FIXTURE(with_accounts,
                  "a row that its source refuses is not sent, and keeps no other back") {
  from.refused = integer("1");
  const auto batched =
      build(request("{{rows}}", body_format::json, {{"k", "{{key.id}}"}, {"a", "{{lookup.id}}"}}));
  CHECK(batched.request.body == R"([{"k":2,"a":900}])");
  CHECK(batched.rows == std::vector{1u});
  CHECK(batched.unsendable == std::vector{rejection{0, "there is no account"}});
  CHECK(batched.consumed == 2);
  const auto alone = build(request({{"a", "{{lookup.id}}"}}));
  CHECK(alone.rows.empty());
  CHECK(alone.unsendable == std::vector{rejection{0, "there is no account"}});
}

TEST_CASE_FIXTURE(with_accounts,
                  "a source is asked for what a request names, and for nothing else") {
  CHECK(plan(request({{"a", "{{lookup.id}}"}, {"b", "x {{lookup.id}}"}}))
            .names(value_source::word::lookup));
  CHECK_FALSE(plan(request("{{row}}")).names(value_source::word::lookup));
  from.refused = integer("1");
  CHECK(build(request("{{row}}")).rows.size() == 1);
  CHECK(from.asked.empty());
  build(request("{{rows}}", body_format::json, {"{{lookup.id}}", "{{lookup.id|string}}"}));
  CHECK(from.asked == std::map<std::string, int>{{"id", 2}});
}

TEST_CASE_FIXTURE(with_accounts,
                  "a value that no source has is said when the request is laid out") {
  CHECK(test::failure_text([&] {
          plan(request({{"a", "{{lookup.name}}"}}));
        }) ==
        "invalid_config: lay out request '{{lookup.name}}': there is no value of this name; there "
        "are: id, owner");
  CHECK(test::failure_text([&] {
          plan(request({{"a", "{{known.id}}"}}));
        }) ==
        "invalid_config: lay out request '{{known.id}}': nothing provides such values; remove it "
        "from the request");
}

TEST_CASE_FIXTURE(with_accounts, "where references are shown, values without a source are, too") {
  auto of = request({{"a", "{{lookup.id}}"}, {"b", "<{{known.x | trim}}>"}});
  of.url = "https://a.example/{{lookup.id}}?x={{known.x}}";
  request_plan shown(of, {}, people(), references::as_written);
  const auto deltas = two_people();
  const auto built = shown.build(deltas, std::array{0u}).request;
  CHECK(built.url == "https://a.example/{{lookup.id}}?x={{known.x}}");
  CHECK(built.body == R"({"a":"{{lookup.id}}","b":"<{{known.x | trim}}>"})");
}
