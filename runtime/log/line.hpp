// One log line: what it holds and how it looks. Pure; writing it is the logger's job.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "runtime/log/options.hpp"

namespace sluice::log {

/// What a line is about. Empty where it concerns the node as a whole, or no run in particular.
struct scope {
  std::string connection;
  std::string run;

  bool operator==(const scope&) const = default;
};

struct line {
  std::chrono::sys_time<std::chrono::milliseconds> time;  ///< printed in UTC
  log::level level = log::level::info;
  log::scope scope;
  std::string message;
};

/// The line in the given form, without the line break at its end, and with none inside it.
std::string render(const line& x, format form);

}  // namespace sluice::log
