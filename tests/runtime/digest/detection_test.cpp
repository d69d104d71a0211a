#include "runtime/digest/detection.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>

#include "messages/error.hpp"
#include "runtime/diff/fingerprint.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using digest::detection;
using digest::entry;
using digest::pass_facts;
using source::bucket_of;
using source::bucket_set;
using source::row_hashes;

namespace {

/// A source that says nothing but digests: row `id` has the value `value`.
class said_model final : public source::model_reader {
 public:
  std::map<long, std::string> rows;
  std::string terms = "hashes 1";
  unsigned asked = 0;

  std::string begin_digests(const std::vector<std::size_t>&) override { return terms; }
  std::vector<source::bucket_digest> digests(unsigned bits, const bucket_set& within) override {
    ++asked;
    std::map<std::uint32_t, source::digest> found;
    if (bits == 0) found[0];
    for (const auto& [id, value] : rows) {
      const auto hashes = hashes_of(id, value);
      if (within.bits > 0 &&
          !std::ranges::binary_search(within.numbers, bucket_of(hashes.key, within.bits)))
        continue;
      found[bucket_of(hashes.key, bits)].add(combined_by(), *hashes.row);
    }
    std::vector<source::bucket_digest> out;
    out.reserve(found.size());
    for (const auto& [bucket, of] : found) out.push_back({bucket, of});
    return out;
  }
  static row_hashes hashes_of(long id, const std::string& value) {
    const auto key = std::to_string(id);
    return {diff::fingerprint("source key " + key), diff::fingerprint(key + " " + value)};
  }

  [[nodiscard]] const std::vector<source::model_column>& columns() const override { return none_; }
  [[nodiscard]] const std::string& cursor() const override { return terms; }
  [[nodiscard]] std::string packed_key(std::string_view) const override { return {}; }
  void begin(const std::vector<std::size_t>&, const source::starting_point&) override {}
  [[nodiscard]] const std::optional<std::string>& reached() const override { return nothing_; }
  source::read_result next() override { return source::read_result::end; }
  [[nodiscard]] const std::vector<value_view>& values() const override { return values_; }
  [[nodiscard]] const std::string& invalid_reason() const override { return terms; }
  [[nodiscard]] const std::vector<std::size_t>& invalid_cells() const override { return cells_; }
  void halt() override {}

 private:
  std::vector<source::model_column> none_;
  std::optional<std::string> nothing_;
  std::vector<value_view> values_;
  std::vector<std::size_t> cells_;
};

std::string packed(long id) {
  std::string key;
  append_value(key, value_kind::integer, std::to_string(id));
  return key;
}

hash128 value_hash(const std::string& value) { return diff::fingerprint("value " + value); }

/// A ledger, an index beside it, and runs that deliver everything that they read.
struct world {
  test::temp_dir dir;
  std::shared_ptr<ledger::ledger> ledger = ledger::ledger::open(dir.path() / "ledger", "a test");
  said_model model;
  std::string meaning = "mapping 1";
  bool deletes = true;
  std::set<long> invalid;        ///< rows with a value that cannot be read
  std::set<long> refused;        ///< rows that the destination does not take
  std::set<long> read;           ///< by the last run
  bool read_everything = false;  ///< by the last run
  digest::reading decided;

  world() {
    ledger->begin_epoch(1);
    for (long id = 0; id < 200; ++id) model.rows[id] = "a";
  }

  [[nodiscard]] std::filesystem::path file() const { return dir.path() / "digest" / "c"; }

  void record(operation op, long id, fate what) {
    batch one(1);
    const auto row = model.rows.find(id);
    const auto value =
        op == operation::erase || row == model.rows.end() ? hash128{} : value_hash(row->second);
    one.append(op, diff::fingerprint(packed(id)), value, packed(id), "row");
    const std::vector<fate> fates{what};
    ledger->record_outcome(ledger->record_intent(one), fates);
  }

  [[nodiscard]] bool reads_nothing() const {
    return decided.equal || (decided.buckets && decided.buckets->numbers.empty());
  }

