// Warns in time that the node's own certificate ends.
#pragma once

#include <caf/all.hpp>
#include <optional>
#include <string>

#include "messages/timestamp.hpp"
#include "runtime/log/logger.hpp"

namespace sluice::node {

/// The warning at `now` about a certificate that is valid until `ends` and was last looked at at
/// `before`: one 30 days before its end, one 7 days before, and one when it has ended. Nothing
/// between these.
std::optional<std::string> certificate_news(timestamp ends, std::optional<timestamp> before,
                                            timestamp now);

/// Looks now and every hour as long as it lives, and logs the warnings.
class certificate_watch {
 public:
  certificate_watch(caf::actor_system& system, timestamp ends, const log::logger& log);
  ~certificate_watch();
  certificate_watch(const certificate_watch&) = delete;
  certificate_watch& operator=(const certificate_watch&) = delete;

 private:
  caf::actor watch_;
};

}  // namespace sluice::node
