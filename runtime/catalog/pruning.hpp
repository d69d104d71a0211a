// Forgets old entries of the catalog, a few at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "messages/error.hpp"
#include "messages/names.hpp"
#include "messages/timestamp.hpp"
#include "runtime/catalog/database.hpp"

namespace sluice::catalog {

/// How long the past is listed.
struct retention {
  std::chrono::milliseconds runs = std::chrono::hours{24 * 90};  ///< since their end
  /// Since a run last saw the row and left it rejected.
  std::chrono::milliseconds rejected = std::chrono::hours{24 * 90};
  std::size_t most_runs = 10'000;  ///< of one connection: the oldest beyond so many go earlier
};

/// Removes the files that a run left outside of the catalog. Returns why one is still there, or no
/// error.
using file_remover = std::function<error(const connection_name& connection, const run_id& run)>;

/// Goes round the connections, also those no longer configured. In each it forgets
///
/// - runs that ended too long ago or are too many, with their files; never the last real run of a
///   connection, nor a run that has not ended;
/// - rejected rows that no run has seen for too long; never rows that a cursor has passed: without
///   their entries no run would ask for them again;
/// - keys of starts that are not known by them any longer.
///
/// A step is one short transaction, so that other users of the catalog get their turn between two
/// steps. One thread: the database's.
class pruning {
 public:
  /// The most entries that one step forgets.
  static constexpr std::size_t entries_at_a_time = 200;
  static constexpr std::size_t connections_at_a_time = 20;

  /// `db` must outlive it. `remove_files` is called before a run is forgotten; a run whose files
  /// cannot be removed stays.
  pruning(database& db, retention keep, file_remover remove_files)
      : db_(db), keep_(keep), remove_files_(std::move(remove_files)) {}

  /// Does the next step. False when the round is complete; the next call begins another. Throws
  /// `failure` (catalog_failed), or the error of `remove_files`: then the next call goes on with
  /// the next connection.
  bool step(timestamp now);

 private:
  struct visited {
    connection_name name;
    std::optional<run_id> last_run;
    bool has_cursor = false;
  };

  std::vector<visited> next_connections();
  /// These return how many entries they forgot, `most` at the most.
  std::size_t forget(const visited& connection, timestamp now, std::size_t most);
  std::size_t forget_runs(const visited& connection, const std::vector<sql_row>& runs);
  std::size_t forget_rejected(const visited& connection, timestamp now, std::size_t most);
  std::size_t forget_keys(const visited& connection, timestamp now, std::size_t most);

  database& db_;
  retention keep_;
  file_remover remove_files_;
  error failed_;          ///< of removing files, in the present step
  connection_name done_;  ///< connections up to this one are done in the present round
};

}  // namespace sluice::catalog
