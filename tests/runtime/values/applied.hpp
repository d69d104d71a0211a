// Values as functions make them, as text.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "runtime/values/chain.hpp"

namespace sluice::test {

/// The value after the calls, written as in a template: `text Ada`; `refused: ` and the reason
/// where there is none.
inline std::string applied(value_view value, std::string_view calls) {
  const auto parsed = values::parse_calls(calls);
  REQUIRE_MESSAGE(parsed.malformed == "", calls);
  values::chain functions(parsed.calls);
  const auto out = functions.apply(value);
  if (!out) return "refused: " + functions.problem();
  if (out->kind == value_kind::null) return "null";
  return std::string(to_string(out->kind)) + " " + std::string(out->bytes);
}

inline std::string applied(std::string_view text, std::string_view calls) {
  return applied(value_view{value_kind::text, text}, calls);
}

}  // namespace sluice::test
