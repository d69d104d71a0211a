#include "actors/run/ledger_finding.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using actors::found_ledger;
using actors::judge;
using finding = actors::ledger_finding;

namespace {

constexpr ledger_position at_ten{7, 10};

run_record planned(run_type type, std::uint32_t epoch) {
  run_record run;
  run.connection = "customers";
  run.type = type;
  run.epoch = epoch;
  return run;
}
const auto incremental = planned(run_type::incremental, 2);
const auto full = planned(run_type::full, 2);

found_ledger found(std::uint64_t sequence, std::uint32_t epoch = 2, std::uint64_t history = 7) {
  return {epoch, false, {history, sequence}};
}

}  // namespace

TEST_CASE("a ledger that is where the catalog left it is as known") {
  CHECK(judge(incremental, {at_ten, true}, found(10)) == finding::as_known);
  CHECK(judge(full, {at_ten, true}, found(10)) == finding::as_known);
}

TEST_CASE("a ledger that a run left behind in a crash is as known however far it came") {
  for (const std::uint64_t sequence : {10, 11, 4711})
    CHECK(judge(incremental, {at_ten, false}, found(sequence)) == finding::as_known);
}

TEST_CASE("a ledger that has come less far is an older copy, settled or not") {
  for (const bool settled : {true, false})
    CHECK(judge(incremental, {at_ten, settled}, found(9)) == finding::older);
}

TEST_CASE("a ledger that went on without the catalog means that the catalog is older") {
  CHECK(judge(incremental, {at_ten, true}, found(11)) == finding::outran);
  CHECK(judge(incremental, {at_ten, false}, found(11, 3)) == finding::outran);
  CHECK(judge(planned(run_type::full, 1), {}, found(11, 1)) == finding::outran);
}

TEST_CASE("a ledger of another history is another one, however far it came") {
  for (const std::uint64_t sequence : {1, 10, 11})
    CHECK(judge(incremental, {at_ten, true}, found(sequence, 2, 8)) == finding::replaced);
  // That of another connection was set aside when it was opened.
  CHECK(judge(incremental, {at_ten, true}, {0, true, {8, 0}}) == finding::replaced);
}

TEST_CASE("a catalog of an earlier version expects nothing") {
  CHECK(judge(incremental, {}, found(11)) == finding::as_known);
  CHECK(judge(planned(run_type::full, 3), {}, found(11)) == finding::as_known);
  auto continued = full;
  continued.continues = "run";
  CHECK(judge(continued, {}, found(11)) == finding::as_known);
}

TEST_CASE("an empty ledger is gone if there was one, and else the first") {
  CHECK(judge(planned(run_type::full, 1), {}, {}) == finding::as_known);
  CHECK(judge(incremental, {}, {}) == finding::gone);
  CHECK(judge(full, {at_ten, true}, {}) == finding::gone);
  CHECK(judge(incremental, {}, {0, true, {8, 0}}) == finding::begun);
}

TEST_CASE("a backup is one though catalog and ledger agree") {
  CHECK(judge(incremental, {at_ten, true, timestamp{}}, found(10)) == finding::restored);
  CHECK(judge(incremental, {at_ten, false, timestamp{}}, found(15)) == finding::restored);
  CHECK(judge(incremental, {at_ten, true, timestamp{}}, found(9)) == finding::older);
}

TEST_CASE("only a mirror cannot keep its promise, and that is kept in mind") {
  for (const auto mode : {sync_mode::upsert, sync_mode::mirror, sync_mode::insert,
                          sync_mode::update, sync_mode::append}) {
    auto run = incremental;
    run.mode = mode;
    CHECK(actors::words_for(finding::gone, run, {}).left_over.code ==
          (mode == sync_mode::mirror ? errc::ledger_failed : errc::none));
    const auto words = actors::words_for(finding::older, run, {});
    CHECK(words.warnings.size() == 1);
    CHECK(bool(words.left_over) == (mode == sync_mode::mirror));
    ledger_trace later;
    later.lacks = words.lacks;
    const auto again = actors::words_for(finding::as_known, run, later);
    CHECK(again.left_over == words.left_over);
    CHECK(again.lacks == words.lacks);
    CHECK(again.reason.empty());
  }
  CHECK(actors::words_for(finding::as_known, full, {}).warnings.empty());
}
