// What a sync mode delivers.
#pragma once

#include "messages/delta.hpp"
#include "messages/run.hpp"

namespace sluice {

/// Whether runs of this mode deliver deltas of this operation.
[[nodiscard]] constexpr bool sends(sync_mode mode, operation op) {
  switch (op) {
    case operation::insert:
      return mode != sync_mode::update;
    case operation::update:
      return mode != sync_mode::insert;
    case operation::erase:
      return mode == sync_mode::mirror;
  }
  return false;
}

}  // namespace sluice
