// The text that a value becomes inside a longer text. Pure.
#pragma once

#include <string>
#include <string_view>

#include "messages/row.hpp"

namespace sluice::values {

/// `true` or `false`, base64 of bytes, nothing for NULL, and the canonical text of everything else.
/// Lies in `value.bytes`, in static memory or in `scratch`, which it may overwrite.
std::string_view text_of(const value_view& value, std::string& scratch);

}  // namespace sluice::values
