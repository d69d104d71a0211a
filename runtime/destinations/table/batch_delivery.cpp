#include "runtime/destinations/table/batch_delivery.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "runtime/destinations/table/table_errors.hpp"

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
      outcome.rejections.push_back({alone, rejection_reason(end.reason->info())});
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

/// Throws `failure`: cancelled after a requested stop, else destination_failed.
transaction_end batch_delivery::try_until_it_ends(const prepared_batch& rows,
                                                  const batch_part& part) {
  for (int attempt = 1;; ++attempt) {
    bool connected = false;
    try {
      target_.reconnect_if_lost();
      connected = true;
      return batch_transaction(target_.connection(), target_.writer()).run(rows, part);
    } catch (const odbc::odbc_error& e) {
      const auto as_failure = [&] {
        return connected ? table_failure(e, "deliver to table", target_.table())
                         : connect_failure(e, target_.table());
      };
      if (!target_.stop().stop_requested() && (!may_pass(e.info().kind) || attempt == max_attempts))
        throw as_failure();
    }
    if (target_.stop().stop_requested() || !pause(attempt))
      throw failure(errc::cancelled, "deliver to table", target_.table(), "interrupted");
  }
}

/// Waits before the next attempt; false once a stop is requested.
bool batch_delivery::pause(int attempt) {
  const auto longest = std::min(longest_pause, first_pause * (1 << (attempt - 1)));
  const std::chrono::milliseconds time(
      std::uniform_int_distribution<std::chrono::milliseconds::rep>(1, longest.count())(random_));
  std::mutex mutex;
  std::condition_variable_any nobody;
  std::unique_lock lock(mutex);
  nobody.wait_for(lock, target_.stop(), time, [] { return false; });
  return !target_.stop().stop_requested();
}

}  // namespace sluice::destinations
