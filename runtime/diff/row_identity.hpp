// The identity of a key: the row that it means at the destination, which is the key of the ledger.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "messages/identity_rule.hpp"
#include "messages/row.hpp"
#include "runtime/diff/text_steps.hpp"

namespace sluice::diff {

/// Turns packed keys into identities under a rule: packed values, the same for all keys that mean
/// one row by the rule. A value that does not fit the form (a text that is no number, among
/// numbers) is its own identity. One thread only.
class row_identity {
 public:
  explicit row_identity(identity_rule rule = {}) : rule_(std::move(rule)) {}

  /// The identity of a key; `packed_key` itself if it has the same bytes. Valid until the next
  /// call, and as long as `packed_key`. REQUIRES: a packed key with a value for each column of the
  /// rule, if it has any.
  std::string_view of(std::string_view packed_key);

 private:
  void append(const identity_column& column, value_view value);

  identity_rule rule_;
  std::string bytes_;
  std::string scratch_;
  text_steps texts_;
};

}  // namespace sluice::diff
