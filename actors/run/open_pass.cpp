#include "actors/run/open_pass.hpp"

#include <algorithm>
#include <utility>

#include "messages/expect.hpp"
#include "runtime/diff/delete_guard.hpp"
#include "runtime/diff/fingerprint.hpp"
#include "runtime/diff/ledger_ids.hpp"
#include "runtime/mapping/compile.hpp"

namespace sluice::actors {

pass_terms terms_of(const run_record& run, const ledger_trace& known, ledger_finding found,
                    std::uint32_t ledger_epoch) {
  auto words = words_for(found, run, known);
  pass_terms terms{run.mode, run.type, ledger_epoch, diff::fingerprint(run.run).high,
                   std::move(words.warnings)};
  terms.reason = std::move(words.reason);
  terms.lacks = std::move(words.lacks);
  terms.left_over = std::move(words.left_over);
  switch (found) {
    case ledger_finding::as_known:
      break;
    case ledger_finding::replaced:
      ledger_epoch = terms.epoch = 0;
      [[fallthrough]];
    case ledger_finding::begun:
    case ledger_finding::gone:
      terms.type = run_type::full;
      break;
    case ledger_finding::older:
    case ledger_finding::restored:
    case ledger_finding::outran:
      terms.whole_source = true;
      // An acknowledged row was an event that was delivered, so only unknown rows are sent.
      if (run.mode == sync_mode::append) break;
      terms.type = run_type::full;
      terms.epoch = std::max(ledger_epoch, run.epoch) + 1;
      return terms;
  }
  if (terms.type == run_type::incremental) return terms;
  if (ledger_epoch < run.epoch) {
    terms.epoch = run.epoch;
  } else if (!run.continues && ledger_epoch > 0 && run.type == run_type::full) {
    // The catalog knows fewer epochs than the ledger: the catalog was lost or restored.
    terms.epoch = ledger_epoch + 1;
  }
  return terms;
}

namespace {

/// `opened`, which is there.
template <class T>
std::unique_ptr<T> present(std::unique_ptr<T> opened, const char* what) {
  expect(opened != nullptr, "begin pass", what);
  return opened;
}

}  // namespace

open_source open_model(const run_services& services, std::stop_token stop) {
  mapping::known_ids_by_connection known;
  for (const auto& [other, look] : services.look_at_others)
    known.emplace(other, std::make_shared<diff::ledger_ids>(look(stop)));
  auto model = services.open_model(std::move(stop));
  auto plan = mapping::compile(services.config.name, services.config.mapping,
                               services.config.source.key, model->columns(), known);
  return {std::move(model), std::move(plan)};
}

open_pass::open_pass(open_source from, std::unique_ptr<ledger::view> view, identity_rule identity,
                     const run_services& services, const pass_terms& terms)
    : type(terms.type),
      mode(terms.mode),
      whole_source(terms.whole_source),
      model(present(std::move(from.model), "an open model")),
      plan(std::move(from.plan)),
      known(present(std::move(view), "a view of the ledger")),
      fresh(services.scratch_dir),
      filter([this](const hash128& hash) { return fresh.add(hash); }, services.scratch_dir),
      deltas({.writers = services.config.delivery.writers,
              .batch_rows = row_count(services.config.delivery.batch_rows),
              .most = terms.rows.limit}),
      differ(*known, filter, refused, deltas, terms.rules()),
      vanished(*known, deltas, terms.run) {
  block.identify_by(std::move(identity));
}

source::starting_point open_pass::starting_point(const std::optional<checkpoint>& read_to) const {
  // A mirror infers deletes, so it has to see every row.
  if (type == run_type::full || mode == sync_mode::mirror || whole_source || !read_to) return {};
  if (read_to->column != checkpoint_name()) return {};
  return {read_to->value};
}

std::string open_pass::checkpoint_name() const {
  const auto& cursor = model->cursor();
  // Rows that one mode left out may have to be delivered in another.
  return cursor.empty() ? "" : cursor + ", mode " + std::string(to_string(mode));
}

run_counters open_pass::counters() const {
  auto n = differ.counters();
  n.read += unread;
  n.unchanged += unread;
  const auto came = model->so_far();
  n.fetched_rows = came.rows;
  n.fetched_bytes = came.bytes;
  return n;
}

bool open_pass::read_block(metrics::busy_time* reading) {
  block.clear();
  hashes.clear();
  bool more = true;
  std::optional<metrics::busy_time::interval> counted;
  if (reading != nullptr) counted.emplace(*reading);
  while (more && !block.full()) {
    switch (model->next()) {
      case source::read_result::row:
        block.add(plan, model->values());
        if (digests != nullptr) hashes.push_back(model->hashes());
        break;
      case source::read_result::invalid_row:
        block.add_unreadable(plan, model->values(), model->invalid_cells(),
                             model->invalid_reason());
        if (digests != nullptr) hashes.push_back(model->hashes());
        break;
      case source::read_result::end:
        more = false;
        break;
    }
  }
  counted.reset();
  const auto decided = differ.rows();
  differ.decide_all(block);
  chosen.note(block);
  const auto repeated = differ.take_repeated();
  if (digests != nullptr) digests->note(block, hashes, repeated);
  read_to_end = !more && differ.rows() == decided + block.size();
  if (deltas.full()) more = false;
  if (!more) deltas.complete_all();
  return more;
}

bool open_pass::produce_deletes() {
  const auto room = deltas.room(deletes_at_a_time);
  if (room > 0 && vanished.produce(room)) return true;
  deltas.complete_all();
  return false;
}

error open_pass::guard_deletes(const config::connection_config& config, bool allow_deletes) {
  // Rows that a pass has not read have not vanished.
  expect(read_to_end, "delete vanished rows", "a pass that has read every row");
  refused.keep_vanished(*known);
  diff::delete_plan found;
  found.known = known->keys();
  found.vanished = known->unseen();
  found.rows = differ.rows() + unread;
  found.unreadable_keys = differ.unreadable_keys();
  found.max_delete_percent = config.max_delete_percent;
  found.allow_deletes = allow_deletes;
  return diff::guard_deletes(config.name, found);
}

}  // namespace sluice::actors
