#include "messages/cluster_protocol.hpp"

#include <doctest/doctest.h>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>

#include "tests/support/sharing_config.hpp"

using namespace sluice;

namespace {

struct protocol_fixture {
  test::sharing_config cfg;
  caf::actor_system system{cfg};

  template <class T>
  T through_the_wire(const T& value) {
    std::vector<char> bytes;
    caf::binary_serializer sink(system, bytes);
    auto copy = value;
    REQUIRE_FALSE(sink(copy));
    T result;
    caf::binary_deserializer source(system, bytes);
    REQUIRE_FALSE(source(result));
    return result;
  }
};

run_record some_run() {
  run_record r;
  r.run = "01JD";
  r.connection = "customers";
  r.type = run_type::incremental;
  r.state = run_state::stopped;
  r.epoch = 3;
  r.continues = "01JC";
  r.started_at = timestamp{std::chrono::milliseconds{1'700'000'000'123}};
  r.finished_at = timestamp{std::chrono::milliseconds{1'700'000'001'000}};
  r.counters = {10, 4, 1, 3, 2, 1, 4, 1, 1};
  r.in_flight_at_stop = 0;
  r.drain_expected = std::chrono::milliseconds{7'500};
  r.failed = {errc::source_failed, "read model", "customers", "gone", "come back"};
  r.warnings = {"one", "two"};
  r.reason = "the mapping changed";
  r.about = "3 rows by their keys";
  r.requested_by = "ada@dwh1";
  r.stopped_by = "operator:ci";
  r.phase = run_phase::waiting;
  r.waiting_for = "node b";
  return r;
}

}  // namespace

TEST_CASE_FIXTURE(protocol_fixture, "a run record crosses the wire unchanged") {
  CHECK(through_the_wire(some_run()) == some_run());
  CHECK(through_the_wire(run_record{}) == run_record{});
}

TEST_CASE_FIXTURE(protocol_fixture, "status and rejected rows cross the wire unchanged") {
  connection_status s;
  s.connection = "c";
  s.run = some_run();
  s.next_run_at = timestamp{std::chrono::milliseconds{5}};
  s.enabled = false;
  s.leaving = true;
  s.continues = true;
  s.waiting_for = "orders to succeed";
  s.requests = request_flow{7, 8, request_bound::rate_limit};
  CHECK(through_the_wire(s) == s);
  const rejected_row row{R"({"id":1})",
                         "insert",
                         "no",
                         2,
                         timestamp{std::chrono::milliseconds{1}},
                         timestamp{std::chrono::milliseconds{2}}};
  CHECK(through_the_wire(row) == row);
  auto coded = row;
  coded.status = -422;
  coded.refused = refused_delta{operation::update, {1, 2}, {3, 4}};
  CHECK(through_the_wire(coded) == coded);
}

TEST_CASE_FIXTURE(protocol_fixture, "credentials cross the wire unchanged") {
  const auto then = timestamp{std::chrono::milliseconds{1'700'000'000'123}};
  const credential_status crm{"crm",
                              "oauth2",
                              then,
                              {then + std::chrono::hours(1),
                               then + std::chrono::hours(2),
                               {errc::destination_failed, "get token", "crm", "HTTP 503", "wait"}}};
  CHECK(through_the_wire(crm) == crm);
  CHECK(through_the_wire(credential_status{}) == credential_status{});
}

TEST_CASE_FIXTURE(protocol_fixture, "a batch crosses the wire with keys and rows intact") {
  batch b(7);
  b.append(operation::update, {1, 2}, {3, 4}, "key", "row");
  b.append(operation::erase, {5, 6}, {}, "other", "");
  b.remember(1, "record 7");
  const auto copy = through_the_wire(b);
  REQUIRE(copy.size() == 2);
  CHECK(copy.number() == 7);
  CHECK(copy[0].key == "key");
  CHECK(copy[0].row == "row");
  CHECK(copy[0].fingerprint == hash128{3, 4});
  CHECK(copy[1].op == operation::erase);
  CHECK(copy[0].remembered.empty());
  CHECK(copy[1].remembered == "record 7");
}

TEST_CASE_FIXTURE(protocol_fixture,
                  "an error keeps operation, object, cause and hint as a CAF error") {
  const error e{errc::draining, "start", "customers", "12 deltas are in flight", "use --wait"};
  CHECK(to_error(to_caf(e), "sync") == e);
  CHECK(system.render(to_caf(e)) == e.text());
}

TEST_CASE("a CAF time-out and a lost link become errors for people") {
  CHECK(to_error(caf::sec::request_timeout, "sync").code == errc::timed_out);
  CHECK(to_error(caf::exit_reason::remote_link_unreachable, "sync").code == errc::unreachable);
}

TEST_CASE_FIXTURE(protocol_fixture, "what nodes tell each other crosses the wire unchanged") {
  node_status n;
  n.node = "a";
  n.link = link_state::linked;
  n.started_at = timestamp{std::chrono::milliseconds{1'700'000'000'123}};
  n.connections = {"x", "y"};
  n.problem = {errc::unreachable, "link", "a", "lost", ""};
  CHECK(through_the_wire(n) == n);
  CHECK(through_the_wire(node_status{}) == node_status{});

  batch_outcome outcome;
  outcome.fates = {fate::delivered, fate::rejected, fate::undelivered, fate::unknown};
  outcome.rejections = {{1, "no such country", 422}};
  outcome.failed = {errc::destination_failed, "deliver", "x", "away", ""};
  outcome.remembered = {{0, "record 7"}};
  outcome.answers = {{0, "HTTP 201: {}"}, {1, "HTTP 422"}};
  CHECK(through_the_wire(outcome) == outcome);
  CHECK(through_the_wire(batch_outcome{}) == batch_outcome{});

  delivery_order order;
  order.remote_id = "w";
  order.mode = sync_mode::mirror;
  order.schema.fields = {{{"name", "first"}, value_kind::text, "first_name", true}};
  order.set_fields = {3, 1};
  order.set_packed = std::string("\0\x7f\xff", 3);
  order.destination = "{}";
  const auto same = through_the_wire(order);
  CHECK(same.remote_id == order.remote_id);
  CHECK(same.mode == order.mode);
  CHECK(same.schema == order.schema);
  CHECK(same.set_fields == order.set_fields);
  CHECK(same.set_packed == order.set_packed);
  CHECK(same.destination == order.destination);
}
