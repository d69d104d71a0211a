#include "actors/run/writer.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "actors/catalog/catalog_timeout.hpp"
#include "actors/run/rejected_rows.hpp"
#include "messages/handlers.hpp"
#include "runtime/config/destination_kind.hpp"
#include "runtime/fault/fail_point.hpp"

namespace sluice::actors {
namespace {

/// A batch of a thousand requests has a thousand confirmations; people need fewer reports.
constexpr std::chrono::milliseconds confirm_interval{200};

}  // namespace

void writer_state::begin(const rows_begin& b) {
  run = b.run;
  schema = b.schema;
  ledger = b.ledger;
  row_log = b.row_log;
  reader = caf::actor_cast<reader_actor>(self->current_sender());
  if (giving_up) return;
  const auto& config = args.services->config;
  limit = group_limit(config.delivery.window);
  try {
    destination = args.services->make_destination();
    auto context = destinations::make_context(config, run, b.schema);
    context.waits = [this](const std::string& what) {
      self->send(args.supervisor, what.empty() ? run_phase::reading : run_phase::waiting, what);
    };
    context.confirms = [this](row_count rows) { confirmed(rows); };
    context.tells_answers = b.in_detail;
    if (b.in_detail && row_log) render = destinations::make_renderer(config.destination, context);
    destination->open(context, args.stop);
    self->send(reader, open_atom_v, args.number, destination->identity().text());
  } catch (...) {
    fail(error_from(std::current_exception(), "open destination", config.name));
    return;
  }
  self->send(reader, credit_atom_v, args.number, config.delivery.window);
}

void writer_state::take(const batch& deltas) {
  group.append(deltas);
  ++batches;
  if (batches >= limit.batches() || group.bytes() >= group_limit::most_bytes) {
    deliver_group();
  } else if (!std::exchange(group_closing, true)) {
    self->send(self, next_atom_v);
  }
}

void writer_state::deliver_group() {
  const auto deltas = std::exchange(group, {});
  const auto begin = args.services->now();
  deliver(deltas, std::exchange(batches, 0), &destinations::destination::deliver);
  limit.delivered(args.services->now() - begin, destination && destination->wants_more());
}

void writer_state::confirmed(row_count rows) {
  const auto now = args.services->now();
  if (now - last_confirmed < confirm_interval) return;
  last_confirmed = now;
  operation_counts counted;
  for (std::size_t i = 0; i < std::min<std::size_t>(rows.number(), at_destination->size()); ++i)
    counted.count((*at_destination)[i].op);
  self->send(args.supervisor, confirmed_atom_v, args.number, counted);
}

void writer_state::deliver_again(const batch& deltas) {
  deliver(deltas, 1, &destinations::destination::deliver_again);
}

void writer_state::deliver(const batch& deltas, std::uint32_t batches_settled,
                           delivery_function how) {
  batch_settled report;
  report.writer = args.number;
  report.batches = batches_settled;
  auto unrecorded = fate::undelivered;  // the fate of all rows if the outcome has no fates
  const auto outcome = deliver_on_record(deltas, how, unrecorded);
  if (outcome.failed) fail(outcome.failed);
  note(deltas, outcome, unrecorded);
  // A refused row counts as rejected even if its fate is `unknown` because of an earlier attempt.
  report.rejected = outcome.rejections.size();
  if (report.rejected > 0) report.refused_for = outcome.rejections.back().reason;
  report.ask_again_at = outcome.ask_again_at;
  for (std::size_t i = 0; i < outcome.fates.size(); ++i)
    if (outcome.fates[i] == fate::delivered) report.delivered_as.count(deltas[i].op);
  report.delivered = report.delivered_as.total();
  report.undelivered = deltas.size() - report.delivered - report.rejected - put_aside_last;
  if (!giving_up && !args.stop.stop_requested()) unconfirmed += report.undelivered;
  if (report.rejected == 0) {
    settle(report);
  } else {
    reject_then_settle(deltas, outcome, report);
  }
}

batch_outcome writer_state::deliver_on_record(const batch& deltas, delivery_function how,
                                              fate& unrecorded) {
  batch_outcome outcome;
  put_aside_last = 0;
  if (giving_up) return outcome;
  try {
    std::optional<batch> recalled;
    if (config::remembers_answers(args.services->config.destination)) {
      recalled = deltas;
      ledger->recall(*recalled);
    }
    const auto intent = ledger->record_intent(deltas);
    try {
      const metrics::busy_time::interval delivering(args.services->activity->delivering);
      at_destination = &deltas;
      outcome = (destination.get()->*how)(recalled ? *recalled : deltas);
    } catch (...) {
      // By the contract of `deliver`, an exception means that no row of the batch was applied.
      outcome.fates.assign(deltas.size(), fate::undelivered);
      fail(error_from(std::current_exception(), "deliver", args.services->config.name));
    }
    fault::pass(fault::point::after_delivery);
    unrecorded = fate::unknown;
    if (how == &destinations::destination::deliver)
      put_aside_last = aside.take_from(deltas, outcome);
    ledger->record_outcome(intent, outcome.fates, outcome.remembered);
  } catch (...) {
    // Delivered rows are not acknowledged then: their keys stay in doubt and are sent again.
    outcome = {};
    fail(error_from(std::current_exception(), "record deliveries", args.services->config.name));
  }
  return outcome;
}

void writer_state::note(const batch& deltas, const batch_outcome& outcome, fate unrecorded) {
  if (!row_log) return;
  std::vector<std::string> requests;
  try {
    for (std::size_t i = 0; render && i < deltas.size(); ++i)
      requests.push_back(render(deltas, i).text);
  } catch (const std::exception& e) {  // no run fails for the sake of its row log
    requests.assign(deltas.size(), std::string("cannot be shown: ") + e.what());
  }
  row_log->settled(deltas, outcome, unrecorded, schema, args.services->now(), requests);
}

void writer_state::reject_aside() {
  batch_outcome outcome;
  const auto deltas = aside.take_rejected(outcome);
  batch_settled report;
  report.writer = args.number;
  report.batches = 0;
  report.rejected = outcome.rejections.size();
  report.undelivered = deltas.size() - report.rejected;
  if (report.rejected > 0) report.refused_for = outcome.rejections.back().reason;
  note(deltas, outcome, fate::undelivered);
  reject_then_settle(deltas, outcome, report);
}

void writer_state::reject_then_settle(const batch& deltas, const batch_outcome& outcome,
                                      const batch_settled& report) {
  auto rows = rejected_rows(deltas, outcome, schema, args.services->now());
  self->request(args.catalog, catalog_timeout, reject_atom_v, args.services->config.name, run,
                std::move(rows))
      .await(
          [this, report](bool listed) {
            all_listed = all_listed && listed;
            settle(report);
          },
          [this, report](const caf::error& e) {
            fail(to_error(e, "list rejected rows"));
            settle(report);
          });
}

void writer_state::settle(batch_settled report) {
  if (ledger) {
    report.ledger_rows = ledger->rows();
    report.ledger = ledger->position();
  }
  self->send(args.supervisor, report);
  if (!giving_up) self->send(reader, credit_atom_v, args.number, report.batches);
}

void writer_state::end_of_rows(pass_end end) {
  if (batches == 0 && aside.empty()) return finish();
  if (batches > 0) {
    deliver_group();
  } else {
    // The pass was not completed, so the reader did not collect these rows: this run does not try
    // them again.
    reject_aside();
  }
  // If rows were refused, this comes after the answer of the catalog.
  self->send(self, end_rows_atom_v, end);
}

void writer_state::finish() {
  writer_drained report{args.number, {}, unconfirmed, all_listed};
  if (destination) report.warnings = destination->warnings();
  destination.reset();
  ledger.reset();
  if (row_log)
    if (auto incomplete = row_log->flush()) report.warnings.push_back(std::move(*incomplete));
  row_log.reset();
  self->send(args.supervisor, std::move(report));
  self->quit();
}

void writer_state::fail(const error& why) {
  if (!giving_up && why.code != errc::cancelled)
    self->send(args.supervisor, failed_atom_v, args.number, why);
  giving_up = true;
}

writer_actor::behavior_type writer(writer_actor::stateful_pointer<writer_state> self,
                                   writer_args args) {
  auto& state = self->state;
  state.self = self;
  state.args = std::move(args);
  install_handlers(*self, "deliver", state.args.services->config.name);
  return {
      [self](const rows_begin& b) { self->state.begin(b); },
      [self](const batch& deltas) { self->state.take(deltas); },
      [self](again_atom) { return self->state.aside.take(); },
      [self](again_atom, const batch& deltas) { self->state.deliver_again(deltas); },
      [self](end_rows_atom, pass_end end) { self->state.end_of_rows(end); },
      [self](abandon_atom) { self->state.giving_up = true; },
      [self](next_atom) {
        auto& writer = self->state;
        writer.group_closing = false;
        if (writer.batches > 0) writer.deliver_group();
      },
  };
}

}  // namespace sluice::actors
