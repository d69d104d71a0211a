// Whether a client takes compressed responses.
#pragma once

#include <string_view>

namespace sluice::web {

/// `accepted`: the value of Accept-Encoding. The only coding that is sent here is gzip, and only to
/// clients that name it.
[[nodiscard]] bool accepts_gzip(std::string_view accepted);

}  // namespace sluice::web
