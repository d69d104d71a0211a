#include "actors/run/reader.hpp"

#include <utility>

#include "actors/catalog/catalog_timeout.hpp"
#include "actors/run/rejected_rows.hpp"
#include "messages/expect.hpp"
#include "messages/handlers.hpp"
#include "runtime/catalog/row_key.hpp"
#include "runtime/json/json_row.hpp"

namespace sluice::actors {
namespace {

/// How often counts are reported while nothing has to be sent.
constexpr std::chrono::milliseconds report_interval{100};

}  // namespace

void reader_state::step() {
  waiting_for_credit = false;
  if (at == phase::finished) return;
  try {
    if (args.stop.stop_requested()) return cancel();
    if (at == phase::opening) return open();
    if (at == phase::destination) {
      if (!identity) return;
      prepare_pass();
      return ask_rejected();
    }
    if (at == phase::asking) begin_reading();
    if (!send_batches()) {
      waiting_for_credit = true;
      return;
    }
    switch (at) {
      case phase::rows:
        read_block();
        if (list_invalid()) return;
        break;
      case phase::upserts:
        // Deletes come after all upserts, also after those that other writers still work on.
        if (!all_settled()) {
          waiting_for_credit = true;
          return;
        }
        begin_deletes();
        break;
      case phase::deletes:
        if (!pass->produce_deletes() && pass->deltas.waiting() == 0) drain();
        break;
      case phase::draining:
        if (!all_settled()) {
          waiting_for_credit = true;
          return;
        }
        return collect_aside();
      case phase::again:
      case phase::opening:
      case phase::destination:
      case phase::asking:
      case phase::finished:
        return;
    }
    if (at != phase::finished) go_on();
  } catch (...) {
    auto why = error_from(std::current_exception(), "read model", args.services->config.name);
    // After an interruption the driver's error does not matter: the reason is the interruption.
    if (args.stop.stop_requested()) return halt(pass_end::cancelled);
    halt(pass_end::failed, std::move(why));
  }
}

void reader_state::open() {
  const auto& services = *args.services;
  ledger = services.open_ledger(args.stop);
  const auto found =
      judge(args.run, args.known, {ledger->epoch(), ledger->restarted(), ledger->position()});
  terms = terms_of(args.run, args.known, found, ledger->epoch());
  terms.rows = args.rows;
  opened = open_model(services, args.stop);
  adopt_ledger(found);
  self->send(args.supervisor,
             model_opened{terms.type, terms.epoch, terms.warnings, ledger->position(), terms.reason,
                          terms.whole_source, terms.lacks, terms.left_over});
  if (services.make_row_log && (services.config.row_log || !args.rows.keys.empty()))
    row_log = services.make_row_log(args.run.run);
  for (const auto& w : args.writers)
    self->send(w, rows_begin{args.run.run, opened->plan.schema(), ledger, row_log,
                             !args.rows.keys.empty()});
  at = phase::destination;
}

void reader_state::adopt_ledger(ledger_finding found) {
  const auto& services = *args.services;
  if (!terms.reason.empty())
    services.log.about({services.config.name, args.run.run})
        .warning("{}: what the run does about it is among its warnings", terms.reason);
  // A ledger without keys is new: it was begun since, by opening it or by a run that ended early.
  if (found == ledger_finding::replaced && ledger->snapshot()->keys() > 0) {
    ledger.reset();
    services.forget_ledger();
    ledger = services.open_ledger(args.stop);
  }
  if (services.make_digests)
    digests = std::make_unique<digest_pass>(args.services, ledger->position(),
                                            found == ledger_finding::as_known);
  if (terms.epoch > ledger->epoch()) ledger->begin_epoch(terms.epoch);
}

void reader_state::identified(const std::string& rule) {
  if (at == phase::finished) return;
  auto said = identity_rule::parse(rule);
  if (!said || (identity && said != identity))
    return halt(pass_end::failed,
                {errc::destination_failed, "open destination", args.services->config.name,
                 "its writers do not agree on how it tells rows apart: '" + rule + "' and '" +
                     (identity ? identity->text() : "") + "'",
                 "the destination was changed while it was opened: sync again"});
  if (identity) return;
  identity = std::move(said);
  if (at == phase::destination) step();
}

void reader_state::prepare_pass() {
  const auto& services = *args.services;
  if (const auto before = ledger->rule(); before != identity->text()) {
    if (ledger->rows() > 0)
      services.log.info("matches what was delivered anew: rows are told apart by {} (before: {})",
                        identity->text(), before.empty() ? "their packed keys" : before);
    diff::row_identity rows(*identity);
    ledger->identify_by(
        identity->text(),
        [&](std::string_view packed_key) { return diff::fingerprint(rows.of(packed_key)); },
        args.stop);
  }
  pass = std::make_unique<open_pass>(*std::exchange(opened, std::nullopt), ledger->snapshot(),
                                     *identity, services, terms);
  from = pass->starting_point(args.read_to);
  if (!args.rows.keys.empty()) choose_rows();
  at = phase::asking;
}

void reader_state::choose_rows() {
  from = {.only_keys = true};
  for (const auto key : args.rows.list()) from.keys.push_back(pass->model->packed_key(key));
  pass->chosen = diff::chosen_rows(from.keys, *identity);
}

void reader_state::begin_reading() {
  self->send(args.supervisor, run_phase::querying, std::string());
  const metrics::busy_time::interval reading(args.services->activity->reading);
  if (!compare_digests()) {
    at = phase::upserts;
    self->send(args.supervisor, run_phase::delivering, std::string());
    return;
  }
  pass->model->begin(pass->plan.wanted(), from);
  self->send(args.supervisor, run_phase::reading, std::string());
  at = phase::rows;
}

bool reader_state::compare_digests() {
  if (!args.services->config.source.by_digest || !digests || from.only_keys) return true;
  const bool deletes = args.run.mode == sync_mode::mirror && !assuming();
  from = digests->begin(*pass, terms, {*identity, deletes}, warnings, args.stop);
  return digests->reads();
}

void reader_state::read_block() {
  if (!pass->read_block(&args.services->activity->reading)) {
    at = phase::upserts;
    self->send(args.supervisor, run_phase::delivering, std::string());
  }
  report_progress();
}

void reader_state::begin_deletes() {
  // Rows that vanished since the assumption began are deleted by the next run.
  if (!args.rows.keys.empty()) return delete_chosen();
  if (args.run.mode != sync_mode::mirror || assuming() || pass->limited()) return drain();
  if (digests && digests->all_equal()) return drain();
  guarded = pass->guard_deletes(args.services->config, args.allow_deletes);
  if (guarded) return drain();
  at = phase::deletes;
}

void reader_state::delete_chosen() {
  const auto absent = args.run.mode == sync_mode::mirror
                          ? pass->chosen.delete_absent(*pass->known, pass->deltas, terms.run)
                          : pass->chosen.absent();
  json_row shown(pass->plan.schema().keys);
  for (const auto key : absent) {
    std::string text = "the model has no row with the key ";
    shown.append(text, key);
    warnings.push_back(std::move(text));
  }
  drain();
}

void reader_state::drain() {
  pass->model->halt();
  left_source = args.services->now();
  at = phase::draining;
}

void reader_state::collect_aside() {
  at = phase::again;
  answers_due = static_cast<unsigned>(args.writers.size());
  for (std::uint32_t w = 0; w < args.writers.size(); ++w)
    self->request(args.writers[w], caf::infinite, again_atom_v)
        .then(
            [this, w](const batch& rows) {
              returned[w] = rows.size();
              aside.append(rows);
              if (--answers_due == 0) send_aside();
            },
            // The supervisor monitors the writer itself; the rows that the writer held are
            // undelivered.
            [this](const caf::error&) {
              if (--answers_due == 0) send_aside();
            });
}

void reader_state::send_aside() {
  if (at == phase::finished) return;
  if (!aside.empty()) {
    for (std::size_t w = 0; w < returned.size(); ++w)
      moved[w] -= static_cast<std::int64_t>(returned[w]);
    moved[0] += static_cast<std::int64_t>(aside.size());
    ++batches_sent;
    self->send(args.supervisor, progress());
    self->send(args.writers[0], again_atom_v, std::exchange(aside, {}));
  }
  end();
}

void reader_state::end() {
  if (guarded) return halt(pass_end::complete, std::move(guarded));
  if (pass->limited()) return halt(pass_end::limited);
  complete();
}

void reader_state::cancel() {
  if (sent_everything()) return end();
  halt(pass_end::cancelled);
}

void reader_state::ask_rejected() {
  ask_refused();
  ask_keys();
  if (answers_due == 0) go_on();
}

template <class Answer, class Atom, class Take>
void reader_state::ask(Atom question, const char* operation, Take take) {
  ++answers_due;
  self->request(args.catalog, catalog_timeout, question, args.services->config.name)
      .then(  // a cancel must not wait for the catalog
          [this, take](Answer& answer) {
            if (!pass) return;  // the other question failed
            take(std::move(answer));
            if (--answers_due == 0) go_on();
          },
          [this, operation](const caf::error& e) {
            halt(pass_end::failed, to_error(e, operation));
          });
}

void reader_state::ask_refused() {
  // A full run offers everything, refused rows included.
  if (args.services->config.retry_rejected || terms.type == run_type::full || from.only_keys)
    return;
  ask<std::vector<refused_delta>>(refused_atom_v, "list refused rows",
                                  [this](std::vector<refused_delta> refused) {
                                    pass->refused = diff::refused_rows(std::move(refused));
                                  });
}

void reader_state::ask_keys() {
  if (!from.cursor) return;
  ask<std::vector<std::string>>(
      keys_atom_v, "list rejected keys",
      [this](std::vector<std::string> keys) { from.keys = std::move(keys); });
}

void reader_state::complete() {
  const auto& kept = pass->refused.kept();
  if (kept.empty()) return halt(pass_end::complete);
  self->request(args.catalog, catalog_timeout, keep_atom_v, args.services->config.name,
                args.run.run, kept)
      .await([this](bool) { halt(pass_end::complete); },
             [this](const caf::error& e) {
               halt(pass_end::failed, to_error(e, "keep refused rows"));
             });
}

bool reader_state::send_batches() {
  auto& deltas = pass->deltas;
  if (deltas.waiting() == 0) return true;
  if (!record_mark()) return false;
  if (assuming()) {
    assume_batches();
    return true;
  }
  bool sent = false;
  for (std::uint32_t w = 0; w < args.writers.size(); ++w) {
    while (credit[w] > 0 && !held[w].full()) {
      auto next = deltas.take(w);
      if (!next) break;
      held[w].sent(next->bytes());
      self->send(args.writers[w], std::move(*next));
      --credit[w];
      ++batches_sent;
      sent = true;
    }
  }
  if (sent) {
    self->send(args.supervisor, progress());
    last_report = std::chrono::steady_clock::now();
  }
  return deltas.waiting() == 0;
}

bool reader_state::record_mark() {
  if (mark == mark_state::wanted) {
    ledger->mark();
    mark = mark_state::asked;
    self->request(args.supervisor, caf::infinite, save_atom_v, ledger->position())
        .then(  // a cancel must not wait for the catalog
            [this](bool) {
              mark = mark_state::recorded;
              if (waiting_for_credit) step();
            },
            [this](const caf::error& e) {
              halt(pass_end::failed, to_error(e, "record how far the ledger has come"));
            });
  }
  return mark == mark_state::recorded;
}

void reader_state::assume_batches() {
  for (std::uint32_t w = 0; w < args.writers.size(); ++w) {
    while (const auto next = pass->deltas.take(w)) {
      const std::vector<fate> as_delivered(next->size(), fate::delivered);
      ledger->record_outcome(ledger->record_intent(*next), as_delivered);
    }
  }
  report_progress();
}

void reader_state::granted(writer_number writer, std::uint32_t batches) {
  const auto w = index_of(writer);
  expect(w < credit.size(), "read model", "credit from one of the run's writers");
  // The first grant is the whole window; later ones give back what was settled.
  if (window[w] == 0) window[w] = batches;
  credit[w] += batches;
  held[w].settled(batches);
  if (waiting_for_credit) step();
}

bool reader_state::list_invalid() {
  const auto invalid = pass->differ.take_invalid();
  if (invalid.empty()) return false;
  const auto& services = *args.services;
  auto rows = rejected_rows(invalid, pass->plan.schema(), services.now());
  if (row_log) row_log->invalid(rows);
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i].key = catalog::row_key(rows[i].key, invalid[i].nameless);
  self->request(args.catalog, catalog_timeout, reject_atom_v, services.config.name, args.run.run,
                std::move(rows))
      .await(
          [this](bool listed) {
            all_listed = all_listed && listed;
            go_on();
          },
          [this](const caf::error& e) {
            halt(pass_end::failed, to_error(e, "list invalid rows"));
          });
  return true;
}

