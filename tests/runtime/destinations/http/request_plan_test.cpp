#include "runtime/destinations/http/request_plan.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <numeric>
#include <set>

#include "messages/delivery_name.hpp"
#include "runtime/diff/fingerprint.hpp"
#include "tests/runtime/destinations/delta_rows.hpp"
#include "tests/runtime/destinations/http/sample_requests.hpp"

using namespace sluice;
using config::http_config;
using config::http_request_config;
using config::http_results;
using config::template_variable;
using destinations::built_request;
using destinations::delivery_context;
using destinations::request_plan;
using test::integer;
using test::people;
using test::text;
using test::two_people;

namespace {

constexpr auto* address = "https://a.example/people";

http_request_config per_batch(const std::string& body = R"({"people":"{{rows}}"})") {
  http_request_config out;
  out.name = "upsert";
  out.method = "POST";
  out.url = address;
  out.body = body;
  return out;
}

http_request_config per_batch_to(const std::string& url) {
  auto out = per_batch();
  out.url = url;
  return out;
}

http_request_config per_row(const std::string& url = std::string(address) + "/{{key.id}}") {
  http_request_config out;
  out.name = "upsert";
  out.method = "PUT";
  out.url = url;
  out.body = R"("{{row}}")";
  out.per_row = true;
  return out;
}

http_request_config erasing() {
  auto out = per_batch(R"({"gone":"{{rows}}"})");
  out.name = "delete";
  return out;
}

request_plan planned(const http_request_config& request, const http_config& destination = {},
                     const delivery_context& run = people()) {
  return {request, destination, run};
}

std::vector<std::uint32_t> all_of(const batch& deltas) {
  std::vector<std::uint32_t> out(deltas.size());
  std::iota(out.begin(), out.end(), 0u);
  return out;
}

built_request build(request_plan& plan, const batch& deltas) {
  return plan.build(deltas, all_of(deltas));
}

/// Why no plan can be made; "" if one can.
std::string refusal(const http_request_config& request, const http_config& destination = {}) {
  return test::failure_text([&] { planned(request, destination); });
}

/// A batch of one delta, whose fingerprint stands for its values.
batch one_delta(operation op, std::uint64_t fingerprint, std::string_view id = "1") {
  batch out(1);
  const auto key = test::packed({integer(id)});
  const auto row = test::packed({integer(id), text("a@x")});
  out.append(op, {0, std::stoull(std::string(id))}, {fingerprint, fingerprint}, key,
             op == operation::erase ? std::string() : row);
  return out;
}

/// The idempotency id of a request for this delta.
std::string id_of(const http_request_config& request, const batch& deltas,
                  const delivery_context& run = people()) {
  http_config destination;
  destination.idempotency_header = "Idempotency-Key";
  request_plan plan(request, destination, run);
  const auto built = build(plan, deltas);
  for (const auto& line : built.request.headers)
    if (line.starts_with("Idempotency-Key: ")) return line.substr(17);
  return {};
}

}  // namespace

TEST_CASE("a request for a batch carries all its rows") {
  auto plan = planned(per_batch());
  const auto built = build(plan, two_people());
  CHECK(built.request.method == "POST");
  CHECK(built.request.url == address);
  CHECK(built.request.has_body);
  CHECK(built.request.body == R"({"people":[{"id":1,"email":"a@x"},{"id":2,"email":"b@x"}]})");
  CHECK(built.request.headers == std::vector<std::string>{"Content-Type: application/json"});
  CHECK(built.rows == std::vector<std::uint32_t>{0, 1});
  CHECK(built.consumed == 2);
  CHECK(built.unsendable.empty());
}

TEST_CASE("a request for a row carries the first of those that are given") {
  auto plan = planned(per_row());
  const auto deltas = two_people();
  const auto built = plan.build(deltas, std::vector<std::uint32_t>{1, 0});
  CHECK(built.request.method == "PUT");
  CHECK(built.request.url == "https://a.example/people/2");
  CHECK(built.request.body == R"({"id":2,"email":"b@x"})");
  CHECK(built.rows == std::vector<std::uint32_t>{1});
  CHECK(built.consumed == 1);
}

