#include "runtime/destinations/table/row_trial.hpp"

#include <algorithm>

#include "runtime/destinations/table/table_errors.hpp"

namespace sluice::destinations {

template <class Work>
row_trial::answer row_trial::attempt(Work&& work) {
  try {
    connection_.begin();
    work();
    writer_.check_deferred();
    connection_.rollback();
    return answer::passed;
  } catch (const odbc::odbc_error& e) {
    connection_.rollback();
    if (refuses_row(e.info())) return answer::row_refused;
    if (e.info().kind == odbc::error_class::permanent) return answer::refused;
    throw;
  }
}

bool row_trial::passes_alone(const prepared_batch& rows, const batch_part& part,
                             std::size_t position) {
  const auto tried = attempt([&] {
    const auto erases = part.end_erase - part.first_erase;
    if (position < erases) {
      writer_.erase(rows.erases.view().part(part.first_erase + position, 1));
    } else {
      writer_.write(rows.writes.view().part(part.first_write + position - erases, 1));
    }
  });
  return tried == answer::passed;
}

bool row_trial::some_pass(const prepared_batch& rows, const batch_part& part) {
  const auto samples = std::min(part.size(), most_samples);
  for (std::size_t i = 0; i < samples; ++i)
    if (passes_alone(rows, part, i * part.size() / samples)) return true;
  return false;
}

bool row_trial::statements_work(const batch_part& part, bool if_empty) {
  if (part.first_write == part.end_write)
    return attempt([&] { writer_.erase_nothing(); }) == answer::passed;
  bool had_row = false;
  switch (attempt([&] { had_row = writer_.rewrite_any_row(); })) {
    case answer::passed:
      return had_row || if_empty;
    case answer::row_refused:
      return if_empty;  // the statement works, but no row has passed
    case answer::refused:
      return false;
  }
  return false;
}

}  // namespace sluice::destinations