read_progress reader_state::progress() const {
  read_progress p;
  p.sent.assign(args.writers.size(), 0);
  if (!pass) return p;
  p.counters = pass->counters();
  if (assuming()) {
    p.counters.unchanged += std::exchange(p.counters.inserts, 0);
    p.counters.unchanged += std::exchange(p.counters.updates, 0);
    return p;
  }
  p.sent = pass->deltas.taken_by_writer();
  for (std::size_t w = 0; w < p.sent.size(); ++w)
    p.sent[w] = static_cast<std::uint64_t>(static_cast<std::int64_t>(p.sent[w]) + moved[w]);
  p.batches = batches_sent;
  return p;
}

void reader_state::report_progress() {
  const auto now = std::chrono::steady_clock::now();
  if (now - last_report < report_interval) return;
  last_report = now;
  self->send(args.supervisor, progress());
}

void reader_state::halt(pass_end end, error why) {
  if (std::exchange(at, phase::finished) == phase::finished) return;
  if (pass && !left_source) pass->model->halt();
  reading_halted report;
  report.end = end;
  report.at = left_source ? *left_source : args.services->now();
  report.total = progress();
  if (pass && assuming())
    report.warnings.emplace_back(
        "assumed to be synced: rows were recorded as acknowledged, none was sent");
  report.warnings.insert(report.warnings.end(), warnings.begin(), warnings.end());
  report.failed = std::move(why);
  report.whole_source = !from.cursor && !from.only_keys;
  report.all_listed = all_listed;
  if (pass) report.chosen_keys = pass->chosen.keys();
  if (end == pass_end::complete && pass && pass->model->reached())
    report.reached = checkpoint{pass->checkpoint_name(), *pass->model->reached()};
  if (end == pass_end::complete && digests) digests->completed(report.total.counters.deltas());
  for (const auto& w : args.writers) self->send(w, end_rows_atom_v, end);
  self->send(args.supervisor, std::move(report));
  // Closed last, since closing a cursor or a connection may take a while.
  opened.reset();
  pass.reset();
  self->send(args.supervisor, run_phase::draining, std::string());
}

