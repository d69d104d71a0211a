// What is known of one key, and how intents and their outcomes change it.
#pragma once

#include <cstdint>

#include "messages/batch.hpp"
#include "messages/hash128.hpp"
#include "runtime/ledger/frame.hpp"

namespace sluice::ledger {

/// A key is in doubt while an intent about it is open, and after an intent with an unknown outcome,
/// until a later delivery succeeds.
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

  /// Settles the intent `row`. `delivered` ends all doubt, since this delivery came after all
  /// earlier attempts. `rejected` and `undelivered` restore the state before the intent. A key in
  /// doubt has no acknowledged value any more; the name of the delivery, if there is one, is kept
  /// instead.
  void settle(const intent_row& row, fate what, std::uint32_t current_epoch) {
    --open;
    if (what == fate::unknown) {
      doubt = true;
      if (named || row.delivery != hash128{}) fingerprint = row.delivery;
      named = row.delivery != hash128{};
    }
    if (what != fate::delivered) return;
    doubt = false;
    named = false;
    acknowledged = row.op != operation::erase;
    fingerprint = acknowledged ? row.fingerprint : hash128{};
    epoch = acknowledged ? current_epoch : 0;
  }
};

}  // namespace sluice::ledger
