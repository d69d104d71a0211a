// Gives the catalog to actors: one thread owns the catalog, all others ask.
#pragma once

#include <memory>

#include "actors/common/protocol.hpp"
#include "runtime/catalog/catalog.hpp"

namespace sluice::actors {

struct catalog_keeper_state {
  static inline const char* name = "catalog";
  std::unique_ptr<catalog::catalog> store;
};

/// Spawn it detached, since SQLite blocks. An exception of the catalog is the error of the reply,
/// and the actor lives on: a full disk may have room again later. Ends when told to exit.
catalog_actor::behavior_type catalog_keeper(
    catalog_actor::stateful_pointer<catalog_keeper_state> self,
    const std::shared_ptr<std::unique_ptr<catalog::catalog>>& store);

}  // namespace sluice::actors
