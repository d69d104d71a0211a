#include "actors/connection/supervisor.hpp"

#include <doctest/doctest.h>

#include "tests/actors/run_checks.hpp"
#include "tests/support/connection_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::check_adds_up;
using test::destination_double;
using test::packed_key;

TEST_CASE_FIXTURE(test::hundred_rows, "the first sync delivers every row and the second one none") {
  test::connection_fixture node(*this);
  const auto first = node.sync();
  CHECK(first.state == run_state::succeeded);
  CHECK(first.type == run_type::full);
  CHECK(first.counters.inserts == 100);
  CHECK(first.counters.delivered == 100);
  CHECK(delivered() == source.rows);
  const auto second = node.sync();
  CHECK(second.type == run_type::incremental);
  CHECK(second.counters.unchanged == 100);
  CHECK(second.counters.deltas() == 0);
  CHECK(node.status().ledger_rows == 100);
}

TEST_CASE_FIXTURE(test::hundred_rows, "an incremental sync delivers exactly what changed") {
  test::connection_fixture node(*this);
  node.sync();
  source.rows[7] = "changed";
  source.rows[200] = "new";
  source.rows.erase(50);
  const auto run = node.sync();
  CHECK(run.counters.updates == 1);
  CHECK(run.counters.inserts == 1);
  CHECK(run.counters.deletes == 1);
  CHECK(run.counters.delivered_as == operation_counts{1, 1, 1});
  CHECK(delivered() == source.rows);
  check_adds_up(run);
}

TEST_CASE_FIXTURE(test::hundred_rows, "upsert mode never deletes") {
  config.mode = sync_mode::upsert;
  test::connection_fixture node(*this);
  node.sync();
  source.rows.erase(50);
  CHECK(node.sync().counters.deletes == 0);
  CHECK(delivered().contains(50));
}

TEST_CASE_FIXTURE(test::hundred_rows, "a stop halts the reader and drains what was sent") {
  test::connection_fixture node(*this);
  const auto run = node.start().get();
  node.run_until([&] { return destination.deliveries() >= 12; });
  const auto fetched = source.fetched;
  const auto stopping = node.stop().get();
  CHECK(stopping.state == run_state::draining);
  node.run();
  const auto ended =
      node.ask<run_record>(node.supervisor, command::await{"customers", run.run}).get();
  CHECK(ended.state == run_state::stopped);
  CHECK(source.fetched == fetched);
  CHECK(ended.counters.undelivered == 0);
  CHECK(ended.counters.delivered == destination.deliveries());
  CHECK(ended.in_flight_at_stop);
  CHECK(ended.reading_halted_at >= ended.stop_requested_at);
  check_adds_up(ended);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "the run after a stopped full one continues it without repeating a row") {
  test::connection_fixture node(*this);
  const auto first = node.start().get();
  node.run_until([&] { return destination.deliveries() >= 12; });
  node.stop();
  node.run();
  const auto before = destination.deliveries();
  const auto second = node.sync();
  CHECK(second.type == run_type::full);
  CHECK(second.continues == first.run);
  CHECK(second.counters.unchanged == before);
  CHECK(destination.deliveries() == 100);
  CHECK(delivered() == source.rows);
  CHECK(second.state == run_state::succeeded);
}

TEST_CASE_FIXTURE(test::hundred_rows, "a forced full sync delivers every row again") {
  test::connection_fixture node(*this);
  node.sync();
  const auto run = node.sync({.full = true});
  CHECK(run.epoch == 2);
  CHECK(run.counters.updates == 100);
  CHECK(node.sync().type == run_type::incremental);
}

TEST_CASE_FIXTURE(test::hundred_rows, "a start sent while draining is refused with counts") {
  test::connection_fixture node(*this);
  node.start();
  node.run_until([&] { return destination.deliveries() >= 3; });
  node.stop();
  const auto refused = node.start().failed;
  CHECK(refused.code == errc::draining);
  CHECK(refused.cause.find("in flight") != std::string::npos);
}

