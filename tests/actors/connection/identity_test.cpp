// Runs tell rows apart as their destination does.
#include <doctest/doctest.h>

#include "tests/support/connection_fixture.hpp"

using namespace sluice;
using enum identity_form;

TEST_CASE_FIXTURE(test::hundred_rows, "no row is read before the destination is open") {
  destination.refuses = {errc::destination_failed, "open", "double", "told to refuse", {}};
  test::connection_fixture node(*this);
  const auto run = node.sync();
  CHECK(run.state == run_state::failed);
  CHECK(run.failed.cause == "told to refuse");
  CHECK(source.passes == 0);
  CHECK(run.counters.read == 0);
}

TEST_CASE_FIXTURE(test::hundred_rows, "what was delivered is known under another rule") {
  test::connection_fixture node(*this);
  node.sync();
  for (const auto form : {text, number, typed, packed, number}) {
    destination.identity = identity_rule{{form}};
    source.rows[7] += " changed";
    source.rows.erase(50 + static_cast<long>(form));
    const auto run = node.sync();
    CHECK(run.state == run_state::succeeded);
    CHECK(run.type == run_type::incremental);
    CHECK(run.counters.updates == 1);
    CHECK(run.counters.inserts == 0);
    CHECK(delivered() == source.rows);
  }
}

TEST_CASE_FIXTURE(test::hundred_rows, "a crash between two rules loses nothing") {
  {
    test::connection_fixture node(*this);
    node.start();
    node.run_until([&] { return destination.deliveries() >= 12; });
  }
  destination.identity = identity_rule{{text}};
  source.rows[3] = "changed";
  test::connection_fixture node(*this);
  CHECK(node.sync().state == run_state::succeeded);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(test::hundred_rows, "writers that do not agree on the rule fail the run unread") {
  make_destination = [this, opened = 0]() mutable {
    destination.identity = identity_rule{{++opened % 2 == 0 ? text : number}};
    return destination.make();
  };
  test::connection_fixture node(*this);
  const auto run = node.sync();
  CHECK(run.state == run_state::failed);
  CHECK(run.failed.cause.find("do not agree") != std::string::npos);
  CHECK(destination.rows().empty());
}

TEST_CASE_FIXTURE(test::hundred_rows, "a preview tells rows apart as the last run did") {
  destination.identity = identity_rule{{text}};
  test::connection_fixture node(*this);
  node.sync();
  source.rows[7] += " changed";
  const auto preview = node.preview().get();
  CHECK(preview.counters.updates == 1);
  CHECK(preview.counters.inserts == 0);
  CHECK(preview.counters.unchanged == 99);
}
