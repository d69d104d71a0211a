// The differ against a model that says what a pass means in as few words as possible.
#include <doctest/doctest.h>

#include <rapidcheck.h>

#include <map>

#include "messages/mode_rules.hpp"
#include "runtime/diff/vanished.hpp"
#include "tests/runtime/diff/pass_fixture.hpp"

using namespace sluice;
using namespace sluice::diff;
using test::key_of;
using test::pass_fixture;

namespace {

struct known_key {
  int n;
  std::uint32_t epoch;
  bool acknowledged;
  bool in_doubt;
};

enum class damage { none, bad_cast, bad_cell, null_key, unreadable_key };

struct source_row {
  int id;
  int n;
  damage what;
};

/// What a pass is made of.
struct scenario {
  std::map<int, known_key> ledger;
  std::vector<source_row> rows;
  pass_rules rules;
  routing how;
  std::size_t block_rows = 1;
};

/// What a pass must come to.
struct verdicts {
  std::map<int, operation> deltas;  ///< by id
  std::uint64_t unchanged = 0;
  std::uint64_t invalid = 0;
  std::uint64_t unreadable = 0;
};

rc::Gen<damage> some_damage() {
  return rc::gen::weightedElement<damage>({{20, damage::none},
                                           {1, damage::bad_cast},
                                           {1, damage::bad_cell},
                                           {1, damage::null_key},
                                           {1, damage::unreadable_key}});
}

scenario arbitrary_scenario() {
  scenario s;
  const auto id = rc::gen::inRange(-4, 24);
  const auto ids = *rc::gen::container<std::vector<int>>(id);
  for (const auto known : ids) {
    const bool acknowledged = *rc::gen::weightedElement<bool>({{5, true}, {1, false}});
    // The ledger holds nothing that is neither acknowledged nor in doubt.
    const bool in_doubt = !acknowledged || *rc::gen::weightedElement<bool>({{1, true}, {5, false}});
    s.ledger[known] = {*rc::gen::inRange(0, 3), *rc::gen::inRange<std::uint32_t>(1, 3),
                       acknowledged, in_doubt};
  }
  auto row_ids = *rc::gen::container<std::vector<int>>(id);
  const auto sorted = *rc::gen::inRange<std::size_t>(0, row_ids.size() + 1);
  std::sort(row_ids.begin(), row_ids.begin() + static_cast<std::ptrdiff_t>(sorted));
  for (const auto row_id : row_ids)
    s.rows.push_back({row_id, *rc::gen::inRange(0, 3), *some_damage()});
  s.rules.mode = *rc::gen::element(sync_mode::upsert, sync_mode::mirror, sync_mode::insert,
                                   sync_mode::update, sync_mode::append);
  if (*rc::gen::arbitrary<bool>()) s.rules.full_epoch = 2;
  s.how.writers = *rc::gen::inRange<std::size_t>(1, 4);
  s.how.batch_rows = row_count(*rc::gen::inRange<std::size_t>(1, 6));
  s.block_rows = *rc::gen::inRange<std::size_t>(1, 7);
  return s;
}

verdicts judge(const scenario& s) {
  verdicts v;
  std::set<int> seen;
  for (const auto& row : s.rows) {
    if (row.what == damage::unreadable_key) ++v.unreadable;
    if (row.what == damage::null_key || row.what == damage::unreadable_key ||
        !seen.insert(row.id).second || row.what != damage::none) {
      ++v.invalid;
      continue;
    }
    const auto known = s.ledger.find(row.id);
    const bool acknowledged = known != s.ledger.end() && known->second.acknowledged;
    const bool certain = acknowledged && !known->second.in_doubt;
    const bool current = certain && known->second.n == row.n &&
                         (!s.rules.full_epoch || known->second.epoch == *s.rules.full_epoch);
    if (s.rules.mode == sync_mode::insert ? certain : current) {
      ++v.unchanged;
    } else if (s.rules.mode == sync_mode::update ||
               (s.rules.mode != sync_mode::insert && acknowledged)) {
      v.deltas[row.id] = operation::update;
    } else {
      v.deltas[row.id] = operation::insert;
    }
  }
  return v;
}

std::set<int> vanished_keys(const scenario& s) {
  std::set<int> gone;
  for (const auto& [id, known] : s.ledger) gone.insert(id);
  for (const auto& row : s.rows)
    if (row.what != damage::null_key && row.what != damage::unreadable_key) gone.erase(row.id);
  return gone;
}

/// Runs a scenario block by block.
class scenario_pass : public pass_fixture {
 public:
  explicit scenario_pass(const scenario& s) : pass_fixture(s.how, s.rules), scenario_(s) {
    for (const auto& [id, k] : s.ledger) know(id, k.n, k.epoch, k.acknowledged, k.in_doubt);
  }

