// Warns in time that the node's own certificate ends.
#pragma once

#include <caf/all.hpp>
#include <optional>
#include <string>

#include "messages/timestamp.hpp"
#include "runtime/log/logger.hpp"

namespace sluice::node {

/// What to say at `now` about a certificate that is good until `ends`, if it was looked at last at
/// `before`: once 30 days before its end, once 7 days before, and when it has ended. Nothing if
/// there is no news.
std::optional<std::string> certificate_news(timestamp ends, std::optional<timestamp> before,
                                            timestamp now);

/// Looks now and every hour as long as it lives, and logs what is news as a warning.
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
