#include "runtime/destinations/table/batch_delivery.hpp"

#include <algorithm>
#include <utility>

#include "runtime/destinations/table/row_trial.hpp"
#include "runtime/destinations/table/table_errors.hpp"
#include "runtime/os/pause.hpp"

namespace sluice::destinations {
namespace {

void set_fates(const prepared_batch& rows, const batch_part& part, fate f, batch_outcome& outcome) {
  const auto set = [&](const prepared_rows& some, std::size_t first, std::size_t end) {
    for (auto i = first; i < end; ++i) outcome.fates[some.indices[i]] = f;
  };
  set(rows.erases, part.first_erase, part.end_erase);
  set(rows.writes, part.first_write, part.end_write);
}

bool may_pass(odbc::error_class kind) {
  // `interrupted` without a requested stop: the server's own statement time-out.
  return kind == odbc::error_class::transient || kind == odbc::error_class::lost ||
         kind == odbc::error_class::interrupted;
}

/// Kinds of connection errors that a single row can cause again and again.
bool breaks_off(odbc::error_class kind) {
  return kind == odbc::error_class::lost || kind == odbc::error_class::interrupted;
}

}  // namespace

void batch_delivery::deliver(const prepared_batch& rows, batch_outcome& outcome) {
  applied_ = false;
  std::vector<batch_part> parts{batch_part::whole(rows)};
  while (!parts.empty()) {
    const auto part = parts.back();
    parts.pop_back();
    if (part.size() == 0) continue;
    switch (deliver_part(rows, part, outcome)) {
      case next::go_on:
        break;
      case next::halve: {
        const auto [first, second] = part.halves();
        parts.push_back(second);
        parts.push_back(first);
        break;
      }
      case next::give_up:
        return;
    }
  }
}

batch_delivery::next batch_delivery::deliver_part(const prepared_batch& rows,
                                                  const batch_part& part, batch_outcome& outcome) {
  try {
    return settle(try_until_it_ends(rows, part), rows, part, outcome);
  } catch (const failure& f) {
    if (f.info().code == errc::cancelled) return next::give_up;
    if (!applied_) throw;
    outcome.failed = f.info();
    return next::give_up;
  }
}

batch_delivery::next batch_delivery::settle(const transaction_end& end, const prepared_batch& rows,
                                            const batch_part& part, batch_outcome& outcome) {
  switch (end.what) {
    case transaction_end::how::committed:
      applied_ = true;
      any_passed_ = any_passed_ || end.rejected.size() < part.size();
      set_fates(rows, part, fate::delivered, outcome);
      for (const auto& r : end.rejected) {
        outcome.fates[r.index] = fate::rejected;
        outcome.rejections.push_back(r);
      }
      return next::go_on;
    case transaction_end::how::refused: {
      if (part.size() > 1) return next::halve;
      set_fates(rows, part, fate::rejected, outcome);
      const auto& alone = part.first_erase < part.end_erase ? rows.erases.indices[part.first_erase]
                                                            : rows.writes.indices[part.first_write];
      outcome.rejections.push_back(rejection_of(alone, *end.reason));
      return next::go_on;
    }
    case transaction_end::how::doubtful:
      applied_ = true;
      set_fates(rows, part, fate::unknown, outcome);
      outcome.failed = table_failure(*end.reason, "commit to table", target_.table()).info();
      return next::give_up;
  }
  return next::give_up;
}

/// What was tried with one part.
struct batch_delivery::tries {
  int attempts = 0;
  int breaks = 0;  ///< attempts that ended in a time-out of the server or a lost connection
  blame on_rows = blame::known_errors;
  bool connected = false;  ///< in the last attempt
};

/// Throws `failure`: cancelled after a requested stop, else destination_failed.
transaction_end batch_delivery::try_until_it_ends(const prepared_batch& rows,
                                                  const batch_part& part) {
  tries so_far;
  for (;;) {
    ++so_far.attempts;
    so_far.connected = false;
    const auto on_rows = so_far.on_rows;
    try {
      target_.reconnect_if_lost();
      so_far.connected = true;
      return batch_transaction(target_.connection(), target_.writer(), on_rows).run(rows, part);
    } catch (const odbc::odbc_error& e) {
      // After a requested stop the error of the interrupted call does not matter.
      if (!target_.stop().stop_requested())
        if (auto end = end_of(rows, part, e, so_far)) return std::move(*end);
    }
    if (on_rows == so_far.on_rows && !pause(so_far.attempts))
      throw failure(errc::cancelled, "deliver to table", target_.table(), "interrupted");
  }
}

/// How the part ends, now that an attempt has failed with `e`; nothing if it is to be tried again.
/// Throws `failure` where the destination as a whole failed.
std::optional<transaction_end> batch_delivery::end_of(const prepared_batch& rows,
                                                      const batch_part& part,
                                                      const odbc::odbc_error& e, tries& so_far) {
  const auto kind = e.info().kind;
  const transaction_end refused{transaction_end::how::refused, {}, e};
  const bool last = so_far.attempts >= max_attempts;
  if (!so_far.connected) {
    if (!may_pass(kind) || last) throw connect_failure(e, target_.table());
    return std::nullopt;
  }
  if (kind == odbc::error_class::permanent) {
    if (part.is_mixed()) return refused;
    if (so_far.on_rows == blame::any_refusal || !others_pass(rows, part)) throw as_failure(e);
    so_far.on_rows = blame::any_refusal;
    return std::nullopt;
  }
  if (breaks_off(kind)) {
    const bool narrowed = part.size() < rows.size();
    if (++so_far.breaks < (part.size() > 1 || narrowed ? max_breaks : max_attempts))
      return std::nullopt;
    if (part.size() == 1 && !statements_work(part)) throw as_failure(e);
    return refused;
  }
  if (!may_pass(kind) || last) throw as_failure(e);
  return std::nullopt;
}

failure batch_delivery::as_failure(const odbc::odbc_error& e) const {
  return table_failure(e, "deliver to table", target_.table());
}

/// True if the database takes some rows, although it refused those of `part`.
bool batch_delivery::others_pass(const prepared_batch& rows, const batch_part& part) {
  try {
    row_trial trial(target_.connection(), target_.writer());
    return (part.size() > 1 && trial.some_pass(rows, part)) ||
           trial.statements_work(part, any_passed_ || part.size() < row_trial::most_samples);
  } catch (const odbc::odbc_error&) {
    return false;  // no refusal, so the destination's failure; the first error says more
  }
}

/// True if the database can be reached and takes rows, although it failed on the row of `part`.
bool batch_delivery::statements_work(const batch_part& part) {
  try {
    target_.reconnect_if_lost();
    return row_trial(target_.connection(), target_.writer()).statements_work(part, any_passed_);
  } catch (const odbc::odbc_error&) {
    return false;
  }
}

/// Waits before the next attempt; false once a stop is requested.
bool batch_delivery::pause(int attempt) {
  const auto longest = std::min(longest_pause, first_pause * (1 << (attempt - 1)));
  const std::chrono::milliseconds time(
      std::uniform_int_distribution<std::chrono::milliseconds::rep>(1, longest.count())(random_));
  return os::sleep_unless_stopped(time, target_.stop());
}

}  // namespace sluice::destinations
