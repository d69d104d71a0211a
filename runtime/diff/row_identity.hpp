// Which row a key names at the destination: what the ledger is keyed by.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "messages/identity_rule.hpp"
#include "messages/row.hpp"
#include "runtime/diff/text_steps.hpp"

namespace sluice::diff {

/// Turns packed keys into the bytes that rows are told apart by under a rule: packed values
/// themselves, the same for all keys that the rule holds for one. A value that a form does not fit
/// (a text that is no number, among numbers) stands for itself. One thread only.
class row_identity {
 public:
  explicit row_identity(identity_rule rule = {}) : rule_(std::move(rule)) {}

  /// The identity of a key, or `packed_key` itself where that is the same bytes. Valid until the
  /// next call, and as long as `packed_key`. REQUIRES: a packed key with a value for each column of
  /// the rule, if it has any.
  std::string_view of(std::string_view packed_key);

 private:
  void append(const identity_column& column, value_view value);

  identity_rule rule_;
  std::string bytes_;
  std::string scratch_;
  text_steps texts_;
};

}  // namespace sluice::diff
