#include "runtime/digest/detection.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "messages/error.hpp"
#include "runtime/diff/fingerprint.hpp"
#include "runtime/digest/bucket_table.hpp"
#include "runtime/digest/plan.hpp"

namespace sluice::digest {
namespace {

/// Entries that are looked up at a time: enough to overlap the ledger's page touches.
constexpr std::size_t lookup_rows = 512;

/// Collects entries, and looks their keys up in the ledger, some at a time.
class looked_up {
 public:
  using taker = std::function<void(const entry&, const std::optional<ledger::known_row>&)>;

  looked_up(ledger::view& known, taker take) : known_(known), take_(std::move(take)) {}

  void add(const entry& x) {
    entries_.push_back(x);
    keys_.push_back(x.key);
    if (entries_.size() == lookup_rows) flush();
  }
  void flush() {
    found_.assign(entries_.size(), std::nullopt);
    known_.lookup(keys_, found_);
    for (std::size_t i = 0; i < entries_.size(); ++i) take_(entries_[i], found_[i]);
    entries_.clear();
    keys_.clear();
  }

 private:
  ledger::view& known_;
  taker take_;
  std::vector<entry> entries_;
  std::vector<hash128> keys_;
  std::vector<std::optional<ledger::known_row>> found_;
};

/// Whether the row of a settled entry would count as unchanged.
bool stands(const diff::pass_rules& rules, const entry& x,
            const std::optional<ledger::known_row>& known) {
  return x.settled() && diff::decide(rules, known, x.fingerprint) == diff::decision::unchanged;
}

bool is_in(const source::bucket_set& set, const entry& x) {
  return std::binary_search(set.numbers.begin(), set.numbers.end(),
                            source::bucket_of(x.source_key, set.bits));
}

std::uint64_t rows_of(std::span<const source::bucket_digest> digests) {
  std::uint64_t rows = 0;
  for (const auto& each : digests) rows += each.of.rows;
  return rows;
}

}  // namespace

detection::detection(std::filesystem::path file, std::filesystem::path scratch,
                     ledger::system_calls& calls)
    : file_(std::move(file)), calls_(calls), seen_(std::move(scratch)) {}

void detection::opened(const ledger_position& at) {
  opened_at_ = at;
  index_ = index_reader::open(file_);
  if (!index_) return;
  trusted_ = at.sequence > 0 && index_->facts().at == at;
  auto facts = index_->facts();
  if (trusted_ || facts.at == ledger_position{}) return;
  // A ledger that was put back could come to that very position with other records.
  facts.at = {};
  try {
    restate_index(calls_, file_, facts);
  } catch (const failure&) {
    discard();
  }
}

reading detection::begin(source::model_reader& model, const std::vector<std::size_t>& wanted,
                         ledger::view& known, const pass_facts& pass, const std::stop_token& stop) {
  pass_ = pass;
  stop_ = stop;
  const auto hashes = model.begin_digests(wanted);
  how_ = model.combined_by();
  meaning_ = diff::fingerprint(pass.meaning + "\nmode " + std::string(to_string(pass.rules.mode)) +
                               "\nhashes " + hashes);
  // A full run offers every row.
  if (pass.rules.full_epoch || (index_ && index_->facts().meaning != meaning_)) index_.reset();
  if (!index_) return decided_ = {};
  const bool may_be_equal = !expected_changes(index_->entries(), index_->facts().changed);
  if (may_be_equal && is_equal(model, known)) return decided_ = {{}, index_->entries(), true};
  try {
    decided_ = compare(model, known);
  } catch (const failure& e) {
    if (e.info().code != errc::ledger_corrupt) throw;
    discard();
    return decided_ = {};
  }
  if (!decided_.buckets) {
    index_.reset();
    return decided_;
  }
  try {
    decided_.unread = mark_unread(known, *decided_.buckets);
  } catch (const failure& e) {
    if (e.info().code == errc::ledger_corrupt) discard();
    throw;
  }
  return decided_;
}

/// Whether one digest says that nothing is to be done. That the keys of the ledger are as many as
/// the entries, all of which are acknowledged, shows that no key has vanished.
bool detection::is_equal(source::model_reader& model, const ledger::view& known) const {
  const auto& facts = index_->facts();
  if (!trusted_ || facts.unsettled > 0) return false;
  if (pass_.deletes && known.keys() != index_->entries()) return false;
  const auto all = model.digests(0, {});
  return all.size() == 1 && all[0].of == facts.total;
}

reading detection::compare(source::model_reader& model, ledger::view& known) {
  source::bucket_set within;
  auto bits = first_bits(index_->entries(), index_->facts().changed);
  std::uint64_t rows = 0;
  for (;;) {
    bucket_table ours(how_, bits, within);
    visit(known, [&](const entry& x, bool settled) { ours.add(x, settled); });
    const auto theirs = model.digests(bits, within);
    if (within.bits == 0) rows = rows_of(theirs);
    auto found = ours.against(theirs);
    const auto finer = finer_bits(rows, found.buckets, found.source_rows);
    if (finer) {
      within = std::move(found.buckets);
      bits = *finer;
      continue;
    }
    if (better_all(rows, found.source_rows)) return {};
    same_rows_ = found.same_rows;
    return {.buckets = std::move(found.buckets)};
  }
}

void detection::visit(ledger::view& known, const visitor& each) {
  looked_up checked(known, [&](const entry& x, const std::optional<ledger::known_row>& row) {
    each(x, stands(pass_.rules, x, row));
  });
  index_->rewind();
  entry x;
  while (next(x)) {
    if (trusted_)
      each(x, x.settled());
    else
      checked.add(x);
  }
  checked.flush();
}

/// Returns how many rows are not read.
std::uint64_t detection::mark_unread(ledger::view& known, const source::bucket_set& read) {
  std::uint64_t unread = 0;
  looked_up marked(known, [&](const entry& x, const std::optional<ledger::known_row>& row) {
    if (!stands(pass_.rules, x, row) || !known.mark_seen(row->ordinal))
      throw failure(errc::ledger_corrupt, "compare digests", file_.string(),
                    "the index of digests says of a row what the ledger does not say",
                    "the index was removed: sync again, and every row is read");
    ++unread;
  });
  index_->rewind();
  entry x;
  while (next(x))
    if (!is_in(read, x)) marked.add(x);
  marked.flush();
  return unread;
}

bool detection::next(entry& x) {
  if (stop_.stop_requested())
    throw failure(errc::cancelled, "compare digests", file_.string(), "interrupted on request");
  return index_->next(x);
}

void detection::save(ledger::view& known, const ledger_position& at, std::uint64_t changed,
                     const std::stop_token& stop) {
  // The same rows, and a ledger to which nothing was added, make the same index.
  const bool same = decided_.buckets && same_rows_ && trusted_ && at == opened_at_;
  if (decided_.equal || (same && index_->facts().changed == changed)) return;
  if (!same && !seen_.usable()) return discard();
  try {
    if (same) {
      auto facts = index_->facts();
      facts.changed = changed;  // the next run plans by it
      return restate_index(calls_, file_, facts);
    }
    index_writer to(calls_, file_, how_);
    write(to, known, stop);
    if (stop.stop_requested()) return;
    to.finish({.meaning = meaning_, .at = at, .changed = changed});
  } catch (...) {
    discard();
    throw;
  }
}

void detection::write(index_writer& to, ledger::view& known, const std::stop_token& stop) {
  const auto put = [&](entry x, bool settled) {
    if (!settled || seen_.repeated(x.key)) x.fingerprint = {};
    to.add(x);
  };
  auto& rows = seen_.rows();
  entry ours, old;
  bool has_ours = rows.next(ours);
  const auto next_old = [&] {
    while (index_ && index_->next(old))
      if (!is_in(*decided_.buckets, old)) return true;
    return false;
  };
  if (index_) index_->rewind();
  bool has_old = next_old();
  looked_up read_now(known, [&](const entry& x, const std::optional<ledger::known_row>& row) {
    put(x, stands(pass_.rules, x, row));
  });
  while ((has_ours || has_old) && !stop.stop_requested()) {
    // What was not read has not changed in the ledger since it was compared, for its keys count as
    // seen: no row with one of them was sent.
    if (!has_ours || (has_old && before(old, ours))) {
      read_now.flush();
      put(old, true);
      has_old = next_old();
    } else {
      read_now.add(ours);
      has_ours = rows.next(ours);
    }
  }
  read_now.flush();
}

void detection::discard() {
  index_.reset();
  remove_index(calls_, file_);
}

}  // namespace sluice::digest
