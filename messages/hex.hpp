// Bytes as hexadecimal digits.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// Two digits for each byte, in upper case.
std::string to_hex(std::string_view bytes);

/// The same in lower case.
std::string to_small_hex(std::string_view bytes);

/// The inverse, of digits in either case; nothing for anything else.
std::optional<std::string> from_hex(std::string_view digits);

}  // namespace sluice
