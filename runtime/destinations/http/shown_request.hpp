// Requests in a form for people.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "messages/batch.hpp"
#include "runtime/config/http_config.hpp"
#include "runtime/destinations/http/request_plan.hpp"
#include "runtime/destinations/renderer.hpp"

namespace sluice::destinations {

/// Builds the request for a row as delivery does, from the printable configuration, without
/// secrets. One thread.
class shown_requests {
 public:
  /// Throws `failure` (invalid_config) if a template names a field that the rows do not have.
  shown_requests(const config::http_config& destination, const delivery_context& run);

  /// The request for this delta alone, with its body before compression; in front of it the look-up
  /// that it needs.
  [[nodiscard]] rendering render(const batch& deltas, std::size_t index);

 private:
  [[nodiscard]] rendering show(request_plan& plan, const batch& deltas, std::size_t index) const;

  config::http_config config_;
  std::unique_ptr<request_plan> lookup_;              ///< null if nothing is looked up
  std::vector<bool> looks_up_;                        ///< by position: whether it needs the look-up
  std::vector<std::unique_ptr<request_plan>> plans_;  ///< null for one that the mode never sends
};

}  // namespace sluice::destinations