  /// Returns whether all was read, and sees to it that all is acknowledged.
  void run(bool completes = true) {
    detection digests(file(), dir.path());
    digests.opened(ledger->position());
    const auto known = ledger->snapshot();
    const pass_facts pass{.meaning = meaning, .rules = {}, .deletes = deletes};
    decided = digests.begin(model, {0}, *known, pass, {});
    read_everything = !decided.buckets && !decided.equal;
    read.clear();
    if (!decided.equal)
      for (const auto& [id, value] : model.rows) {
        const auto bucket = [&, id = id](unsigned bits) {
          return bucket_of(said_model::hashes_of(id, "").key, bits);
        };
        if (!decided.buckets ||
            std::ranges::binary_search(decided.buckets->numbers, bucket(decided.buckets->bits)))
          read.insert(id);
      }
    deliver(digests, *known);
    if (completes) digests.save(*ledger->snapshot(), ledger->position(), read.size(), {});
  }

 private:
  void deliver(detection& digests, ledger::view& known) {
    for (const auto id : read) note(digests, id);
    std::vector<hash128> keys;
    for (const auto id : read) keys.push_back(diff::fingerprint(packed(id)));
    std::vector<std::optional<ledger::known_row>> found(keys.size());
    known.lookup(keys, found);
    std::size_t at = 0;
    for (const auto id : read) {
      const auto& row = found[at++];
      if (row) CHECK(known.mark_seen(row->ordinal));
      if (invalid.contains(id)) continue;
      const pass_facts pass;
      if (diff::decide(pass.rules, row, value_hash(model.rows[id])) != diff::decision::unchanged)
        record(operation::update, id, refused.contains(id) ? fate::rejected : fate::delivered);
    }
    if (deletes && !decided.equal) {
      std::vector<std::string> gone;
      known.for_each_unseen([&](const hash128&, std::string_view key) {
        gone.emplace_back(key);
        return true;
      });
      for (const auto& key : gone)
        record(operation::erase, std::stol(std::string(unpack(key).at(0).bytes)), fate::delivered);
    }
  }
  void note(detection& digests, long id) {
    // By way of a block, as a pass has it.
    const field id_field{{"id"}, value_kind::integer, "id"};
    const field value_field{{"value"}, value_kind::text, "value"};
    mapping::row_plan plan({0, 1}, {{id_field, value_field}, {id_field}},
                           {mapping::copy_step{0}, mapping::copy_step{1}}, {0});
    diff::row_block block({}, [](std::string_view bytes) {
      const auto values = unpack(bytes);
      return values.size() == 1 ? diff::fingerprint(bytes)
                                : value_hash(std::string(values.at(1).bytes));
    });
    const auto text = std::to_string(id);
    const std::vector<value_view> values{{value_kind::integer, text},
                                         {value_kind::text, model.rows[id]}};
    if (invalid.contains(id))
      block.add_unreadable(plan, values, std::vector<std::size_t>{1}, "cannot be read");
    else
      block.add(plan, values);
    const std::vector<std::optional<row_hashes>> hashes{said_model::hashes_of(id, model.rows[id])};
    digests.note(block, hashes, {});
  }
};

}  // namespace

TEST_CASE_FIXTURE(world, "the first run reads everything, and the next one nothing but a digest") {
  run();
  CHECK(read_everything);
  run();
  CHECK(decided.equal);
  CHECK(decided.unread == 200);
  CHECK(model.asked == 1);
}

TEST_CASE_FIXTURE(world,
                  "where something changes in each run no digest of everything is asked for") {
  run();
  model.rows[7] = "b";
  run();
  CHECK(read.contains(7));
  model.asked = 0;
  model.rows[8] = "b";
  run();
  CHECK(read.contains(8));
  CHECK(model.asked == 1);
  run();
  CHECK(reads_nothing());
  CHECK_FALSE(decided.equal);
  run();
  CHECK(decided.equal);
}

