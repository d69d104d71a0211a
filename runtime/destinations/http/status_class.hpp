// What the status of an answer means. Pure.
#pragma once

#include "runtime/config/http_statuses.hpp"

namespace sluice::destinations {

using config::status_class;

/// What is known of a request when its answer is judged.
struct request_facts {
  /// It has its row in its address: that it is not known there concerns the row.
  bool per_row = false;
  bool deletes = false;
  /// It inserts rows, which another one could update; or the opposite.
  bool inserts = false;
  bool updates = false;
  /// The answer says when to ask again.
  bool retry_after = false;
};

struct status_judgement {
  status_class meaning = status_class::row;
  /// Firewalls and rules about single records answer so, too: if other rows pass, it is this row
  /// that does not.
  bool unless_others_pass = false;
  bool said = false;  ///< by the configuration, whatever the rule is

  bool operator==(const status_judgement&) const = default;
};

/// What an answer with this status is about. `configured` goes before the rule.
status_judgement judge(int status, const config::http_statuses& configured,
                       const request_facts& about);

constexpr bool is_success(int status) { return status >= 200 && status < 300; }

/// True if a request with this answer may have been carried out although it failed.
bool may_have_been_applied(int status);

}  // namespace sluice::destinations
