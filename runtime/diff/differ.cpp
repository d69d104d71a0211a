#include "runtime/diff/differ.hpp"

#include <utility>

#include "messages/delivery_name.hpp"

namespace sluice::diff {

differ::differ(ledger::view& known, new_key_filter& fresh, refused_rows& refused, router& deltas,
               const pass_rules& rules)
    : known_(known), fresh_(fresh), refused_(refused), deltas_(deltas), rules_(rules) {}

void differ::decide_all(const row_block& rows) {
  found_.assign(rows.size(), std::nullopt);
  known_.lookup(rows.key_hashes(), found_);
  for (std::size_t i = 0; i < rows.size() && !deltas_.full(); ++i) {
    ++rows_;
    const auto row = rows[i];
    const bool first = note(row, found_[i]);
    if (!first) repeated_.push_back(row.key_hash);
    if (!row.invalid_reason.empty())
      add_invalid(row, row.invalid_reason);
    else if (!first)
      add_invalid(row,
                  "its key came before in the same pass, or one that is the same to the "
                  "destination; the first row with it is delivered");
    else
      add_valid(row, found_[i]);
  }
}

std::vector<invalid_row> differ::take_invalid() { return std::exchange(invalid_, {}); }

std::vector<hash128> differ::take_repeated() { return std::exchange(repeated_, {}); }

run_counters differ::counters() const {
  run_counters n;
  n.unchanged = unchanged_;
  n.invalid = invalid_count_;
  n.inserts = deltas_.taken(operation::insert);
  n.updates = deltas_.taken(operation::update);
  n.deletes = deltas_.taken(operation::erase);
  n.read = n.unchanged + n.invalid + n.inserts + n.updates;
  return n;
}

/// Notes the row's key as seen. False if it was seen before.
bool differ::note(const row_view& row, const std::optional<ledger::known_row>& known) {
  if (row.state != key_use::usable) return true;
  return known ? known_.mark_seen(known->ordinal) : fresh_.note(row.identity, row.key_hash);
}

void differ::add_invalid(const row_view& row, std::string_view reason) {
  ++invalid_count_;
  if (row.state == key_use::unreadable) ++unreadable_keys_;
  const bool nameless = row.state != key_use::usable;
  if (nameless) ++nameless_;
  invalid_.push_back({std::string(row.key), std::string(reason), nameless ? nameless_ : 0});
}

void differ::add_valid(const row_view& row, const std::optional<ledger::known_row>& known) {
  switch (decide(rules_, known, row.fingerprint)) {
    case decision::unchanged:
      ++unchanged_;
      break;
    case decision::insert:
      offer(operation::insert, row, known);
      break;
    case decision::update:
      offer(operation::update, row, known);
      break;
  }
}

void differ::offer(operation op, const row_view& row,
                   const std::optional<ledger::known_row>& known) {
  const bool in_doubt = known && known->in_doubt;
  if (!in_doubt && refused_.keep({op, row.key_hash, row.fingerprint})) {
    ++unchanged_;
  } else {
    deltas_.add(
        op, row.key_hash, value_after(rules_, in_doubt, row.fingerprint), row.key, row.row,
        delivery_name_after(known ? known->delivery : hash128{}, rules_.run, op, row.fingerprint));
  }
}

}  // namespace sluice::diff
