// The values that a ledger keeps for another connection's mapping.
#pragma once

#include <memory>
#include <string_view>

#include "runtime/diff/row_identity.hpp"
#include "runtime/ledger/ledger.hpp"
#include "runtime/mapping/known_ids.hpp"

namespace sluice::diff {

/// Reads them from the ledger as it was at one moment. A key is found however it is spelled, by the
/// rule of the ledger.
class ledger_ids final : public mapping::known_ids {
 public:
  /// Throws `failure` (ledger_corrupt) if the rule of the ledger is none.
  explicit ledger_ids(ledger::glimpse from);

  value_view find(std::string_view packed_key, std::string_view name) override;

 private:
  std::unique_ptr<ledger::view> known_;
  row_identity identity_;
};

}  // namespace sluice::diff
