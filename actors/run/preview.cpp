#include "actors/run/preview.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>

#include "actors/run/open_pass.hpp"
#include "actors/run/rejected_rows.hpp"
#include "messages/utf8.hpp"
#include "runtime/destinations/renderer.hpp"
#include "runtime/json/json_row.hpp"

namespace sluice::actors {
namespace {

/// The run's id in shown requests.
constexpr auto no_run = "preview";

std::vector<hash128> sorted_keys(const std::vector<refused_delta>& refused) {
  std::vector<hash128> keys;
  keys.reserve(refused.size());
  for (const auto& r : refused) keys.push_back(r.key_hash);
  std::sort(keys.begin(), keys.end());
  return keys;
}

/// The pass identifies rows as the ledger does. Only a run asks the destination for its rule, and
/// adapts the ledger to it.
struct row_terms {
  identity_rule identity;
  std::vector<std::string> warnings;
};

row_terms terms_of_rows(const config::destination_config& destination, const ledger::glimpse& known,
                        const row_schema& schema) {
  const auto said = destinations::identity_unasked(destination, schema);
  if (known.known->keys() == 0) return {said.value_or(canonical_identity(schema)), {}};
  row_terms out{identity_rule::parse(known.rule).value_or(identity_rule{}), {}};
  if (said && said->text() != known.rule)
    out.warnings.push_back("a run would match what was delivered anew, and tell rows apart by " +
                           said->text() + "; the preview does so by " +
                           (known.rule.empty() ? "their packed keys" : known.rule) +
                           ", and may show one row as an insert and a delete");
  return out;
}

class previewing {
 public:
  previewing(const run_services& services, const preview_args& args, const std::stop_token& stop)
      : services_(services), args_(args), stop_(stop), refused_keys_(sorted_keys(args.refused)) {}

  preview_result run() {
    open();
    while (pass_->read_block()) take();
    take();
    if (args_.what.run.run.mode == sync_mode::mirror && !assuming()) count_deletes();
    if (!result_.guarded) result_.counters = pass_->counters();
    if (assuming()) count_as_assumed();
    gather_samples();
    return std::move(result_);
  }

 private:
  void open() {
    auto glimpse = services_.look_at_ledger(stop_);
    const auto& run = args_.what.run.run;
    const auto& traced = args_.what.run.ledger;
    const auto finding = judge(run, traced, {glimpse.epoch, glimpse.restarted, glimpse.at});
    const auto terms = terms_of(run, traced, finding, glimpse.epoch);
    if (finding == ledger_finding::replaced) glimpse = ledger::nothing_known();
    auto source = open_model(services_, stop_);
    const auto rows = terms_of_rows(services_.config.destination, glimpse, source.plan.schema());
    pass_ = std::make_unique<open_pass>(std::move(source), std::move(glimpse.known), rows.identity,
                                        services_, terms);
    // A full run offers everything again.
    if (!services_.config.retry_rejected && terms.type == run_type::incremental)
      pass_->refused = diff::refused_rows(args_.refused);
    const auto& schema = pass_->plan.schema();
    keys_.emplace(schema.keys);
    render_ = destinations::make_renderer(
        services_.config.destination,
        destinations::make_context(services_.config, run_id(no_run), schema));
    result_.connection = services_.config.name;
    result_.type = terms.type;
    result_.reason = terms.reason.empty() ? args_.what.reason : terms.reason;
    result_.mode = run.mode;
    result_.warnings = run.warnings;
    for (const auto* more : {&args_.what.warnings, &terms.warnings, &rows.warnings})
      result_.warnings.insert(result_.warnings.end(), more->begin(), more->end());
    auto from = pass_->starting_point(args_.what.run.read_to);
    if (from.cursor) from.keys = args_.keys;
    pass_->model->begin(pass_->plan.wanted(), from);
  }

  [[nodiscard]] bool assuming() const {
    return args_.what.run.assume_synced && result_.type == run_type::full;
  }

  /// Counts the deltas of the pass, and drops them.
  void take() {
    if (stop_.stop_requested())
      throw failure(errc::cancelled, "preview", services_.config.name, "interrupted");
    for (std::size_t w = 0; w < services_.config.delivery.writers; ++w)
      while (const auto some = pass_->deltas.take(w)) note(*some);
    note(pass_->differ.take_invalid());
  }

  void note(const batch& deltas) {
    if (assuming()) return;
    for (std::size_t i = 0; i < deltas.size(); ++i) {
      const auto delta = deltas[i];
      if (!result_.guarded &&
          std::binary_search(refused_keys_.begin(), refused_keys_.end(), delta.key_hash))
        ++result_.rejected_retried;
      auto& shown = shown_[static_cast<std::size_t>(delta.op)];
      if (shown.size() >= args_.how.samples) continue;
      auto rendered = render_(deltas, i);
      if (result_.guarded) rendered.refused = "the delete guard holds it back";
      shown.push_back({std::string(to_string(delta.op)), key_text(delta.key),
                       std::move(rendered.text), std::move(rendered.refused)});
    }
  }

  void note(std::vector<diff::invalid_row> invalid) {
    const auto room = args_.how.samples - std::min<std::size_t>(args_.how.samples, invalid_.size());
    if (invalid.size() > room) invalid.resize(room);
    if (invalid.empty()) return;
    for (auto& row : rejected_rows(invalid, pass_->plan.schema(), services_.now()))
      invalid_.push_back({std::move(row.operation), std::move(row.key), {}, std::move(row.reason)});
  }

  [[nodiscard]] std::string key_text(std::string_view packed) {
    std::string text;
    keys_->append(text, packed);
    return std::string(whole_characters(text, destinations::longest_rendering));
  }

  void count_deletes() {
    result_.guarded = pass_->guard_deletes(services_.config, args_.what.run.allow_deletes);
    if (result_.guarded) {
      result_.counters = pass_->counters();
      // Deletes that are held back are sampled, too, to help in finding the reason.
      if (args_.how.samples > 0) pass_->vanished.produce(args_.how.samples);
      pass_->deltas.complete_all();
      take();
      return;
    }
    while (pass_->vanished.produce(deletes_at_a_time)) take();
    take();
  }

  void count_as_assumed() {
    auto& n = result_.counters;
    n.unchanged += std::exchange(n.inserts, 0) + std::exchange(n.updates, 0);
    result_.warnings.emplace_back(
        "the run would record rows as acknowledged (they count as unchanged) and send none");
  }

  /// In the order in which a run delivers them.
  void gather_samples() {
    for (auto* of_kind : {&shown_[0], &shown_[1], &shown_[2], &invalid_})
      std::move(of_kind->begin(), of_kind->end(), std::back_inserter(result_.samples));
  }

  const run_services& services_;
  const preview_args& args_;
  const std::stop_token& stop_;
  const std::vector<hash128> refused_keys_;
  std::unique_ptr<open_pass> pass_;
  std::optional<json_row> keys_;
  destinations::renderer render_;
  std::array<std::vector<preview_sample>, 3> shown_;  ///< by `operation`
  std::vector<preview_sample> invalid_;
  preview_result result_;
};

}  // namespace

preview_result preview(const run_services& services, const preview_args& args,
                       const std::stop_token& stop) {
  return previewing(services, args, stop).run();
}

}  // namespace sluice::actors
