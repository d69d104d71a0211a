// UUIDs written as text, brought into the one form in which databases write them.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace sluice::mapping {

using uuid_characters = std::array<char, 36>;

/// The 32 hexadecimal digits of a UUID in lower case, with hyphens in their places; nothing for
/// what is none. Hyphens of the text may stand anywhere, and braces around it. Pure.
std::optional<uuid_characters> canonical_uuid(std::string_view text);

}  // namespace sluice::mapping
