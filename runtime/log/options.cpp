#include "runtime/log/options.hpp"

namespace sluice::log {

std::string_view to_string(level x) {
  switch (x) {
    case level::debug:
      return "debug";
    case level::info:
      return "info";
    case level::warning:
      return "warning";
    case level::error:
      return "error";
  }
  return "error";
}

std::string_view to_string(format x) { return x == format::json ? "json" : "text"; }

}  // namespace sluice::log