TEST_CASE("only the given rows are in a request, in the given order") {
  auto plan = planned(per_batch(R"("{{rows}}")"));
  const auto deltas = test::upserts(
      {{integer("1"), text("a")}, {integer("2"), text("b")}, {integer("3"), text("c")}});
  const auto built = plan.build(deltas, std::vector<std::uint32_t>{2, 0});
  CHECK(built.request.body == R"([{"id":3,"email":"c"},{"id":1,"email":"a"}])");
  CHECK(built.rows == std::vector<std::uint32_t>{2, 0});
}

TEST_CASE("batch_rows limits the rows of a request") {
  auto request = per_batch();
  request.batch_rows = 1;
  auto plan = planned(request);
  const auto deltas = two_people();
  const auto built = build(plan, deltas);
  CHECK(built.rows == std::vector<std::uint32_t>{0});
  CHECK(built.consumed == 1);
}

TEST_CASE("max_body limits the bytes of a request exactly") {
  const auto deltas = two_people();
  auto unlimited = planned(per_batch());
  const auto whole = build(unlimited, deltas).request.body.size();
  http_config destination;
  destination.max_body = whole;
  auto fits = planned(per_batch(), destination);
  CHECK(build(fits, deltas).rows.size() == 2);
  destination.max_body = whole - 1;
  auto splits = planned(per_batch(), destination);
  const auto built = build(splits, deltas);
  CHECK(built.rows == std::vector<std::uint32_t>{0});
  CHECK(built.consumed == 1);
  CHECK(built.unsendable.empty());
  CHECK(built.request.body == R"({"people":[{"id":1,"email":"a@x"}]})");
}