TEST_CASE_FIXTURE(test::hundred_rows, "a start that waits begins when the connection is idle") {
  test::connection_fixture node(*this);
  node.start();
  node.run_until([&] { return destination.deliveries() >= 3; });
  const auto waiting = node.start({.wait = true}).get();
  CHECK(waiting.state == run_state::postponed);
  node.run();
  const auto ended =
      node.ask<run_record>(node.supervisor, command::await{"customers", waiting.run}).get();
  CHECK(ended.state == run_state::succeeded);
  CHECK(ended.type == run_type::incremental);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "a stop with now leaves the rest undelivered and the next sync delivers it") {
  wait_in_mailboxes();
  test::connection_fixture node(*this);
  const auto run = node.start().get();
  node.run_until([&] { return destination.deliveries() >= 3; });
  node.stop(true);
  node.run();
  const auto ended =
      node.ask<run_record>(node.supervisor, command::await{"customers", run.run}).get();
  CHECK(ended.state == run_state::stopped);
  CHECK(ended.counters.undelivered > 0);
  check_adds_up(ended);
  destination.rejects.clear();
  CHECK(node.sync().state == run_state::succeeded);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(
    test::hundred_rows,
    "a stop before the first row ends as a normal stopped run with nothing delivered") {
  test::connection_fixture node(*this);
  const auto run = node.start().get();
  node.stop();
  node.run();
  const auto ended =
      node.ask<run_record>(node.supervisor, command::await{"customers", run.run}).get();
  CHECK(ended.state == run_state::stopped);
  CHECK(ended.counters == run_counters{});
  CHECK_FALSE(ended.failed);
  CHECK(node.sync().state == run_state::succeeded);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "a stop during the deletes never deletes more and the next sync finishes them") {
  config.max_delete_percent = 100;
  test::connection_fixture node(*this);
  node.sync();
  for (long id = 1; id <= 60; ++id) source.rows.erase(id);
  const auto run = node.start().get();
  node.run_until([&] { return destination.rows().size() < 100; });
  node.stop();
  node.run();
  const auto ended =
      node.ask<run_record>(node.supervisor, command::await{"customers", run.run}).get();
  CHECK(ended.state == run_state::stopped);
  CHECK(destination.rows().size() > 40);
  CHECK(ended.counters.deletes == 100 - destination.rows().size());
  CHECK(node.sync().state == run_state::succeeded);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "a stop at any message leaves counters that add up and converges afterwards") {
  // Every message of a run is tried as the moment of the stop.
  config.delivery.batch_rows = 20;
  bool reached_the_end = false;
  for (int steps = 0; !reached_the_end; ++steps) {
    CAPTURE(steps);
    test::hundred_rows fresh;
    fresh.config.delivery.batch_rows = 20;
    test::connection_fixture node(fresh);
    const auto run = node.start().get();
    for (int i = 0; i < steps; ++i)
      if (!node.step()) reached_the_end = true;
    const auto stopped = node.stop(steps % 3 == 0);
    node.run();
    const auto ended =
        node.ask<run_record>(node.supervisor, command::await{"customers", run.run}).get();
    CHECK(has_ended(ended.state));
    if (stopped.failed) CHECK(ended.state == run_state::succeeded);
    check_adds_up(ended);
    CHECK(node.sync().state == run_state::succeeded);
    REQUIRE(fresh.delivered() == fresh.source.rows);
  }
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "a source that fails half-way fails the run and infers no delete") {
  test::connection_fixture node(*this);
  node.sync();
  source.before_row = [](std::size_t n) {
    if (n == 40) throw failure(errc::source_failed, "read model", "customers", "gone", "come back");
  };
  const auto run = node.sync();
  CHECK(run.state == run_state::failed);
  CHECK(run.failed.code == errc::source_failed);
  CHECK(run.counters.deletes == 0);
  CHECK(destination.rows().size() == 100);
  source.before_row = nullptr;
  CHECK(node.sync().state == run_state::succeeded);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "a source that cannot be opened fails the run with its error") {
  source.refuses = {errc::source_failed, "read model", "customers", "wrong password", "check Pwd"};
  test::connection_fixture node(*this);
  const auto run = node.sync();
  CHECK(run.state == run_state::failed);
  CHECK(run.failed == source.refuses);
  CHECK(node.status().next_type == run_type::full);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "a destination that cannot be opened fails the run and nothing is lost") {
  destination.refuses = {errc::destination_failed, "open destination", "customers", "down", ""};
  test::connection_fixture node(*this);
  const auto run = node.sync();
  CHECK(run.state == run_state::failed);
  CHECK(run.failed == destination.refuses);
  check_adds_up(run);
  destination.refuses = {};
  CHECK(node.sync().state == run_state::succeeded);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "a destination that fails half-way leaves the rest for the next sync") {
  destination.decide = [](std::uint32_t n) {
    return destination_double::verdict{n == 5 ? destination_double::verdict::kind::refuse
                                              : destination_double::verdict::kind::apply};
  };
  test::connection_fixture node(*this);
  const auto run = node.sync();
  CHECK(run.state == run_state::failed);
  CHECK(run.counters.undelivered > 0);
  check_adds_up(run);
  CHECK(node.sync().state == run_state::succeeded);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "a value whose delivery is in doubt is delivered again even if it changed back") {
  test::connection_fixture node(*this);
  node.sync();
  source.rows[5] = "changed";
  destination.decide = [](std::uint32_t) {
    return destination_double::verdict{destination_double::verdict::kind::apply_then_unknown};
  };
  CHECK(node.sync().state == run_state::failed);
  CHECK(delivered()[5] == "changed");
  source.rows[5] = "value 5";
  destination.decide = nullptr;
  const auto run = node.sync();
  CHECK(run.counters.updates == 1);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "a quick destination gets waiting batches together, a slow one each by itself") {
  std::size_t deliveries = 0;
  test::connection_fixture node(*this);
  destination.while_delivering = [&](const std::stop_token&) { ++deliveries; };
  CHECK(node.sync().counters.delivered == 100);
  const auto quick = std::exchange(deliveries, 0);
  destination.while_delivering = [&](const std::stop_token&) {
    ++deliveries;
    now += 1s;
  };
  CHECK(node.sync({.full = true}).counters.delivered == 100);
  CHECK(deliveries >= 34);  // batches of 3 rows
  CHECK(quick < deliveries);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "a rejected row is listed with its reason and offered again") {
  destination.rejects[packed_key(42)] = "no such country";
  test::connection_fixture node(*this);
  const auto run = node.sync();
  CHECK(run.state == run_state::succeeded);
  CHECK(run.counters.rejected == 1);
  CHECK(run.counters.delivered == 99);
  REQUIRE(node.rejected().size() == 1);
  CHECK(node.rejected()[0].key == R"({"id":42})");
  CHECK(node.rejected()[0].reason == "no such country");
  CHECK(node.status().rejected_rows == 1);
  CHECK(node.sync().counters.rejected == 1);
  CHECK(node.rejected()[0].attempts == 2);
  destination.rejects.clear();
  CHECK(node.sync().counters.delivered == 1);
  CHECK(node.rejected().empty());
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(
    test::hundred_rows,
    "a rejected row is listed with the destination's code and the begin of its reason") {
  destination.rejects[packed_key(42)] = std::string(2047, 'x') + "é and much more";
  destination.reject_status = 422;
  test::connection_fixture node(*this);
  node.sync();
  REQUIRE(node.rejected().size() == 1);
  CHECK(node.rejected()[0].status == 422);
  CHECK(node.rejected()[0].reason == std::string(2047, 'x'));
}

TEST_CASE_FIXTURE(
    test::hundred_rows,
    "a row refused after an attempt of unknown outcome is listed as rejected and stays in doubt") {
  test::connection_fixture node(*this);
  node.sync();
  const auto before = source.rows[42];
  source.rows[42] = "refused";
  destination.rejects[packed_key(42)] = "no such country";
  destination.rejects_in_doubt = true;
  const auto run = node.sync();
  CHECK(run.state == run_state::succeeded);
  CHECK(run.counters.rejected == 1);
  CHECK(run.counters.undelivered == 0);
  check_adds_up(run);
  CHECK(node.rejected().size() == 1);
  // In doubt: delivered again although the source has what was acknowledged.
  destination.rejects.clear();
  source.rows[42] = before;
  CHECK(node.sync().counters.delivered == 1);
  CHECK(node.rejected().empty());
}

TEST_CASE_FIXTURE(
    test::hundred_rows,
    "rows that are not confirmed fail the run at its end and every other row is delivered") {
  using kind = destination_double::verdict::kind;
  destination.decide = [](std::uint32_t n) {
    return destination_double::verdict{n == 0   ? kind::lose_then_unknown
                                       : n == 1 ? kind::apply_half
                                                : kind::apply};
  };
  test::connection_fixture node(*this);
  const auto run = node.sync();
  CHECK(run.state == run_state::failed);
  CHECK(run.failed.code == errc::destination_failed);
  CHECK(run.counters.undelivered > 1);
  CHECK(run.counters.delivered == 100 - run.counters.undelivered);
  CHECK(run.failed.cause ==
        "what became of " + std::to_string(run.counters.undelivered) + " rows is not known");
  CHECK(run.reading_halted_at);
  check_adds_up(run);
  CHECK(node.sync().state == run_state::succeeded);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "without retries a refused row is offered again only when it has changed") {
  config.retry_rejected = false;
  destination.rejects[packed_key(42)] = "no such country";
  test::connection_fixture node(*this);
  CHECK(node.sync().counters.rejected == 1);
  // Twice: that it was not offered does not settle it.
  for (int i = 0; i < 2; ++i) {
    const auto run = node.sync();
    CHECK(run.state == run_state::succeeded);
    CHECK(run.counters.unchanged == 100);
    CHECK(run.counters.deltas() == 0);
    REQUIRE(node.rejected().size() == 1);
    CHECK(node.rejected()[0].attempts == 1);
    CHECK(node.status().rejected_rows == 1);
  }
  source.rows[42] = "changed";
  CHECK(node.sync().counters.rejected == 1);
  CHECK(node.rejected()[0].attempts == 2);
  CHECK(node.sync().counters.deltas() == 0);
  destination.rejects.clear();
  CHECK(node.sync({.full = true}).counters.delivered == 100);
  CHECK(node.rejected().empty());
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(
    test::hundred_rows,
    "without retries a refused row that is again what the destination has is settled") {
  config.retry_rejected = false;
  test::connection_fixture node(*this);
  node.sync();
  destination.rejects[packed_key(42)] = "no such country";
  source.rows[42] = "refused";
  node.sync();
  node.sync();
  CHECK(node.rejected().size() == 1);
  source.rows[42] = "value 42";
  CHECK(node.sync().counters.deltas() == 0);
  CHECK(node.rejected().empty());
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "without retries a refused delete waits until its row has come back") {
  config.retry_rejected = false;
  test::connection_fixture node(*this);
  node.sync();
  destination.rejects[packed_key(42)] = "still referenced";
  source.rows.erase(42);
  CHECK(node.sync().counters.rejected == 1);
  for (int i = 0; i < 2; ++i) {
    const auto run = node.sync();
    CHECK(run.state == run_state::succeeded);
    CHECK(run.counters.deltas() == 0);
    check_adds_up(run);
    REQUIRE(node.rejected().size() == 1);
    CHECK(node.rejected()[0].operation == "delete");
    CHECK(node.rejected()[0].attempts == 1);
  }
  source.rows[42] = "value 42";
  CHECK(node.sync().counters.deltas() == 0);
  CHECK(node.rejected().empty());
  destination.rejects.clear();
  source.rows.erase(42);
  CHECK(node.sync().counters.deletes == 1);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "without retries a refused row that is in doubt is offered again") {
  config.retry_rejected = false;
  destination.rejects[packed_key(42)] = "no such country";
  destination.rejects_in_doubt = true;
  test::connection_fixture node(*this);
  CHECK(node.sync().counters.rejected == 1);
  destination.rejects.clear();
  CHECK(node.sync().counters.delivered == 1);
  CHECK(node.rejected().empty());
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "without retries a stopped run leaves what it did not offer listed") {
  config.retry_rejected = false;
  destination.rejects[packed_key(1)] = "no such country";
  test::connection_fixture node(*this);
  node.sync();
  for (long id = 2; id <= 100; ++id) source.rows[id] = "changed";
  const auto run = node.start().get();
  node.run_until([&] { return destination.deliveries() >= 110; });
  node.stop();
  node.run();
  CHECK(node.ask<run_record>(node.supervisor, command::await{"customers", run.run}).get().state ==
        run_state::stopped);
  CHECK(node.rejected().size() == 1);
  CHECK(node.sync().counters.rejected == 0);
  REQUIRE(node.rejected().size() == 1);
  CHECK(node.rejected()[0].attempts == 1);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "an invalid row is listed and never deleted at the destination") {
  test::connection_fixture node(*this);
  node.sync();
  source.invalid[9] = "column 'value' is not UTF-8";
  const auto run = node.sync();
  CHECK(run.counters.invalid == 1);
  CHECK(run.counters.deletes == 0);
  CHECK(delivered().contains(9));
  REQUIRE(node.rejected().size() == 1);
  CHECK(node.rejected()[0].operation == "read");
}

TEST_CASE_FIXTURE(test::hundred_rows, "the delete guard delivers upserts and sends no delete") {
  test::connection_fixture node(*this);
  node.sync();
  for (long id = 1; id <= 60; ++id) source.rows.erase(id);
  source.rows[100] = "changed";
  const auto guarded = node.sync();
  CHECK(guarded.state == run_state::failed);
  CHECK(guarded.failed.code == errc::guarded);
  CHECK(guarded.failed.text().find("--allow-deletes") != std::string::npos);
  CHECK(guarded.counters.delivered == 1);
  CHECK(guarded.counters.deletes == 0);
  CHECK(destination.rows().size() == 100);
  CHECK(node.sync({.allow_deletes = true}).counters.deletes == 60);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(test::hundred_rows, "an emptied source deletes nothing") {
  test::connection_fixture node(*this);
  node.sync();
  const auto kept = source.rows;
  source.rows.clear();
  CHECK(node.sync().failed.code == errc::guarded);
  CHECK(delivered() == kept);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "a crash leaves the run interrupted and the next one continues it") {
  std::string interrupted;
  {
    test::connection_fixture node(*this);
    interrupted = node.start().get().run;
    node.run_until([&] { return destination.deliveries() >= 12; });
  }
  test::connection_fixture node(*this);
  const auto status = node.status();
  REQUIRE(status.run);
  CHECK(status.run->run == interrupted);
  CHECK(status.run->state == run_state::interrupted);
  const auto next = node.sync();
  CHECK(next.continues == interrupted);
  CHECK(next.counters.unchanged > 0);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "a crash takes from the counts of its run only what came since the last record") {
  {
    test::connection_fixture node(*this);
    node.start();
    node.run_until([&] { return destination.deliveries() >= 12; });
    node.scheduler.advance_time(2s);
    node.run_until([&] { return destination.deliveries() >= 60; });
  }
  test::connection_fixture node(*this);
  const auto run = *node.status().run;
  CHECK(run.state == run_state::interrupted);
  CHECK(run.counters.delivered >= 6);
  CHECK(run.counters.delivered <= destination.deliveries());
  REQUIRE(run.warnings.size() == 1);
  CHECK(run.warnings[0].find("last recorded") != std::string::npos);
  check_adds_up(run);
}

TEST_CASE_FIXTURE(test::hundred_rows, "a drain that takes too long is given up") {
  config.delivery.drain_timeout = 5s;
  test::connection_fixture node(*this);
  const auto run = node.start().get();
  node.run_until([&] { return destination.deliveries() >= 3; });
  node.stop();
  node.advance(5s);
  const auto ended =
      node.ask<run_record>(node.supervisor, command::await{"customers", run.run}).get();
  CHECK(has_ended(ended.state));
  check_adds_up(ended);
}

TEST_CASE_FIXTURE(test::hundred_rows, "await answers in time although the run goes on") {
  test::connection_fixture node(*this);
  const auto run = node.start().get();
  auto pending = node.send_request(node.supervisor, command::await{"customers", run.run});
  node.step();
  node.step();
  node.scheduler.advance_time(1ms);
  node.run_until([&] { return node.self->has_next_message(); });
  CHECK(node.receive<run_record>(pending).get().run == run.run);
}

TEST_CASE_FIXTURE(test::hundred_rows, "await of a run that nobody knows is an error") {
  test::connection_fixture node(*this);
  const auto a = node.ask<run_record>(node.supervisor, command::await{"customers", "nonsense"});
  CHECK(a.failed.code == errc::usage);
}
