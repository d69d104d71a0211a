// The runtime services for the actors of a connection. The node fills them in; tests use doubles
// for faults that real parts do not produce on demand.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <semaphore>
#include <stop_token>
#include <string>

#include "actors/run/hung_threads.hpp"
#include "messages/run.hpp"
#include "messages/sync.hpp"
#include "runtime/config/config.hpp"
#include "runtime/destinations/destination.hpp"
#include "runtime/digest/detection.hpp"
#include "runtime/ledger/ledger.hpp"
#include "runtime/log/logger.hpp"
#include "runtime/metrics/activity.hpp"
#include "runtime/rowlog/row_log.hpp"
#include "runtime/source/model_reader.hpp"

namespace sluice::actors {

/// Bounds the previews that a node makes at a time: each blocks a thread and reads a database.
using preview_permits = std::counting_semaphore<>;
inline constexpr std::ptrdiff_t max_previews = 4;

/// Takes a permit, which is given back with the last copy; null if none is left.
inline std::shared_ptr<void> take(const std::shared_ptr<preview_permits>& from) {
  if (!from->try_acquire()) return nullptr;
  return {from.get(), [from](void*) { from->release(); }};
}

/// Shared by the actors of one connection; every function may be called from any thread.
struct run_services {
  config::connection_config config;
  node_name node;   ///< name of the node, for status
  log::logger log;  ///< for lines about the connection

  std::function<std::unique_ptr<source::model_reader>(std::stop_token)> open_model = {};
  std::function<std::shared_ptr<ledger::ledger>(const std::stop_token&)> open_ledger = {};
  /// Reads the ledger as it is now, in memory or in files; changes nothing.
  std::function<ledger::glimpse(const std::stop_token&)> look_at_ledger = {};
  /// The same for the ledgers of the connections in config.known_of.
  std::map<connection_name, std::function<ledger::glimpse(const std::stop_token&)>> look_at_others =
      {};
  /// Sets the ledger aside. REQUIRES: no run is active.
  std::function<void()> forget_ledger = {};
  destinations::destination_factory make_destination = {};
  std::function<timestamp()> now = {};
  std::function<run_id()> new_run_id = {};
  /// Called for every run that ended, was skipped or is late, by the supervisor's thread; must
  /// neither block nor throw.
  std::function<void(const run_ended&)> announce = [](const run_ended&) {};
  std::filesystem::path scratch_dir;  ///< for unlinked temporary files

  /// Readers and writers block, so each has a thread of its own; tests on virtual time switch it
  /// off.
  bool own_threads = true;

  /// The row log of a run. Empty: there are none.
  std::function<std::shared_ptr<rowlog::row_log>(const run_id& run)> make_row_log = {};

  /// The digests of one run. Empty: every run reads every row.
  std::function<std::unique_ptr<digest::detection>()> make_digests = {};

  /// Where the row log of a run is, if it has one.
  std::function<std::filesystem::path(const run_id& run)> row_log_file = {};

  /// Where the time of the runs is spent.
  std::shared_ptr<metrics::activity> activity = std::make_shared<metrics::activity>();
  std::shared_ptr<preview_permits> previews = std::make_shared<preview_permits>(max_previews);
  /// The hanging threads of the node, this connection's included.
  std::shared_ptr<hung_threads> hung = std::make_shared<hung_threads>();
};

}  // namespace sluice::actors
