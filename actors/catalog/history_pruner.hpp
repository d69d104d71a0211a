// Makes the catalog forget old entries, some at a time, as long as the node lives.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "actors/common/protocol.hpp"
#include "runtime/log/logger.hpp"

namespace sluice::actors {

/// What the pruner is spawned with.
struct history_pruner_args {
  catalog_actor catalog;
  std::function<timestamp()> now;
  log::logger log;  ///< for errors of the catalog
};

struct history_pruner_state {
  static inline const char* name = "history pruner";

  /// Between the rounds through the connections. The first round begins with the node.
  static constexpr std::chrono::minutes between_rounds{10};
  /// Between two requests of a round: most of the catalog's time is left to the runs, however much
  /// there is to forget.
  static constexpr std::chrono::milliseconds between_pieces{50};

  history_pruner_actor::pointer self = nullptr;
  std::optional<history_pruner_args> args;  ///< set before the first message

  void prune();
  void prune_in(std::chrono::milliseconds delay);
};

/// Sends one request at a time. Ends when told to exit.
history_pruner_actor::behavior_type history_pruner(
    history_pruner_actor::stateful_pointer<history_pruner_state> self, history_pruner_args args);

}  // namespace sluice::actors