TEST_CASE("a row that is larger than a request may be is refused and the others are sent") {
  http_config destination;
  destination.max_body = 1'000;
  const std::string large(2'000, 'x');
  const auto deltas = test::upserts(
      {{integer("1"), text(large)}, {integer("2"), text("b")}, {integer("3"), text(large)}});
  auto plan = planned(per_batch(R"("{{rows}}")"), destination);
  const auto built = build(plan, deltas);
  CHECK(built.request.body == R"([{"id":2,"email":"b"}])");
  CHECK(built.rows == std::vector<std::uint32_t>{1});
  REQUIRE(built.unsendable.size() == 1);
  CHECK(built.unsendable[0].index == 0);
  CHECK(built.unsendable[0].status == 0);
  CHECK(built.unsendable[0].reason ==
        "the row makes a larger body than is allowed: max_body is 1kB");
  CHECK(built.consumed == 2);  // the third begins the next request
  const auto last = plan.build(deltas, std::vector<std::uint32_t>{2});
  CHECK(last.rows.empty());
  CHECK(last.consumed == 1);
  REQUIRE(last.unsendable.size() == 1);
  CHECK(last.unsendable[0].index == 2);

  auto single = planned(per_row(), destination);
  const auto refused = build(single, deltas);
  CHECK(refused.rows.empty());
  CHECK(refused.consumed == 1);
  REQUIRE(refused.unsendable.size() == 1);
  CHECK(contains(refused.unsendable[0].reason, "max_body is 1kB"));
}

TEST_CASE("a body of exactly max_body is sent, and one byte more is not") {
  http_config destination;
  destination.max_body = 1'000;
  const auto row = [](std::size_t bytes) {
    return test::upserts(
        {{integer("1"), text(std::string(bytes - 20, 'x'))}});  // {"id":1,"email":""}
  };
  for (const bool batches : {true, false}) {
    auto plan = planned(batches ? per_batch(R"("{{rows}}")") : per_row(), destination);
    const std::size_t around = batches ? 2 : 0;
    const auto fits = build(plan, row(1'001 - around));
    REQUIRE(fits.rows.size() == 1);
    CHECK(fits.request.body.size() == 1'000);
    CHECK(build(plan, row(1'002 - around)).unsendable.size() == 1);
  }
}

TEST_CASE("a row is refused before it becomes what templates would make of it") {
  // Megabytes in the cell, of which JSON makes six times as much, fifty times over.
  const std::string control(8u << 20, '\x01');
  const auto deltas = test::upserts({{integer("1"), text(control)}, {integer("2"), text("b")}});
  std::string members;
  for (int i = 0; i < 50; ++i)
    members += (i == 0 ? "" : ",") + ("\"m" + std::to_string(i)) + R"(":"{{row.email}}")";
  auto repeated = per_batch(R"("{{rows}}")");
  repeated.item = "{" + members + "}";
  http_config destination;
  destination.max_body = 1'000'000;
  auto plan = planned(repeated, destination);
  const auto built = build(plan, deltas);
  CHECK(built.rows == std::vector<std::uint32_t>{1});
  REQUIRE(built.unsendable.size() == 1);
  CHECK(contains(built.unsendable[0].reason, "max_body is 1MB"));
  CHECK(built.request.body.capacity() < 2'000'000);

  auto one = per_row();
  one.body = repeated.item;
  auto single = planned(one, destination);
  CHECK(contains(build(single, deltas).unsendable.at(0).reason, "max_body is 1MB"));
  auto in_url = per_row(std::string(address) + "/{{row.email}}");
  auto by_url = planned(in_url, destination);
  CHECK(contains(build(by_url, deltas).unsendable.at(0).reason, "an address of more than 64 KiB"));
  auto in_header = per_row();
  in_header.headers = {{"X-Email", "{{row.email}}"}};
  auto by_header = planned(in_header, destination);
  CHECK(contains(build(by_header, deltas).unsendable.at(0).reason,
                 "a header X-Email of more than 64 KiB"));
}

TEST_CASE("a row that makes another address is refused") {
  auto request = per_row(std::string(address) + "/{{row.email}}");
  auto plan = planned(request);
  const auto built = build(plan, test::upserts({{integer("1"), text("..")}}));
  CHECK(built.rows.empty());
  CHECK(built.consumed == 1);
  REQUIRE(built.unsendable.size() == 1);
  CHECK(built.unsendable[0].reason ==
        "{{row.email}} is \"..\", which would make it another address");
}

TEST_CASE("items shape the rows and know their position in the request") {
  auto request = per_batch();
  request.item =
      R"({"n":"{{index}}","op":"{{op}}","mail":"<{{row.email}}>","key":"{{key}}","of":"{{connection}}"})";
  http_config destination;
  auto plan = planned(request, destination);
  const auto deltas = two_people();
  CHECK(build(plan, deltas).request.body ==
        R"({"people":[{"n":0,"op":"update","mail":"<a@x>","key":{"id":1},"of":"test"},)"
        R"({"n":1,"op":"update","mail":"<b@x>","key":{"id":2},"of":"test"}]})");
  // The position is that in the request, not in the batch.
  CHECK(contains(plan.build(deltas, std::vector<std::uint32_t>{1}).request.body, R"({"n":0,)"));
}

TEST_CASE("a position counts the rows that are sent") {
  auto request = per_batch(R"("{{rows}}")");
  request.item = R"({"n":"{{index}}","mail":"{{row.email}}"})";
  http_config destination;
  destination.max_body = 1'000;
  auto plan = planned(request, destination);
  const std::string large(2'000, 'x');
  CHECK(build(plan, test::upserts({{integer("1"), text(large)}, {integer("2"), text("b")}}))
            .request.body == R"([{"n":0,"mail":"b"}])");
}

TEST_CASE("the operation of a batch is the name of its request, that of a row its own") {
  auto request = per_batch(R"({"op":"{{op}}","rows":"{{rows}}"})");
  request.item = R"("{{op}}")";
  auto plan = planned(request);
  auto deltas = one_delta(operation::insert, 1);
  deltas.append(one_delta(operation::update, 2, "2"));
  CHECK(build(plan, deltas).request.body == R"({"op":"upsert","rows":["insert","update"]})");
}

TEST_CASE("deletes carry keys") {
  auto plan = planned(erasing());
  const auto deltas = test::erases({{integer("1")}, {integer("2")}});
  CHECK(build(plan, deltas).request.body == R"({"gone":[{"id":1},{"id":2}]})");
  auto request = erasing();
  request.item = R"("{{key.id|string}}")";
  auto listed = planned(request);
  CHECK(build(listed, deltas).request.body == R"({"gone":["1","2"]})");
  request.item = R"("{{row.email}}")";
  CHECK(contains(refusal(request), "the mapping has no such field"));
}

TEST_CASE("a request without a body has none") {
  auto request = per_row();
  request.name = "delete";
  request.method = "DELETE";
  request.body.clear();
  auto plan = planned(request);
  const auto built = build(plan, test::erases({{integer("1")}}));
  CHECK_FALSE(built.request.has_body);
  CHECK(built.request.body.empty());
  CHECK(built.request.headers.empty());
  CHECK(built.request.url == "https://a.example/people/1");
}

TEST_CASE("a content type of one's own is kept") {
  auto request = per_batch();
  request.headers = {{"content-type", "application/vnd.api+json"}, {"X-Run", "{{run}}"}};
  auto plan = planned(request);
  CHECK(build(plan, two_people()).request.headers ==
        std::vector<std::string>{"content-type: application/vnd.api+json", "X-Run: 01TEST"});
}

TEST_CASE("ids are stable for a delta and different for another") {
  for (const auto& request : {per_batch(), per_row()}) {
    const auto id = id_of(request, one_delta(operation::update, 1));
    CHECK(id.size() == 32);
    CHECK(id_of(request, one_delta(operation::update, 1)) == id);
    std::set<std::string> ids{id};
    CHECK(ids.insert(id_of(request, one_delta(operation::update, 2))).second);
    CHECK(ids.insert(id_of(request, one_delta(operation::insert, 1))).second);
    CHECK(ids.insert(id_of(request, one_delta(operation::update, 1, "2"))).second);
    auto other_run = people();
    other_run.run = "01OTHER";
    CHECK(ids.insert(id_of(request, one_delta(operation::update, 1), other_run)).second);
    auto other_connection = people();
    other_connection.connection = "other";
    CHECK(ids.insert(id_of(request, one_delta(operation::update, 1), other_connection)).second);
  }
}

TEST_CASE("the id of a delivery that is repeated is the same in every run") {
  const auto repeated = [](const hash128& delivery, const std::string& email = "a@x") {
    batch out(1);
    out.append(operation::update, {3, 4}, {5, 6}, test::packed({integer("1")}),
               test::packed({integer("1"), text(email)}), delivery);
    return out;
  };
  auto later = people();
  later.run = "01LATER";
  const auto name = delivery_name(7, operation::update, {5, 6});
  const auto id = id_of(per_row(), repeated(name));
  CHECK(id_of(per_row(), repeated(name), later) == id);
  CHECK(id_of(per_batch(), repeated(name), later) == id_of(per_batch(), repeated(name)));
  CHECK(id_of(per_row(), repeated(delivery_name(8, operation::update, {5, 6}))) != id);
  CHECK(id_of(per_row(), repeated({})) != id);

  http_config destination;
  destination.idempotency_header = "Idempotency-Key";
  request_plan plan(per_row(), destination, people());
  CHECK(plan.has_ids());
  CHECK(plan.was_in_doubt(repeated(name)[0]));
  CHECK_FALSE(plan.was_in_doubt(repeated({})[0]));
  const auto own = diff::fingerprint(people().run).high;
  CHECK_FALSE(plan.was_in_doubt(repeated(delivery_name(own, operation::update, {5, 6}))[0]));
  CHECK(
      plan.was_in_doubt(repeated(delivery_name_after({7, 7}, own, operation::update, {5, 6}))[0]));
  CHECK_FALSE(request_plan(per_row(), {}, people()).has_ids());
}

TEST_CASE("the id of a batch is made of the ids of its rows") {
  auto both = one_delta(operation::update, 1);
  both.append(one_delta(operation::update, 2, "2"));
  auto reversed = one_delta(operation::update, 2, "2");
  reversed.append(one_delta(operation::update, 1));
  const auto id = id_of(per_batch(), both);
  CHECK(id == id_of(per_batch(), both));
  CHECK(id != id_of(per_batch(), one_delta(operation::update, 1)));
  CHECK(id != id_of(per_batch(), reversed));
}

TEST_CASE("items and bodies can carry ids") {
  auto request = per_batch(R"({"id":"{{id}}","rows":"{{rows}}"})");
  request.item = R"("{{id}}")";
  auto plan = planned(request);
  const auto deltas = one_delta(operation::update, 1);
  const auto body = build(plan, deltas).request.body;
  CHECK(body.size() == std::string(R"({"id":"","rows":[""]})").size() + 64);
  CHECK(build(plan, deltas).request.body == body);
  // That of the row is what a request for it alone would have.
  CHECK(contains(body, R"([")" + id_of(per_row(), deltas) + R"("])"));
}

TEST_CASE("results are matched by the text of a field or a key column") {
  auto request = per_batch();
  request.results.emplace().match =
      http_results::by_value{{template_variable::name::row, {"email"}, false}, "/mail"};
  auto by_row = planned(request);
  const auto deltas = two_people();
  CHECK(by_row.match_text(deltas[1]) == "b@x");
  request.results->match =
      http_results::by_value{{template_variable::name::key, {"id"}, false}, "/id"};
  auto by_key = planned(request);
  CHECK(by_key.match_text(deltas[1]) == "2");
  request.results->match =
      http_results::by_value{{template_variable::name::row, {"mail"}, false}, "/mail"};
  CHECK(contains(refusal(request), "'{{row.mail}}': the mapping has no such field"));
}

TEST_CASE("a plan shows where it sends without secrets and values") {
  ::setenv("SLUICE_TEST_BASE", "https://a.example/canary", 1);
  auto request = per_row("${env:SLUICE_TEST_BASE}/p/{{key.id}}?api_key=canary");
  auto plan = planned(request);
  CHECK(plan.shown() == "PUT ${env:SLUICE_TEST_BASE}/p/{{key.id}}");
  CHECK(plan.server() == "https://a.example");
  CHECK(build(plan, two_people()).request.url == "https://a.example/canary/p/1?api_key=canary");
  ::unsetenv("SLUICE_TEST_BASE");
}

TEST_CASE("an address that a reference makes must be one, and rows must not choose the server") {
  const std::string message =
      "its url is no http or https address; write scheme and server out: https://api.example.com/…";
  for (const auto* base : {"a.example", "ftp://a.example", "https://", "https:///p",
                           "https://me:canary@a.example/p", "/p"}) {
    ::setenv("SLUICE_TEST_BASE", base, 1);
    const auto refused = refusal(per_batch_to("${env:SLUICE_TEST_BASE}"));
    CHECK_MESSAGE(contains(refused, message), base);
    CHECK_FALSE(contains(refused, "canary"));
  }
  ::setenv("SLUICE_TEST_BASE", "https://a.example", 1);
  CHECK(refusal(per_batch_to("${env:SLUICE_TEST_BASE}")) == "");
  CHECK(refusal(per_row("${env:SLUICE_TEST_BASE}/{{key.id}}")) == "");
  CHECK(contains(refusal(per_row("${env:SLUICE_TEST_BASE}{{key.id}}")), message));
  CHECK(contains(refusal(per_row("https://{{row.email}}/p")), message));
  ::unsetenv("SLUICE_TEST_BASE");
}

TEST_CASE("a reference cannot add a header") {
  ::setenv("SLUICE_TEST_HEADER", "canary\r\nX-Admin: 1", 1);
  auto request = per_batch();
  request.headers = {{"X-A", "${env:SLUICE_TEST_HEADER}"}};
  const auto refused = refusal(request);
  CHECK(contains(refused,
                 "holds a line break or another control character, and stands in the header X-A"));
  CHECK_FALSE(contains(refused, "canary"));
  request.headers = {{"X-A", "{{op}} ${env:SLUICE_TEST_HEADER}"}};
  CHECK(contains(refusal(request), "stands in the header X-A"));
  ::unsetenv("SLUICE_TEST_HEADER");
}

TEST_CASE("values that JSON cannot hold are counted") {
  auto context = test::context_of({{"id", value_kind::integer}, {"x", value_kind::real}});
  auto plan = planned(per_batch(), {}, context);
  const auto deltas = test::upserts(
      {{integer("1"), {value_kind::real, "NaN"}}, {integer("2"), {value_kind::real, "1.5"}}});
  CHECK(build(plan, deltas).request.body == R"({"people":[{"id":1,"x":null},{"id":2,"x":1.5}]})");
  CHECK(plan.nonfinite() == 1);
}
