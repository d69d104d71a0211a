// Host names, as certificates name them.
#pragma once

#include <string>

namespace sluice::tls {

/// Whether `host` is a DNS name without a wildcard. A name whose last label is a number is a
/// mistyped address: no top-level domain is a number (RFC 3696, section 2).
bool is_host_name(const std::string& host);

}  // namespace sluice::tls
