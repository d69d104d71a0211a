// What an API answered about a row earlier, and the ledger has kept: `{{known.record_id}}`. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/http_config.hpp"
#include "runtime/destinations/http/values_beside.hpp"

namespace sluice::destinations {

/// What is to be remembered of a row: `before` with the values of `take` in `found` (packed, in
/// their order; empty: none was found) in place of those of the same names. NULL replaces nothing.
std::string remember(std::string_view before, const std::vector<config::taken_value>& take,
                     std::string_view found);

/// The values that stand in the ledger. An insert has NULL for a value that the API has not
/// returned yet; any other row is refused without it.
class known_values final : public value_source {
 public:
  /// Of all requests of `destination`.
  explicit known_values(const config::http_config& destination);

  [[nodiscard]] word called() const override { return word::known; }
  [[nodiscard]] const std::vector<std::string>& names() const override { return names_; }
  found_value find(const delta_view& delta, std::size_t name) override;

 private:
  std::vector<std::string> names_;
};

}  // namespace sluice::destinations
