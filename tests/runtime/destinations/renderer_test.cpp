// What previews show of rows: as each destination would get them, without its secrets.
#include "runtime/destinations/renderer.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "runtime/config/config.hpp"
#include "tests/runtime/config/http_connection.hpp"
#include "tests/runtime/destinations/delta_rows.hpp"

using namespace sluice;
using destinations::make_renderer;
using nlohmann::json;
using test::integer;
using test::text;

namespace {

destinations::delivery_context people() {
  return test::context_of({{"id", value_kind::integer}, {"email", value_kind::text}});
}

/// An update of row 7 and a delete of row 8.
batch two_deltas() {
  batch out(1);
  out.append(operation::update, {}, {}, test::packed({integer("7")}),
             test::packed({integer("7"), text("ada@x")}));
  out.append(operation::erase, {}, {}, test::packed({integer("8")}), {});
  return out;
}

std::string rendered(const config::destination_config& destination, std::size_t index = 0,
                     const destinations::delivery_context& run = people()) {
  const auto out = make_renderer(destination, run)(two_deltas(), index);
  CHECK(out.refused.empty());
  return out.text;
}

config::destination_config http(const std::string& members) { return {test::read_http(members)}; }

}  // namespace

TEST_CASE("a JSON Lines row is shown as the line that would be appended") {
  const config::destination_config file{config::jsonl_config{"/nowhere/at/all"}};
  CHECK(rendered(file) == R"({"op":"update","key":{"id":7},"row":{"id":7,"email":"ada@x"}})");
  CHECK(rendered(file, 1) == R"({"op":"delete","key":{"id":8},"row":null})");
}

TEST_CASE("a row of a table is shown with what is done, the table and its columns") {
  const config::destination_config table{
      config::odbc_config{config::secret_string("Driver=X;Pwd=geheim"), "public.people"}};
  auto run = people();
  CHECK(rendered(table, 0, run) == R"(upsert into public.people: {"id":7,"email":"ada@x"})");
  CHECK(rendered(table, 1, run) == R"(delete from public.people: {"id":8})");
  run.mode = sync_mode::append;
  CHECK(rendered(table, 0, run) == R"(insert into public.people: {"id":7,"email":"ada@x"})");
  run.mode = sync_mode::update;
  CHECK(rendered(table, 0, run) == R"(update public.people: {"id":7,"email":"ada@x"})");
}

TEST_CASE("columns of a table have the names that the table gives them") {
  const config::destination_config table{
      config::odbc_config{config::secret_string("Driver=X"), "people"}};
  auto run = people();
  run.schema.fields[0].path = {"person", "number"};
  CHECK(rendered(table, 0, run) == R"(upsert into people: {"person.number":7,"email":"ada@x"})");
  CHECK(rendered(table, 1, run) == R"(delete from people: {"person.number":8})");
}