void reader_state::settle(bool merge) {
  pass.reset();
  row_count rows;
  ledger_position last;
  bool exact = false;
  if (ledger) {
    if (merge) ledger->merge(args.stop);
    if (digests) digests->save(*ledger, args.stop);
    rows = row_count(ledger->rows());
    last = ledger->position();
    exact = ledger->settled();
    ledger.reset();
  }
  self->send(args.supervisor, settle_atom_v, rows, last, exact);
  self->quit();
}

reader_actor::behavior_type reader(reader_actor::stateful_pointer<reader_state> self,
                                   reader_args args) {
  auto& state = self->state;
  state.self = self;
  state.args = std::move(args);
  state.credit.resize(state.args.writers.size());
  state.window.resize(state.args.writers.size());
  state.held.resize(state.args.writers.size());
  state.returned.resize(state.args.writers.size());
  state.moved.resize(state.args.writers.size());
  install_handlers(*self, "read model", state.args.services->config.name);
  state.go_on();
  return {
      [self](open_atom, writer_number, const std::string& rule) { self->state.identified(rule); },
      [self](credit_atom, writer_number writer, std::uint32_t batches) {
        self->state.granted(writer, batches);
      },
      [self](cancel_atom) { self->state.cancel(); },
      [self](settle_atom, bool merge) { self->state.settle(merge); },
      [self](next_atom) { self->state.step(); },
  };
}

}  // namespace sluice::actors
