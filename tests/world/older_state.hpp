// What is known of a connection of whose state an older copy was put back: what a run then has to
// say, and what none can know.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "messages/batch.hpp"
#include "messages/run.hpp"

namespace sluice::test {

/// Of one connection, and of the last copy that was made.
class older_state {
 public:
  /// Of a target: value by row.
  using contents = std::map<std::string, std::string>;

  // -- what happens
  void copied(contents there);
  /// The copy stands in the place of the ledger, of the catalog, or of both.
  void ledger_put_back(const contents& there);
  void catalog_put_back();
  void both_put_back(const contents& there);
  /// The engine was told that of the row.
  void told(const std::string& row, operation op, fate what);
  /// What is wrong about the end of that run; empty if nothing is.
  std::string ended(const run_record& run);
  /// A run of a new epoch succeeded: what was believed wrongly is made good.
  void made_good() { unnoticed_ = false; }

  // -- what is so
  /// Nothing tells that a copy was put back: what differs from it at the target stays so.
  [[nodiscard]] bool is_unnoticed() const { return unnoticed_; }
  /// No run knows that the row is at the target.
  [[nodiscard]] bool is_unknown(const std::string& row) const { return unknown_.contains(row); }
  /// The row has not been at the target, or not with that value, when the copy was made.
  [[nodiscard]] bool is_later(const std::string& row, const std::string& value) const;
  /// The run did all that could be done, and is called failed for what it cannot know.
  static bool owns_up(const run_record& run);

 private:
  struct knowledge {
    std::set<std::string> unknown;
    bool has_to_say = false;
    bool may_own_up = false;
  };
  /// Rows that came to the target since the copy are not known.
  void forget_later(const contents& there);

  contents copy_;
  knowledge at_copy_;
  bool delivered_since_copy_ = false;
  /// Since the copy was made, and no run has completed since.
  bool ledger_is_copy_ = false, catalog_is_copy_ = false;

  std::set<std::string> unknown_;
  bool has_to_say_ = false;  ///< the next run that completes has to say that the ledger is older
  bool may_own_up_ = false;  ///< and may fail for it
  bool unnoticed_ = false;
};

}  // namespace sluice::test
