// Finds keys that occur twice in one pass, among keys that the ledger does not know.
//
// Most first syncs return their rows in the order of the key, and then a set of all keys would be a
// waste: a key above every earlier one cannot have come before. So nothing is looked up as long as
// the new keys ascend; only their hashes are logged, in sequence. With the first key that does not
// ascend, everything logged goes into the set, and from then on every key does:
//
//   ascending   key > highest    -> logged; not a duplicate, since compare_keys is a total order in
//                                   which only identical keys are equal and all earlier ones are
//                                   at most `highest`
//               key <= highest   -> the log moves into the set, then as below
//   unordered   any key          -> duplicate if and only if the set has its hash, which by then
//                                   holds all earlier keys
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "messages/hash128.hpp"
#include "runtime/diff/hash_log.hpp"

namespace sluice::diff {

/// Exact for any order of keys. Memory: the highest key and a small buffer, and the set. One thread
/// only.
class new_key_filter {
 public:
  /// Adds a hash to the set of this pass; false if it was there (ledger::new_keys::add).
  using add_to_set = std::function<bool(const hash128&)>;

  /// `directory` is where the log may put its unlinked file.
  new_key_filter(add_to_set add, std::filesystem::path directory);

  /// Notes the identity of a row (see row_identity) and its hash; false if it came before.
  bool note(std::string_view identity, const hash128& key_hash);

 private:
  add_to_set add_;
  hash_log log_;
  std::string highest_;  ///< empty before the first key: packed keys never are
  bool ascending_ = true;
};

}  // namespace sluice::diff
