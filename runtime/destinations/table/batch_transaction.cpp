#include "runtime/destinations/table/batch_transaction.hpp"

#include <algorithm>

#include "messages/expect.hpp"
#include "runtime/destinations/table/table_errors.hpp"

namespace sluice::destinations {
namespace {

constexpr auto missing_row_reason =
    "the destination has no row with this key; mode update adds none";

/// Without savepoints a failed row ends the transaction, which must begin again without that row.
struct begin_again {};

}  // namespace

/// The rows of one statement.
struct batch_transaction::statement_rows {
  action what;
  rows_view rows;
  const std::uint32_t* indices;

  [[nodiscard]] statement_rows part(std::size_t first, std::size_t count) const {
    return {what, rows.part(first, count), indices + first};
  }
};

std::pair<batch_part, batch_part> batch_part::halves() const {
  expect(size() > 1, "divide batch", "more than one row");
  auto first = *this, second = *this;
  if (is_mixed()) {
    first.end_write = first_write;
    second.first_erase = end_erase;
  } else if (first_erase < end_erase) {
    first.end_erase = second.first_erase = first_erase + size() / 2;
  } else {
    first.end_write = second.first_write = first_write + size() / 2;
  }
  return {first, second};
}

transaction_end batch_transaction::run(const prepared_batch& rows, const batch_part& part) {
  rejected_.clear();
  try {
    begin();
    try {
      for_each_chunk(rows, part, [&](const statement_rows& chunk) { write(chunk); });
    } catch (const odbc::odbc_error& e) {
      if (!refuses(e)) throw;
      connection_.rollback();
      write_carefully(rows, part);
    }
    auto end = commit();
    if (end.what != transaction_end::how::refused || !end.reason || part.size() == 1 ||
        !writer_.can_check_deferred())
      return end;
    checks_deferred_ = true;
    write_carefully(rows, part);
    return commit();
  } catch (...) {
    connection_.rollback();
    throw;
  }
}

transaction_end batch_transaction::run_whole(const prepared_batch& rows,
                                             std::function<void()> first) {
  first_ = std::move(first);
  return run(rows, batch_part::whole(rows));
}

void batch_transaction::begin() {
  connection_.begin();
  if (first_) first_();
}

template <class Write>
void batch_transaction::for_each_chunk(const prepared_batch& rows, const batch_part& part,
                                       Write&& write_chunk) {
  const auto each = [&](action what, const prepared_rows& all, std::size_t first, std::size_t end) {
    while (first < end) {
      const auto rest = all.view().part(first, end - first);
      const auto count =
          what == action::erase ? writer_.erase_limit(rest) : writer_.write_limit(rest);
      write_chunk(statement_rows{what, rest.part(0, count), all.indices.data() + first});
      first += count;
    }
  };
  each(action::erase, rows.erases, part.first_erase, part.end_erase);
  each(action::write, rows.writes, part.first_write, part.end_write);
}

/// Runs the statement. Returns the positions of the rows that it had no effect on.
std::vector<std::uint32_t> batch_transaction::apply(const statement_rows& chunk) {
  auto without_effect =
      chunk.what == action::write ? writer_.write(chunk.rows) : writer_.erase(chunk.rows);
  if (checks_deferred_) writer_.check_deferred();
  return without_effect;
}

void batch_transaction::write(const statement_rows& chunk) { reject(chunk, apply(chunk)); }

void batch_transaction::reject(const statement_rows& chunk,
                               const std::vector<std::uint32_t>& without_effect) {
  const bool erases = chunk.what == action::erase;
  for (const auto position : without_effect)
    rejected_.push_back(
        {chunk.indices[position], erases ? kept_row_reason : missing_row_reason, 0, erases});
}

void batch_transaction::write_carefully(const prepared_batch& rows, const batch_part& part) {
  rejected_.clear();  // rejections from before the roll-back will be found again
  for (;;) {
    begin();
    try {
      for_each_chunk(rows, part, [&](const statement_rows& chunk) {
        if (writer_.has_savepoints()) {
          write_or_halve(chunk);
        } else {
          write_each(chunk);
        }
      });
      return;
    } catch (const begin_again&) {
      connection_.rollback();
    }
  }
}

void batch_transaction::write_or_halve(const statement_rows& chunk) {
  connection_.execute("SAVEPOINT sluice_rows");
  try {
    const auto without_effect = apply(chunk);
    connection_.execute("RELEASE SAVEPOINT sluice_rows");
    reject(chunk, without_effect);
    return;
  } catch (const odbc::odbc_error& e) {
    if (!refuses(e)) throw;
    connection_.execute("ROLLBACK TO SAVEPOINT sluice_rows");
    connection_.execute("RELEASE SAVEPOINT sluice_rows");
    if (chunk.rows.size() == 1) {
      rejected_.push_back(rejection_of(chunk.indices[0], e));
      return;
    }
  }
  const auto half = chunk.rows.size() / 2;
  write_or_halve(chunk.part(0, half));
  write_or_halve(chunk.part(half, chunk.rows.size() - half));
}

void batch_transaction::write_each(const statement_rows& chunk) {
  for (std::size_t r = 0; r < chunk.rows.size(); ++r) {
    const auto index = chunk.indices[r];
    const bool known_bad = std::any_of(rejected_.begin(), rejected_.end(),
                                       [&](const rejection& x) { return x.index == index; });
    if (known_bad) continue;
    try {
      write(chunk.part(r, 1));
    } catch (const odbc::odbc_error& e) {
      if (!refuses(e)) throw;
      rejected_.push_back(rejection_of(index, e));
      throw begin_again{};
    }
  }
}

bool batch_transaction::refuses(const odbc::odbc_error& e) const {
  return refuses_row(e.info()) ||
         (on_rows_ == blame::any_refusal && e.info().kind == odbc::error_class::permanent);
}

transaction_end batch_transaction::commit() {
  if (first_ && !rejected_.empty()) {
    connection_.rollback();
    return {transaction_end::how::refused, std::move(rejected_), std::nullopt};
  }
  using how = transaction_end::how;
  try {
    connection_.commit();
    return {how::committed, std::move(rejected_), std::nullopt};
  } catch (const odbc::odbc_error& e) {
    if (refuses(e)) return {how::refused, {}, e};
    // 40003: the server itself does not know the outcome. An interrupted commit may have happened.
    if (e.info().kind == odbc::error_class::lost ||
        e.info().kind == odbc::error_class::interrupted || e.info().state == "40003")
      return {how::doubtful, {}, e};
    throw;
  }
}

}  // namespace sluice::destinations