TEST_CASE("a request is shown as it would be sent, with references as they are written") {
  const test::variable token("SLUICE_TEST_TOKEN", "t0ken-value");
  const test::variable server("SLUICE_TEST_SERVER", "https://api.example.com");
  const auto out = rendered(http(R"(
      "headers": {"Authorization": "Bearer ${env:SLUICE_TEST_TOKEN}", "X-Source": "sluice"},
      "idempotency_header": "Idempotency-Key",
      "upsert": {"method": "POST", "url": "${env:SLUICE_TEST_SERVER}/v1/people?via={{op}}",
                 "body": {"people": "{{rows}}", "by": "${env:SLUICE_TEST_TOKEN}"}})"));
  CHECK(out.starts_with("POST ${env:SLUICE_TEST_SERVER}/v1/people?via="));
  CHECK(contains(out, "\nAuthorization: Bearer ${env:SLUICE_TEST_TOKEN}\n"));
  CHECK(contains(out, "\nX-Source: sluice\n"));
  CHECK(contains(out, "\nContent-Type: application/json\n"));
  CHECK(contains(out, "\nIdempotency-Key: "));
  CHECK(contains(out,
                 "\n\n{\"people\":[{\"id\":7,\"email\":\"ada@x\"}],"
                 "\"by\":\"${env:SLUICE_TEST_TOKEN}\"}"));
  CHECK_FALSE(contains(out, "t0ken-value"));
}

TEST_CASE("secrets that are written out are masked wherever a request has them") {
  const auto out = rendered(http(R"(
      "headers": {"X-Api-Key": "geheim-1"},
      "basic_auth": {"user": "geheim-2", "password": "geheim-3"}, "gzip": true,
      "upsert": {"method": "PUT", "url": "https://api.example.com/p/{{key.id}}?token=geheim-4&a=b",
                 "body": {"row": "{{row}}", "auth": {"password": "geheim-5"}}})"));
  CHECK(contains(out, "PUT https://api.example.com/p/7?token=***&a=b\n"));
  CHECK(contains(out, "\nX-Api-Key: ***\n"));
  CHECK(contains(out, "\nAuthorization: Basic ***\n"));
  CHECK(contains(out, "\nContent-Encoding: gzip\n"));
  CHECK(contains(out, R"("row":{"id":7,"email":"ada@x"})"));
  CHECK(contains(out, R"("password":"***")"));
  CHECK_FALSE(contains(out, "geheim"));
}

TEST_CASE("a look-up is shown in front of the request that needs it, and is not sent") {
  const auto destination = http(R"(
      "headers": {"X-Api-Key": "geheim-1"}, "idempotency_header": "Idempotency-Key",
      "lookup": {"request": {"method": "GET",
                             "url": "https://api.example.com/a?d={{row.email}}&token=geheim-2"},
                 "take": {"account_id": "/id"}},
      "upsert": {"method": "PUT", "url": "https://api.example.com/a/{{lookup.account_id}}/p",
                 "body": {"of": "{{lookup.account_id | string}}", "row": "{{row}}"}},)" +
                                test::good_delete);
  const auto out = rendered(destination);
  CHECK(
      out.starts_with("look up:\nGET https://api.example.com/a?d=ada%40x&token=***\n"
                      "X-Api-Key: ***\n\nthen:\n"
                      "PUT https://api.example.com/a/{{lookup.account_id}}/p\n"));
  CHECK(contains(out, R"({"of":"{{lookup.account_id|string}}","row":{"id":7,"email":"ada@x"}})"));
  CHECK_FALSE(contains(out, "geheim"));
  CHECK(rendered(destination, 1).starts_with("DELETE https://api.example.com/v1/people/8\n"));
}

TEST_CASE("each kind of request is shown with the rows of its kind") {
  const auto destination = http(test::good_upsert + "," + test::good_delete);
  CHECK(contains(rendered(destination), "POST https://api.example.com/v1/people\n"));
  CHECK(rendered(destination, 1).starts_with("DELETE https://api.example.com/v1/people/8\n"));
}

TEST_CASE("a row that no request can carry is shown with the reason") {
  const auto destination = http(R"(
      "upsert": {"method": "PUT", "url": "https://api.example.com/p/{{row.email}}",
                 "body": "{{row}}"})");
  batch odd(1);
  odd.append(operation::insert, {}, {}, test::packed({integer("7")}),
             test::packed({integer("7"), text("..")}));
  const auto out = make_renderer(destination, people())(odd, 0);
  CHECK(out.text.empty());
  CHECK(contains(out.refused, "{{row.email}}"));
}

TEST_CASE("what does not fit the rows is refused as a run would refuse it") {
  const auto destination = http(R"(
      "upsert": {"method": "PUT", "url": "https://api.example.com/p/{{row.nobody}}",
                 "body": "{{row}}"})");
  CHECK(contains(test::failure_text([&] { make_renderer(destination, people()); }),
                 "the mapping has no such field"));
}

TEST_CASE("a long text is cut at a whole character and says so") {
  const config::destination_config file{config::jsonl_config{"/nowhere"}};
  std::string much;
  while (much.size() < 3 * destinations::longest_rendering) much += "ä";
  batch large(1);
  large.append(operation::insert, {}, {}, test::packed({integer("7")}),
               test::packed({integer("7"), text(much)}));
  const auto out = make_renderer(file, people())(large, 0).text;
  CHECK(out.size() < destinations::longest_rendering + 100);
  CHECK(contains(out, "bytes in all)"));
  CHECK_NOTHROW(json(out).dump());  // throws for broken UTF-8
}

TEST_CASE("of a row of many megabytes no more is rendered than is shown") {
  const config::destination_config file{config::jsonl_config{"/nowhere"}};
  const std::string much(32u << 20, '\x01');
  batch large(1);
  large.append(operation::insert, {}, {}, test::packed({integer("7")}),
               test::packed({integer("7"), text(much)}));
  for (const auto& destination :
       {file, config::destination_config{config::odbc_config{
                  config::secret_string("Driver=SQLite3;Database=x"), "people"}}}) {
    const auto out = make_renderer(destination, people())(large, 0).text;
    CHECK(out.size() > destinations::longest_rendering - 100);
    CHECK(out.capacity() < 4u << 20);
    CHECK(contains(out, "(cut: more than 1 MiB in all)"));
  }
}
