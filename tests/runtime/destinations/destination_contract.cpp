#include "tests/runtime/destinations/destination_contract.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <ostream>
#include <sstream>
#include <thread>
#include <variant>

#include "messages/error.hpp"
#include "messages/row.hpp"
#include "runtime/config/config.hpp"

namespace sluice::test {

static_assert(std::variant_size_v<decltype(config::destination_config::kind)> == 3,
              "SLUICE_DESTINATION_CONTRACT runs over jsonl, odbc and http: another kind needs its "
              "line, too");

std::ostream& operator<<(std::ostream& out, const person& p) {
  return out << '{' << p.id << ", " << p.name << ", " << p.amount << ", " << p.note.value_or("NULL")
             << '}';
}

person person_of(const nlohmann::json& row) {
  person p{row.at("id"), row.at("name"), {}, {}};
  std::ostringstream amount;  // the test's amounts have two places and few digits
  amount.precision(2);
  amount << std::fixed << row.at("amount").get<double>();
  p.amount = amount.str();
  if (!row.at("note").is_null()) p.note = row.at("note");
  return p;
}

row_schema person_schema() {
  return {{{{"id"}, value_kind::integer, "id"},
           {{"name"}, value_kind::text, "name"},
           {{"amount"}, value_kind::decimal, "amount"},
           {{"note"}, value_kind::text, "note"}},
          {{{"id"}, value_kind::integer, "id"}}};
}

destinations::delivery_context person_context() {
  return {"people", "01TEST", sync_mode::mirror, person_schema()};
}

person_batch& person_batch::add(operation op, const person& p) {
  std::string key, row;
  append_value(key, value_kind::integer, std::to_string(p.id));
  if (op != operation::erase) {
    append_value(row, value_kind::integer, std::to_string(p.id));
    append_value(row, value_kind::text, p.name);
    append_value(row, value_kind::decimal, p.amount);
    append_value(row, p.note ? value_kind::text : value_kind::null, p.note.value_or(""));
  }
  deltas_.append(op, {0, static_cast<std::uint64_t>(p.id)}, {}, key, row);
  return *this;
}

namespace contract {
namespace {

using destinations::destination;
using people = std::map<int, person>;

std::unique_ptr<destination> opened(destination_harness& target, std::stop_token stop = {}) {
  auto way_in = target.make();
  way_in->open(person_context(), std::move(stop));
  return way_in;
}

/// Delivers and expects every delta to be delivered.
void deliver(destination& way_in, const batch& deltas) {
  const auto outcome = way_in.deliver(deltas);
  REQUIRE(outcome.fates.size() == deltas.size());
  for (std::size_t i = 0; i < deltas.size(); ++i) {
    CAPTURE(i);
    REQUIRE(outcome.fates[i] == fate::delivered);
  }
  CHECK(outcome.rejections.empty());
}

person numbered(int id) {
  return {id, "person " + std::to_string(id), std::to_string(id) + ".50",
          id % 3 == 0 ? std::nullopt : std::optional("note " + std::to_string(id))};
}

/// Delivers persons 1..count, those in `bad` with the refused name, and checks every fate.
void check_rejections(destination_harness& target, int count, const std::vector<int>& bad) {
  const std::string refused = "refused name";
  if (!target.refuse_name(refused)) return;
  auto way_in = opened(target);
  person_batch deltas;
  people expected;
  for (int id = 1; id <= count; ++id) {
    auto p = numbered(id);
    const bool is_bad = std::find(bad.begin(), bad.end(), id) != bad.end();
    if (is_bad) p.name = refused;
    deltas.insert(p);
    if (!is_bad) expected[id] = p;
  }
  const auto outcome = way_in->deliver(deltas);
  REQUIRE(outcome.fates.size() == static_cast<std::size_t>(count));
  for (int id = 1; id <= count; ++id) {
    CAPTURE(id);
    CHECK((outcome.fates[static_cast<std::size_t>(id - 1)] == fate::delivered) ==
          expected.contains(id));
  }
  REQUIRE(outcome.rejections.size() == bad.size());
  for (std::size_t i = 0; i < bad.size(); ++i) {
    const auto index = static_cast<std::uint32_t>(bad[i] - 1);
    CHECK(outcome.rejections[i].index == index);
    CHECK_FALSE(outcome.rejections[i].reason.empty());
    CHECK(outcome.fates[index] == fate::rejected);
  }
  CHECK(target.state() == expected);
}

}  // namespace

void inserts_arrive(destination_harness& target) {
  auto way_in = opened(target);
  const person ada{1, "Ada", "12.50", "first"}, grace{2, "Grace", "-0.01", std::nullopt};
  deliver(*way_in, person_batch().insert(ada).insert(grace));
  CHECK(target.state() == people{{1, ada}, {2, grace}});
}

void updates_replace_every_value(destination_harness& target) {
  auto way_in = opened(target);
  deliver(*way_in, person_batch().insert({1, "Ada", "12.50", "first"}));
  const person changed{1, "Ada L.", "99999.99", std::nullopt};
  deliver(*way_in, person_batch(2).update(changed));
  CHECK(target.state() == people{{1, changed}});
}

void deletes_remove_rows(destination_harness& target) {
  auto way_in = opened(target);
  deliver(*way_in, person_batch().insert(numbered(1)).insert(numbered(2)).insert(numbered(3)));
  deliver(*way_in, person_batch(2).erase(1).erase(3).erase(4));
  CHECK(target.state() == people{{2, numbered(2)}});
}

void inserts_and_updates_are_both_upserts(destination_harness& target) {
  auto way_in = opened(target);
  deliver(*way_in, person_batch().update(numbered(1)).insert(numbered(2)));
  deliver(*way_in, person_batch(2).insert({1, "again"}).update({2, "again"}));
  CHECK(target.state() == people{{1, {1, "again"}}, {2, {2, "again"}}});
}

void redelivery_changes_nothing(destination_harness& target) {
  person_batch deltas;
  deltas.insert(numbered(1)).update(numbered(2)).erase(3);
  deliver(*opened(target), deltas);
  const auto once = target.state();
  deliver(*opened(target), deltas);
  CHECK(target.state() == once);
  CHECK(once.size() == 2);
}

void later_batches_win(destination_harness& target) {
  auto way_in = opened(target);
  for (int round = 1; round <= 20; ++round)
    deliver(*way_in, person_batch(static_cast<std::uint64_t>(round))
                         .update({1, "round " + std::to_string(round)})
                         .update({2, "round " + std::to_string(round)}));
  deliver(*way_in, person_batch(21).erase(2));
  CHECK(target.state() == people{{1, {1, "round 20"}}});
}

void a_batch_may_mix_operations(destination_harness& target) {
  auto way_in = opened(target);
  deliver(*way_in, person_batch().insert(numbered(1)).insert(numbered(2)).insert(numbered(3)));
  deliver(
      *way_in,
      person_batch(2).erase(1).insert(numbered(4)).update({2, "new"}).erase(3).insert(numbered(5)));
  CHECK(target.state() == people{{2, {2, "new"}}, {4, numbered(4)}, {5, numbered(5)}});
}

void an_empty_batch_is_fine(destination_harness& target) {
  auto way_in = opened(target);
  deliver(*way_in, person_batch());
  CHECK(target.state().empty());
}

void awkward_texts_arrive_unchanged(destination_harness& target) {
  auto way_in = opened(target);
  const std::vector<std::string> texts{
      "",
      " leading and trailing ",
      "O'Brien \"quoted\" `back` \\slash\\ {brace} ? ?? :name $1 %s",
      "'; DROP TABLE people; --",
      "tab\tline\nreturn\rbell\x07",
      "\xf0\x9f\x98\x80 \xe2\x82\xac \xc3\xa9 e\xcc\x81",
      "NULL",
      "{1,2,\"x\"}",
      std::string(100'000, 'x') + "end",
  };
  person_batch deltas;
  people expected;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const person p{static_cast<int>(i), "n" + std::to_string(i), "1.00", texts[i]};
    deltas.insert(p);
    expected[p.id] = p;
  }
  deliver(*way_in, deltas);
  CHECK(target.state() == expected);
}

void large_batches_arrive_whole(destination_harness& target) {
  auto way_in = opened(target);
  person_batch inserts, changes(2);
  people expected;
  for (int id = 1; id <= 5'000; ++id) inserts.insert(numbered(id));
  for (int id = 1; id <= 5'000; ++id) {
    if (id % 2 == 0) {
      changes.erase(id);
    } else {
      expected[id] = {id, "changed"};
      changes.update(expected[id]);
    }
  }
  deliver(*way_in, inserts);
  deliver(*way_in, changes);
  CHECK((target.state() == expected));  // parentheses: a difference would print 5,000 rows
}

void one_bad_row_does_not_hold_back_the_rest(destination_harness& target) {
  check_rejections(target, 1'000, {617});
}

void many_bad_rows_are_told_apart(destination_harness& target) {
  check_rejections(target, 100, {1, 2, 50, 99, 100});
  std::vector<int> all(20);
  std::iota(all.begin(), all.end(), 1);
  auto way_in = opened(target);
  person_batch clear;
  for (int id = 1; id <= 100; ++id) clear.erase(id);
  deliver(*way_in, clear);
  check_rejections(target, 20, all);
}

void writers_share_a_target(destination_harness& target) {
  constexpr int writers = 4, rounds = 5, rows = 200;
  std::vector<std::thread> threads;
  std::vector<std::string> problems(writers);
  for (int w = 0; w < writers; ++w) {
    threads.emplace_back([&, w] {
      try {
        auto way_in = target.make();
        way_in->open(person_context(), {});
        for (int round = 0; round < rounds; ++round) {
          person_batch deltas(static_cast<std::uint64_t>(round + 1));
          // Interleaved keys, so that neighbouring rows belong to different writers.
          for (int i = 0; i < rows; ++i)
            deltas.update({i * writers + w, "writer " + std::to_string(w),
                           std::to_string(round) + ".00", std::nullopt});
          for (const auto f : way_in->deliver(deltas).fates)
            if (f != fate::delivered) problems[static_cast<std::size_t>(w)] = "not delivered";
        }
      } catch (const std::exception& e) {
        problems[static_cast<std::size_t>(w)] = e.what();
      }
    });
  }
  for (auto& t : threads) t.join();
  for (const auto& p : problems) CHECK(p == "");
  people expected;
  for (int i = 0; i < rows * writers; ++i)
    expected[i] = {i, "writer " + std::to_string(i % writers), "4.00", std::nullopt};
  CHECK((target.state() == expected));
}

void a_stop_before_delivery_delivers_nothing(destination_harness& target) {
  std::stop_source stop;
  auto way_in = opened(target, stop.get_token());
  deliver(*way_in, person_batch().insert(numbered(1)));
  stop.request_stop();
  const auto outcome = way_in->deliver(person_batch(2).insert(numbered(2)).erase(1));
  CHECK(outcome.fates == std::vector<fate>(2, fate::undelivered));
  CHECK(target.state() == people{{1, numbered(1)}});
}

void a_stop_before_opening_is_cancelled(destination_harness& target) {
  std::stop_source stop;
  stop.request_stop();
  auto way_in = target.make();
  try {
    way_in->open(person_context(), stop.get_token());
    FAIL("open went on");
  } catch (const failure& f) {
    CHECK(f.info().code == errc::cancelled);
  }
}

void a_missing_target_is_a_failure_with_a_hint(destination_harness& target) {
  target.break_target();
  const auto check = [](auto&& call) {
    try {
      call();
      FAIL("nothing was thrown");
    } catch (const failure& f) {
      INFO(f.info().text());
      CHECK(f.info().code == errc::destination_failed);
      CHECK_FALSE(f.info().operation.empty());
      CHECK_FALSE(f.info().object.empty());
      CHECK_FALSE(f.info().cause.empty());
      CHECK_FALSE(f.info().hint.empty());
    }
  };
  // Some kinds notice when they open, others with the first row.
  check([&] {
    const auto outcome = opened(target)->deliver(person_batch().insert(numbered(1)));
    CHECK(outcome.fates == std::vector{fate::undelivered});
    if (outcome.failed) throw failure(outcome.failed);
  });
  check([&] { target.make()->probe(person_context(), {}); });
}

void a_target_that_breaks_is_never_delivered_to(destination_harness& target) {
  auto way_in = opened(target);
  deliver(*way_in, person_batch().insert(numbered(1)));
  target.break_target();
  try {
    for (const auto f : way_in->deliver(person_batch(2).insert(numbered(2))).fates)
      CHECK((f == fate::undelivered || f == fate::unknown));
  } catch (const failure& f) {
    CHECK(f.info().code == errc::destination_failed);
  }
  target.mend_target();
  deliver(*opened(target), person_batch().insert(numbered(2)));
  CHECK(target.state().contains(2));
}

void probing_changes_nothing(destination_harness& target) {
  deliver(*opened(target), person_batch().insert(numbered(1)));
  const auto before = target.state();
  target.make()->probe(person_context(), {});
  CHECK(target.state() == before);
}

}  // namespace contract
}  // namespace sluice::test
