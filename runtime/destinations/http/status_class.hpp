// The meaning of an answer's status. Pure.
#pragma once

#include "runtime/config/http_statuses.hpp"

namespace sluice::destinations {

using config::status_class;

/// Facts about a request by which its answer is judged.
struct request_facts {
  /// The request's address contains the row, so "not found" concerns the row.
  bool per_row = false;
  bool deletes = false;
  /// The request inserts rows, which another request could update; or the opposite.
  bool inserts = false;
  bool updates = false;
  /// The request only asks for values that belong to a row.
  bool looks_up = false;
  /// The answer says when to ask again.
  bool retry_after = false;
};

struct status_judgement {
  status_class meaning = status_class::row;
  /// Firewalls and rules about single records also use this status: if other rows pass, it concerns
  /// this row alone.
  bool unless_others_pass = false;
  bool said = false;  ///< the configuration decided, not the rule

  bool operator==(const status_judgement&) const = default;
};

/// Judges an answer by its status. `configured` takes precedence over the rule.
status_judgement judge(int status, const config::http_statuses& configured,
                       const request_facts& about);

constexpr bool is_success(int status) { return status >= 200 && status < 300; }

/// True if a request with this answer may have been carried out although it failed.
bool may_have_been_applied(int status);

}  // namespace sluice::destinations
