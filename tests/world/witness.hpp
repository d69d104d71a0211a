// Stands before a destination and sees what is asked of it: what no run may ask is a complaint.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "messages/batch.hpp"
#include "messages/run.hpp"

namespace sluice::test {

/// Of one connection.
class witness {
 public:
  /// A pass sees these rows of the source.
  void pass_began(std::set<std::string> rows) { in_source_ = std::move(rows); }
  /// A delta is handed over; `again`: for the second time in its run, behind all others.
  void asked(const std::string& row, const delta_view& delta, bool again);
  /// And that is what the engine was told of it.
  void told(const std::string& row, const delta_view& delta, fate what);
  void run_ended(const run_record& run);
  /// The node is gone, whatever it had recorded.
  void node_died();
  /// Whatever was delivered may be delivered again.
  void anything_may_come_again();

  /// The latest pass saw the row.
  [[nodiscard]] bool in_pass(const std::string& row) const { return in_source_.contains(row); }
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  std::set<std::string> in_source_;
  std::map<std::string, std::string> sure_;     ///< what the ledger must know of, by row
  std::map<std::string, std::string> pending_;  ///< told in this run
  std::set<std::string> touched_;               ///< asked for in this run
  bool deletes_began_ = false;                  ///< in this run
  std::vector<std::string> again_;              ///< asked for although it was known
  std::vector<std::string> complaints_;
};

}  // namespace sluice::test