TEST_CASE_FIXTURE(world, "what has changed, is new or is gone is in the buckets that are read") {
  run();
  model.rows[7] = "b";
  model.rows[1'000] = "new";
  model.rows.erase(150);
  run();
  CHECK_FALSE(read_everything);
  CHECK(read.contains(7));
  CHECK(read.contains(1'000));
  CHECK(read.size() < 150);
  CHECK(decided.unread + read.size() == model.rows.size());
  CHECK(ledger->rows() == model.rows.size());
  run();
  CHECK(reads_nothing());
}

TEST_CASE_FIXTURE(world, "a row that was refused is read again and others are not") {
  refused = {5};
  run();
  run();
  CHECK_FALSE(read_everything);
  CHECK(read.contains(5));
  CHECK(read.size() < 100);
  refused.clear();
  run();
  CHECK(read.contains(5));
  run();
  CHECK(reads_nothing());
}

TEST_CASE_FIXTURE(world, "an invalid row is read again and the same index is not written again") {
  invalid = {5};
  run();
  run();
  CHECK(read.contains(5));
  CHECK(read.size() < 100);
  const auto before = std::filesystem::last_write_time(file());
  run();
  CHECK(read.contains(5));
  CHECK(std::filesystem::last_write_time(file()) == before);
  model.rows[5] = "b";
  invalid.clear();
  run();
  run();
  CHECK(reads_nothing());
}

TEST_CASE_FIXTURE(world, "a row whose delivery the ledger does not know for sure is read again") {
  run();
  model.rows[9] = "b";
  record(operation::update, 9, fate::unknown);
  model.rows[9] = "a";
  run();
  CHECK(read.contains(9));
  CHECK_FALSE(decided.equal);
}

TEST_CASE_FIXTURE(world, "a run that was not completed leaves an index that is compared anew") {
  run();
  model.rows[7] = "b";
  model.rows[8] = "b";
  run(false);
  // Delivered, but the index does not know it.
  run();
  CHECK_FALSE(read_everything);
  CHECK(read.contains(7));
  run();
  CHECK(reads_nothing());
}

TEST_CASE_FIXTURE(world, "a key of the ledger that the source does not have is seen by a mirror") {
  deletes = false;
  run();
  record(operation::update, 5'000, fate::delivered);
  run();
  CHECK(ledger->rows() == 201);
  deletes = true;
  run();
  CHECK_FALSE(decided.equal);
  CHECK(read.empty());
  CHECK(ledger->rows() == 200);
  run();
  CHECK(reads_nothing());
}

TEST_CASE_FIXTURE(world, "hashes or mappings of another meaning make a run read everything") {
  run();
  meaning = "mapping 2";
  run();
  CHECK(read_everything);
  run();
  CHECK(reads_nothing());
  model.terms = "hashes 2";
  run();
  CHECK(read_everything);
}

TEST_CASE_FIXTURE(world, "where most rows differ all are read") {
  run();
  for (auto& [id, value] : model.rows)
    if (id % 3 != 0) value = "b";
  run();
  CHECK(read_everything);
  run();
  CHECK(reads_nothing());
}

TEST_CASE_FIXTURE(world, "an index that is damaged is thrown away and everything is read") {
  run();
  model.rows[7] = "b";
  {
    std::fstream damaged(file(), std::ios::in | std::ios::out | std::ios::binary);
    damaged.seekp(5'000);
    damaged.put('x').put('y').put('z');
  }
  run();
  CHECK(read_everything);
  run();
  CHECK(reads_nothing());
}

TEST_CASE_FIXTURE(world, "an index does not count for a ledger that was put back") {
  run();
  const auto at = ledger->position();
  ledger.reset();
  const auto copy = dir.path() / "copy";
  std::filesystem::copy(dir.path() / "ledger", copy, std::filesystem::copy_options::recursive);
  ledger = ledger::ledger::open(dir.path() / "ledger", "a test");
  for (const long id : {1, 2, 3}) model.rows[id] = "b";
  run();
  CHECK(ledger->position() != at);
  const auto later = ledger->position();
  // The copy comes to the very position of the index, by other records.
  ledger.reset();
  std::filesystem::remove_all(dir.path() / "ledger");
  std::filesystem::rename(copy, dir.path() / "ledger");
  ledger = ledger::ledger::open(dir.path() / "ledger", "a test");
  detection(file(), dir.path()).opened(ledger->position());
  for (long id = 50; ledger->position().sequence < later.sequence; ++id)
    record(operation::update, id, fate::rejected);
  CHECK(ledger->position() == later);
  run();
  for (const long id : {1, 2, 3}) CHECK(read.contains(id));
}
