// Gives the catalog to actors: one thread owns it, everybody else asks.
#pragma once

#include <memory>

#include "actors/common/protocol.hpp"
#include "runtime/catalog/catalog.hpp"

namespace sluice::actors {

struct catalog_keeper_state {
  static inline const char* name = "catalog";
  std::unique_ptr<catalog::catalog> store;
};

/// Spawn it detached: it blocks in SQLite. What the catalog throws is the reply's error, and the
/// actor lives on: a disk that is full today may not be tomorrow. Ends when it is told to exit.
catalog_actor::behavior_type catalog_keeper(
    catalog_actor::stateful_pointer<catalog_keeper_state> self,
    const std::shared_ptr<std::unique_ptr<catalog::catalog>>& store);

}  // namespace sluice::actors
