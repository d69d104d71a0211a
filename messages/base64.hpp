// Binary values in JSON and text.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// Appends `bytes` in base64 (RFC 4648, padded).
void append_base64(std::string& out, std::string_view bytes);

/// Base64 of RFC 4648, section 5, for URLs: without padding.
std::string base64url(std::string_view bytes);

}  // namespace sluice
