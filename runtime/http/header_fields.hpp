// The header fields of an answer.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/ascii.hpp"

namespace sluice::http {

/// Names and values in the order in which they came.
using header_fields = std::vector<std::pair<std::string, std::string>>;

/// The values of the header `name`, in whatever case it is written.
inline std::vector<std::string> values_of(const header_fields& headers, std::string_view name) {
  std::vector<std::string> out;
  for (const auto& [header, value] : headers)
    if (same_word(header, name)) out.push_back(value);
  return out;
}

}  // namespace sluice::http
