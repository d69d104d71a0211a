// Ids of runs, as clients send them.
#pragma once

#include <algorithm>
#include <string_view>

#include "messages/ascii.hpp"

namespace sluice::api {

/// Whether a run can have that id: a ULID, 26 characters of Crockford's base 32.
constexpr bool is_run_id(std::string_view text) {
  constexpr std::string_view letters = "ABCDEFGHJKMNPQRSTVWXYZ";
  return text.size() == 26 && std::ranges::all_of(text, [&](char c) {
           return is_digit(c) || letters.find(c) != std::string_view::npos;
         });
}

}  // namespace sluice::api
