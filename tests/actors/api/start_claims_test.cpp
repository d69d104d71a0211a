#include "actors/api/start_claims.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>

using namespace sluice;
using namespace std::chrono_literals;
using actors::start_claims;

namespace {

command::any_answer run(const run_id& id) {
  run_record r;
  r.run = id;
  return r;
}

struct claims_fixture {
  start_claims claims;
  start_claims::clock::time_point now{};

  /// A start that was answered with that run, and whose answer is still under way.
  std::uint64_t started(const std::string& claim, const run_id& id) {
    const auto start = claims.asked(claim);
    claims.answered(start, run(id), now);
    return start;
  }
  void lose(const std::string& claim, const run_id& id) {
    claims.over(started(claim, id), false, now);
  }

  /// What a start under the claim that was refused gets: a run's id, "" if the refusal stands,
  /// nothing if that is not known yet.
  struct outcome {
    std::uint64_t start;
    std::optional<std::string> got;
  };
  std::shared_ptr<outcome> refused(const std::string& claim) {
    const auto out = std::make_shared<outcome>();
    out->start = claims.asked(claim);
    claims.refused_for_a_run(out->start, now, [out](const command::any_answer* lost) {
      out->got = lost != nullptr ? std::get<run_record>(*lost).run : "";
    });
    return out;
  }
};

}  // namespace

TEST_CASE_FIXTURE(claims_fixture, "a lost answer goes to the next start under the same claim") {
  lose("airflow orders {}", "R1");
  CHECK(refused("airflow orders {\"syncType\":\"full\"}")->got == "");
  CHECK(refused("dagster orders {}")->got == "");
  CHECK(refused("airflow orders {}")->got == "R1");
}

TEST_CASE_FIXTURE(claims_fixture, "an answer that was taken is handed out to nobody") {
  claims.over(started("a", "R1"), true, now);
  CHECK(refused("a")->got == "");
}

TEST_CASE_FIXTURE(claims_fixture, "an answer is handed out once, and again if it is lost again") {
  lose("a", "R1");
  const auto second = refused("a");
  CHECK(second->got == "R1");
  claims.over(second->start, false, now);
  const auto third = refused("a");
  CHECK(third->got == "R1");
  claims.over(third->start, true, now);
  CHECK(refused("a")->got == "");
}

TEST_CASE_FIXTURE(claims_fixture, "a lost answer is kept for a minute") {
  lose("a", "R1");
  lose("b", "R2");
  now += start_claims::kept_for - 1ms;
  CHECK(refused("a")->got == "R1");
  now += 1ms;
  CHECK(refused("b")->got == "");
}

TEST_CASE_FIXTURE(claims_fixture,
                  "a client that goes before its start is answered has lost the answer") {
  const auto start = claims.asked("a");
  claims.over(start, false, now);
  const auto second = refused("a");
  CHECK_FALSE(second->got);  // the first one is not answered yet
  claims.answered(start, run("R1"), now);
  CHECK(second->got == "R1");
}

TEST_CASE_FIXTURE(claims_fixture,
                  "whoever retries waits until it is known whether the answer was lost") {
  const auto first = started("a", "R1");
  const auto second = refused("a");
  const auto third = refused("a");
  CHECK_FALSE(second->got);
  SUBCASE("lost") {
    claims.over(first, false, now);
    CHECK(second->got == "R1");
    CHECK(third->got == "R1");
  }
  SUBCASE("taken") {
    claims.over(first, true, now);
    CHECK(second->got == "");
    CHECK(third->got == "");
    CHECK(refused("a")->got == "");
  }
}

TEST_CASE_FIXTURE(claims_fixture, "a start that is refused has no answer to lose") {
  const auto first = claims.asked("a");
  const auto second = refused("a");
  claims.refused(first);
  CHECK(second->got == "");
  claims.over(first, false, now);
  CHECK(refused("a")->got == "");
}

TEST_CASE_FIXTURE(claims_fixture, "a bounded number of answers is kept, and the oldest ones go") {
  for (std::size_t n = 0; n <= start_claims::most_kept; ++n) {
    lose("claim " + std::to_string(n), run_id("R" + std::to_string(n)));
    now += 1ms;
  }
  CHECK(refused("claim 0")->got == "");
  CHECK(refused("claim 1")->got == "R1");
  CHECK(refused("claim " + std::to_string(start_claims::most_kept))->got ==
        "R" + std::to_string(start_claims::most_kept));
}
