// What is logged of requests over HTTP: every change and every refusal, with who asked.
#pragma once

#include <string>

#include "runtime/api/plan.hpp"
#include "runtime/log/logger.hpp"
#include "runtime/log/repeated_lines.hpp"

namespace sluice::actors {

/// Why the answer refuses, as its client reads it: in the form of either surface.
std::string reason_of(const web::response& answer);

/// One line each, but what comes in crowds is summed up. Not thread safe; the caller has the clock.
class request_log {
 public:
  using clock = log::repeated_lines::clock;

  explicit request_log(const log::logger& out);

  /// `what`: "start orders".
  void changed(const api::caller& by, const std::string& what, clock::time_point now);
  /// `what`: what was tried; `why`: in the words of the answer.
  void refused(const api::caller& by, const web::request& asked, const std::string& what,
               const std::string& why, clock::time_point now);
  void failed_sign_in(const web::request& asked, const std::string& why, clock::time_point now);

  void sum_up(clock::time_point now);
  /// When there may be something to sum up; `time_point::max()` for never.
  [[nodiscard]] clock::time_point due() const;

 private:
  log::repeated_lines changes_;
  log::repeated_lines refusals_;
  log::repeated_lines failures_;
};

}  // namespace sluice::actors
