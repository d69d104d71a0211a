// Forgets what the catalog need not list any longer, a little at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "messages/timestamp.hpp"
#include "runtime/catalog/database.hpp"

namespace sluice::catalog {

/// How long the past is listed.
struct retention {
  std::chrono::milliseconds runs = std::chrono::hours{24 * 90};  ///< since their end
  /// Since a run last met the row and left it rejected.
  std::chrono::milliseconds rejected = std::chrono::hours{24 * 90};
  std::size_t most_runs = 10'000;  ///< of one connection: the oldest beyond so many go earlier
};

/// Goes round the connections, also those no longer configured. In each it forgets
///
/// - runs that ended too long ago or are too many, and their row logs with them; never the last
///   real run of a connection, nor one that has not ended;
/// - rejected rows that no run has met for too long; never those that a cursor has passed: without
///   their entry no run would ask for them again.
///
/// A piece is one short transaction, so that whoever else needs the catalog gets between two of
/// them. One thread: the database's.
class pruning {
 public:
  /// What one piece does at most.
  static constexpr std::size_t entries_at_a_time = 200;
  static constexpr std::size_t connections_at_a_time = 20;

  /// `db` must outlive it; its directory is the state directory, which has the row logs.
  pruning(database& db, retention keep) : db_(db), keep_(keep) {}

  /// Does the next piece. False when the round is complete; the next call begins another. Throws
  /// `failure` (catalog_failed); if it is about the row logs of one connection, the next call goes
  /// on with the one after it.
  bool step(timestamp now);

 private:
  struct visited {
    std::string name;
    std::optional<std::string> last_run;
    bool has_cursor = false;
  };

  std::vector<visited> next_connections();
  /// These three return how many entries they forgot, `most` at the most.
  std::size_t forget(const visited& connection, timestamp now, std::size_t most);
  std::size_t forget_runs(const visited& connection, const std::vector<sql_row>& runs);
  std::size_t forget_rejected(const visited& connection, timestamp now, std::size_t most);

  database& db_;
  retention keep_;
  error failed_;      ///< of removing a row log, in the present piece
  std::string done_;  ///< connections up to this one are done in the present round
};

}  // namespace sluice::catalog
