// Finds the ledger of a connection on the disk, or begins one, and replays its journal.
#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string_view>

#include "runtime/ledger/journal.hpp"
#include "runtime/ledger/ledger.hpp"
#include "runtime/ledger/marker.hpp"
#include "runtime/ledger/state.hpp"

namespace sluice::ledger {

/// A ledger as its files describe it.
struct opened {
  marker current;
  std::unique_ptr<journal> records;
  state known;
  bool restarted = false;  ///< a ledger of another identity was set aside
  /// Intents were open: the journal must say `abandon` before it goes on.
  bool has_abandoned = false;
};

/// What `look_into_files` needs beside the ledger.
struct looking {
  std::filesystem::path scratch;  ///< for files without a name
  options limits;
  std::stop_token stop;
};

/// See `ledger::look`.
glimpse look_into_files(system_calls& calls, const std::filesystem::path& directory,
                        std::string_view identity, const looking& how);

/// See `ledger::set_aside`. Durable.
void set_aside(system_calls& calls, const std::filesystem::path& directory);

/// See `ledger::open`. A ledger of another identity becomes the folder `.NAME.old` beside
/// `directory`; an older one of that name goes.
opened open_files(system_calls& calls, const std::filesystem::path& directory,
                  std::string_view identity, const options& limits, const std::stop_token& stop);

}  // namespace sluice::ledger