  /// Reads the next block; false when there is none.
  bool read_block() {
    if (next_ == scenario_.rows.size()) return false;
    for (std::size_t i = 0; i < scenario_.block_rows && next_ < scenario_.rows.size(); ++i)
      read_row(scenario_.rows[next_++]);
    decide();
    return true;
  }

  /// Takes up to `count` batches and checks what every batch must be.
  void take(std::size_t count) {
    for (std::size_t writer = 0; writer < scenario_.how.writers; ++writer) {
      for (std::size_t i = 0; i < count; ++i) {
        const auto taken = deltas.take(writer);
        if (!taken) break;
        RC_ASSERT(taken->number() == ++numbers_[writer]);
        RC_ASSERT(!taken->empty());
        RC_ASSERT(row_count(taken->size()) <= scenario_.how.batch_rows);
        for (std::size_t d = 0; d < taken->size(); ++d) note((*taken)[d], writer);
      }
    }
  }
  void take_everything() { take(scenario_.rows.size() + scenario_.ledger.size() + 1); }

  std::map<int, operation> upserts;
  std::set<int> deletes;

 private:
  void read_row(const source_row& row) {
    switch (row.what) {
      case damage::none:
        return read(row.id, std::to_string(row.n));
      case damage::bad_cast:
        return read(row.id, "none");
      case damage::bad_cell:
        return read_damaged(row.id);
      case damage::null_key:
        return read(std::nullopt, std::to_string(row.n));
      case damage::unreadable_key:
        return block.add_unreadable("unreadable");
    }
  }

  void note(const delta_view& delta, std::size_t writer) {
    const auto id = std::stoi(std::string(unpack(delta.key).at(0).bytes));
    RC_ASSERT(writers_.emplace(id, writer).first->second == writer);
    if (delta.op == operation::erase) {
      RC_ASSERT(deletes.insert(id).second);
      return;
    }
    RC_ASSERT(upserts.emplace(id, delta.op).second);
    RC_ASSERT(sends(scenario_.rules.mode, delta.op));
    // The value that the row brings, unless an earlier insert may have left another one.
    const auto known = scenario_.ledger.find(id);
    const bool in_doubt = known != scenario_.ledger.end() && known->second.in_doubt;
    const bool unknown = scenario_.rules.mode == sync_mode::insert && in_doubt;
    RC_ASSERT(delta.fingerprint == (unknown ? unknown_value : fingerprint(delta.row)));
  }

  const scenario& scenario_;
  std::size_t next_ = 0;
  std::map<std::size_t, std::uint64_t> numbers_;
  std::map<int, std::size_t> writers_;
};

}  // namespace

TEST_CASE("a complete pass comes to what the model says whatever the blocks and batches") {
  CHECK(rc::check([] {
    const auto s = arbitrary_scenario();
    scenario_pass pass(s);
    while (pass.read_block())
      if (*rc::gen::arbitrary<bool>()) pass.take(1);
    pass.deltas.complete_all();
    pass.take_everything();

    const auto expected = judge(s);
    const auto n = pass.differ.counters();
    RC_ASSERT(pass.upserts == expected.deltas);
    RC_ASSERT(n.unchanged == expected.unchanged);
    RC_ASSERT(n.invalid == expected.invalid);
    RC_ASSERT(n.inserts + n.updates == expected.deltas.size());
    RC_ASSERT(n.read == s.rows.size());
    RC_ASSERT(pass.differ.rows() == s.rows.size());
    RC_ASSERT(pass.differ.unreadable_keys() == expected.unreadable);
    RC_ASSERT(pass.differ.take_invalid().size() == expected.invalid);

    const auto gone = vanished_keys(s);
    RC_ASSERT(pass.view.unseen() == gone.size());
    vanished generator(pass.view, pass.deltas);
    const auto piece = *rc::gen::inRange<std::size_t>(1, 5);
    while (generator.produce(piece)) pass.take(1);
    pass.take_everything();
    RC_ASSERT(pass.deletes == gone);
    RC_ASSERT(pass.differ.counters().deletes == gone.size());
  }));
}

TEST_CASE("a pass cancelled at any moment has counted exactly what it handed over") {
  CHECK(rc::check([] {
    const auto s = arbitrary_scenario();
    scenario_pass pass(s);
    for (auto blocks = *rc::gen::inRange(0, 10); blocks > 0 && pass.read_block(); --blocks)
      pass.take(*rc::gen::inRange<std::size_t>(0, 3));

    const auto n = pass.differ.counters();
    std::uint64_t inserts = 0, updates = 0;
    for (const auto& [id, op] : pass.upserts) ++(op == operation::insert ? inserts : updates);
    RC_ASSERT(n.inserts == inserts);
    RC_ASSERT(n.updates == updates);
    RC_ASSERT(n.read == n.unchanged + n.invalid + n.inserts + n.updates);
    RC_ASSERT(n.read <= pass.differ.rows());
    RC_ASSERT(pass.differ.take_invalid().size() == n.invalid);
  }));
}
