// Compressed request bodies.
#pragma once

#include <string>
#include <string_view>

namespace sluice::http {

/// `bytes` in the gzip format (RFC 1952).
std::string gzip(std::string_view bytes);

}  // namespace sluice::http
