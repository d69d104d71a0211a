// One pass over a source, from rows to deltas, as runs and previews share it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/run/ledger_finding.hpp"
#include "actors/run/run_services.hpp"
#include "messages/run.hpp"
#include "messages/sync.hpp"
#include "runtime/diff/chosen_rows.hpp"
#include "runtime/diff/differ.hpp"
#include "runtime/diff/new_key_filter.hpp"
#include "runtime/diff/refused_rows.hpp"
#include "runtime/diff/router.hpp"
#include "runtime/diff/row_block.hpp"
#include "runtime/diff/vanished.hpp"
#include "runtime/digest/detection.hpp"
#include "runtime/mapping/row_plan.hpp"
#include "runtime/metrics/busy_time.hpp"
#include "runtime/source/starting_point.hpp"

namespace sluice::actors {

/// Deletes that `open_pass::vanished` produces at a time: enough to overlap the ledger's page
/// touches.
inline constexpr std::size_t deletes_at_a_time = 1000;

/// The terms of a run, decided when its ledger is known.
struct pass_terms {
  sync_mode mode = sync_mode::upsert;
  run_type type = run_type::full;
  std::uint32_t epoch = 0;  ///< of the pass; the ledger has to begin it if its own is earlier
  std::uint64_t run = 0;    ///< names its deliveries: see delivery_name
  std::vector<std::string> warnings;
  std::string reason = {};    ///< why the ledger makes the run full; empty if it does not
  bool whole_source = false;  ///< no checkpoint counts
  std::string lacks = {};     ///< see ledger_trace
  error left_over = {};       ///< see model_opened
  row_choice rows = {};

  /// The rules by which rows are offered.
  [[nodiscard]] diff::pass_rules rules() const {
    return {mode, type == run_type::full ? std::optional{epoch} : std::nullopt, run,
            !rows.keys.empty()};
  }
};

/// The terms of the planned `run` over a ledger in `ledger_epoch`, about which `found` holds. A
/// replaced ledger must be set aside. Pure.
pass_terms terms_of(const run_record& run, const ledger_trace& known, ledger_finding found,
                    std::uint32_t ledger_epoch);

/// A model and how its rows are packed; the pass has not begun.
struct open_source {
  std::unique_ptr<source::model_reader> model;
  mapping::row_plan plan;
};

/// Opens the model and compiles the mapping.
open_source open_model(const run_services& services, std::stop_token stop);

/// The objects of a pass, once ledger, model and destination are open. Members refer to earlier
/// members.
struct open_pass {
  run_type type;
  sync_mode mode;
  bool whole_source;
  std::unique_ptr<source::model_reader> model;
  mapping::row_plan plan;
  std::unique_ptr<ledger::view> known;
  ledger::new_keys fresh;
  diff::new_key_filter filter;
  diff::refused_rows refused;
  diff::router deltas;
  diff::differ differ;
  diff::row_block block;
  diff::vanished vanished;
  diff::chosen_rows chosen;  ///< none where the run is about all rows
  bool read_to_end = false;
  /// Notes what is read, where the run detects changes by digests.
  digest::detection* digests = nullptr;
  std::vector<std::optional<source::row_hashes>> hashes;  ///< of the rows in `block`, for `digests`
  std::uint64_t unread = 0;  ///< rows that are known to be unchanged without being read

  /// REQUIRES: a model, and a `view` that is keyed by `identity`.
  open_pass(open_source from, std::unique_ptr<ledger::view> view, identity_rule identity,
            const run_services& services, const pass_terms& terms);

  /// Where the pass may begin if earlier runs read up to `read_to`: there, or at the beginning.
  [[nodiscard]] source::starting_point starting_point(
      const std::optional<checkpoint>& read_to) const;
  /// The name of a checkpoint that this pass can go on from; empty without a cursor.
  [[nodiscard]] std::string checkpoint_name() const;
  /// What the pass has counted so far, rows that are not read included.
  [[nodiscard]] run_counters counters() const;
  /// Reads a block of rows and decides about each. False at the end of the rows; all batches are
  /// complete then. `reading`: counts the time of fetching; may be null.
  bool read_block(metrics::busy_time* reading = nullptr);
  /// Produces deletes as `vanished` does, at most `deletes_at_a_time` of them. False when there are
  /// no more, or as many deltas as there may be.
  bool produce_deletes();
  /// There are as many deltas as the run may have, and the pass may not have found all.
  [[nodiscard]] bool limited() const {
    return deltas.full() && (!read_to_end || (mode == sync_mode::mirror && known->unseen() > 0));
  }
  /// Keeps refused deletes (see refused_rows), and returns why the others must not be sent; no
  /// error if they may. Call once. REQUIRES: the pass has read every row.
  error guard_deletes(const config::connection_config& config, bool allow_deletes);
};

}  // namespace sluice::actors
