// One log line: its content and its form. Pure; writing it is the logger's job.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "messages/names.hpp"
#include "runtime/log/options.hpp"

namespace sluice::log {

/// The subject of a line. Empty fields: the node as a whole, no particular run.
struct scope {
  connection_name connection;
  run_id run;

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
