// Sizes as people write them: `500B`, `64kB`, `1MB`, `2MiB`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::config {

/// The bytes of a whole number with one unit; nothing for any other text, overflow included. kB and
/// MB are powers of 1000 (`KB` is taken for kB), KiB and MiB powers of 1024.
std::optional<std::uint64_t> parse_byte_size(std::string_view text);

/// The shortest such text with the same value: 1,000,000 is `1MB`.
std::string byte_size_text(std::uint64_t bytes);

}  // namespace sluice::config
