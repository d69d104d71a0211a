// Binary values in JSON and text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// Appends `bytes` in base64 (RFC 4648, padded).
void append_base64(std::string& out, std::string_view bytes);

/// The bytes of a text in base64 (RFC 4648, section 4, padded); nothing for any other text.
std::optional<std::string> from_base64(std::string_view text);

/// Base64 of RFC 4648, section 5, for URLs: without padding.
std::string base64url(std::string_view bytes);

}  // namespace sluice
