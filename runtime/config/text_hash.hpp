// Hashes of texts as texts.
#pragma once

#include <string>
#include <string_view>

namespace sluice::config {

/// 32 hexadecimal digits: 128 bits of XXH3. The same on every machine and in every release, since
/// some hashes are stored.
std::string text_hash(std::string_view text);

}  // namespace sluice::config
