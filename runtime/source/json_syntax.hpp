// Whether a text is JSON. Pure.
#pragma once

#include <string_view>

namespace sluice::source {

/// The grammar of RFC 8259 and nothing else, as databases check it: numbers of any size (1e400),
/// any \u escape (half of a pair too), equal keys, any depth. REQUIRES: valid UTF-8.
bool is_valid_json(std::string_view text);

}  // namespace sluice::source
