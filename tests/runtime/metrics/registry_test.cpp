#include "runtime/metrics/registry.hpp"

#include <doctest/doctest.h>

#include "tests/support/nine.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::nine;

namespace {

connection_status idle(const connection_name& name) {
  connection_status s;
  s.connection = name;
  return s;
}

run_record succeeded(const connection_name& connection, std::uint64_t rows) {
  run_record r;
  r.run = "1";
  r.connection = connection;
  r.state = run_state::succeeded;
  r.finished_at = nine;
  r.counters.read = r.counters.unchanged = rows;
  return r;
}

}  // namespace

TEST_CASE("each connection has counts of its own") {
  metrics::registry all;
  all.ended(succeeded("a", 1));
  all.ended(succeeded("b", 2));
  const auto samples = all.sample({idle("a"), idle("b"), idle("c")}, nine);
  REQUIRE(samples.size() == 3);
  CHECK(samples[0].sums.rows.read == 1);
  CHECK(samples[1].sums.rows.read == 2);
  CHECK(samples[2].sums.rows.read == 0);
}

TEST_CASE("only connections that are configured now are shown, and keep their counts meanwhile") {
  metrics::registry all;
  all.ended(succeeded("a", 1));
  CHECK(all.sample({idle("b")}, nine).size() == 1);
  CHECK(all.sample({idle("a")}, nine)[0].sums.rows.read == 1);
}

TEST_CASE("times go to the same place whoever asks for it") {
  metrics::registry all;
  const auto times = all.activity_of("a");
  CHECK(all.activity_of("a") == times);
  CHECK(all.activity_of("b") != times);
  const metrics::busy_time::clock::time_point t{1h};
  times->reading.begin(t);
  times->reading.end(t, t + 1s);
  times->delivering.begin(t);
  times->delivering.end(t, t + 2s);
  times->rate_limited.begin(t);
  times->rate_limited.end(t, t + 3s);
  times->retrying.begin(t);
  times->retrying.end(t, t + 4s);
  const auto sample = all.sample({idle("a")}, nine)[0];
  CHECK(sample.reading == 1s);
  CHECK(sample.delivering == 2s);
  CHECK(sample.rate_limited == 3s);
  CHECK(sample.retrying == 4s);
}

TEST_CASE("a last run that succeeded is known from the catalog, too") {
  metrics::registry all;
  auto status = idle("a");
  CHECK_FALSE(all.sample({status}, nine)[0].last_success);
  status.run = succeeded("a", 1);
  CHECK(all.sample({status}, nine)[0].last_success == nine);
  status.run->state = run_state::failed;
  CHECK_FALSE(all.sample({status}, nine)[0].last_success);
}
