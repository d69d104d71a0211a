// UUIDs as text, brought into the form in which databases write them.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace sluice::mapping {

using uuid_characters = std::array<char, 36>;

/// The 32 hexadecimal digits of a UUID in lower case, with hyphens in their places; nothing for
/// text that is no UUID. The text may have hyphens anywhere, and braces around it. Pure.
std::optional<uuid_characters> canonical_uuid(std::string_view text);

}  // namespace sluice::mapping
