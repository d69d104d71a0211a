// What the actors of a run tell each other, as plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "messages/error.hpp"
#include "messages/run.hpp"

namespace sluice {

/// How a run is to be started.
struct start_options {
  bool full = false;           ///< begin a new epoch, whatever the next type would be
  bool wait = false;           ///< if a run is active, start as soon as the connection is idle
  bool allow_deletes = false;  ///< let this run through the delete guard
  run_trigger trigger = run_trigger::manual;
};

/// Who answers at an address.
struct node_info {
  std::string name;
  std::string version;
  std::uint64_t pid = 0;
};

/// How a pass over the source ended. Only a complete pass may infer that a key vanished.
enum class pass_end : std::uint8_t { complete, cancelled, failed };

/// What the reader found out before the first row.
struct model_opened {
  run_type type = run_type::full;  ///< full, too, where the ledger turned out to be new
  std::uint32_t epoch = 0;
  std::vector<std::string> warnings;
};

/// The reader's count, taken when a batch has left it or at the pass's end. Rows that wait in an
/// unsent batch are not counted yet.
struct read_progress {
  run_counters counters;            ///< read, unchanged, invalid, inserts, updates, deletes
  std::vector<std::uint64_t> sent;  ///< deltas sent to each writer so far
  std::uint64_t batches = 0;        ///< batches sent to all writers so far
};

/// The end of a pass, as the reader saw it.
struct reading_halted {
  pass_end end = pass_end::complete;
  timestamp at;  ///< when the source was last touched
  read_progress total;
  error failed;
  std::vector<std::string> warnings;
};

/// What became of batches that were delivered together.
struct batch_settled {
  std::uint32_t writer = 0;
  std::uint32_t batches = 1;
  std::uint64_t delivered = 0;
  std::uint64_t rejected = 0;
  std::uint64_t undelivered = 0;
};

/// A writer has nothing left to deliver.
struct writer_drained {
  std::uint32_t writer = 0;
  std::vector<std::string> warnings;  ///< what the destination did about values it cannot hold
  /// Rows that were not confirmed although neither the destination as a whole failed nor anybody
  /// stopped the delivery: the run fails for them at its end.
  std::uint64_t unconfirmed = 0;
};

/// The part of a connection's state that outlives runs and restarts.
struct connection_memory {
  std::string connection;
  bool enabled = true;
  run_type next_type = run_type::full;
  std::uint32_t epoch = 1;  ///< a full run delivers in this epoch, and begins it if it has to
  std::optional<std::string> continues;  ///< the unfinished full run that the next one continues
  std::string mapping_identity;          ///< of the last run; another one makes the next run full
  std::uint64_t ledger_rows = 0;

  bool operator==(const connection_memory&) const = default;
};

}  // namespace sluice
