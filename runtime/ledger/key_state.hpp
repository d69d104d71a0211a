// What is known of one key, and how intents and their outcomes change it.
#pragma once

#include <cstdint>

#include "messages/batch.hpp"
#include "messages/hash128.hpp"

namespace sluice::ledger {

/// A key is in doubt while an intent about it is open, and after one whose outcome is not known,
/// until a later delivery settles the matter.
struct key_state {
  hash128 fingerprint;      ///< zero unless `acknowledged` or `named`
  std::uint32_t epoch = 0;  ///< zero unless `acknowledged`
  bool acknowledged = false;
  bool doubt = false;      ///< left by an outcome that is not known; open intents come on top
  bool named = false;      ///< with `doubt`: `fingerprint` is the name of the delivery in doubt
  std::uint16_t open = 0;  ///< intents about this key without an outcome

  [[nodiscard]] bool in_doubt() const { return doubt || open > 0; }
  /// False once the ledger has nothing to say about the key.
  [[nodiscard]] bool known() const { return acknowledged || in_doubt(); }

  void intend() { ++open; }

  /// Settles one intent. `delivered` ends all doubt: whatever earlier attempts did, this came last.
  /// `rejected` and `undelivered` leave what was there before the intent.
  /// Of a key in doubt no value counts as acknowledged any more: its place is taken by the name of
  /// the delivery, if that has one.
  void settle(fate what, operation op, const hash128& value, const hash128& delivery,
              std::uint32_t current_epoch) {
    --open;
    if (what == fate::unknown) {
      doubt = true;
      if (named || delivery != hash128{}) fingerprint = delivery;
      named = delivery != hash128{};
    }
    if (what != fate::delivered) return;
    doubt = false;
    named = false;
    acknowledged = op != operation::erase;
    fingerprint = acknowledged ? value : hash128{};
    epoch = acknowledged ? current_epoch : 0;
  }
};

}  // namespace sluice::ledger
