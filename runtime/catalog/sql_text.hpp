// Pieces of SQL that are made of a list of columns.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace sluice::catalog {

/// `prefix.a, prefix.b, ...`, or without a prefix `a, b, ...`.
inline std::string listed(std::span<const std::string_view> columns,
                          const std::string& prefix = {}) {
  std::string out;
  for (const auto column : columns) {
    if (!out.empty()) out += ", ";
    out += prefix;
    out += column;
  }
  return out;
}

/// `?, ?, ...`
inline std::string marks(std::size_t count) {
  std::string out = "?";
  for (; count > 1; --count) out += ", ?";
  return out;
}

}  // namespace sluice::catalog
