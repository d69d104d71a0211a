#include "runtime/log/line.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "runtime/log/printable.hpp"

namespace sluice::log {
namespace {

/// ISO 8601 in UTC with milliseconds: sorts as text, and every collector reads it.
std::string to_text(std::chrono::sys_time<std::chrono::milliseconds> time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(second)),
                     (time - second).count());
}

/// `2026-01-31T09:00:00.000Z warning [customers 01JD…] reading halted`
std::string as_text(const line& x) {
  auto out = fmt::format("{} {:<7} ", to_text(x.time), to_string(x.level));
  if (!x.scope.connection.empty() || !x.scope.run.empty()) {
    const auto* const gap = x.scope.connection.empty() || x.scope.run.empty() ? "" : " ";
    out += fmt::format("[{}{}{}] ", printable(x.scope.connection), gap, printable(x.scope.run));
  }
  return out + printable(x.message);
}

std::string as_json(const line& x) {
  nlohmann::ordered_json out;
  out["time"] = to_text(x.time);
  out["level"] = to_string(x.level);
  if (!x.scope.connection.empty()) out["connection"] = x.scope.connection;
  if (!x.scope.run.empty()) out["run"] = x.scope.run;
  out["message"] = x.message;
  // Bytes that are not UTF-8 become U+FFFD: a broken byte in a driver's message must not lose the
  // line.
  return out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

std::string render(const line& x, format form) {
  return form == format::json ? as_json(x) : as_text(x);
}

}  // namespace sluice::log
