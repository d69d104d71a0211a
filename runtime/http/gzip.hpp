// Compressed request bodies.
#pragma once

#include <string>
#include <string_view>

namespace sluice::destinations {

/// `bytes` in the gzip format (RFC 1952).
std::string gzip(std::string_view bytes);

}  // namespace sluice::destinations
