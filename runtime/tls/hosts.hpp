// Where nodes are reached, as certificates name it.
#pragma once

#include <string>

namespace sluice::tls {

/// A host name as DNS has it; no wildcard. One whose last label is a number is a mistyped address:
/// no top-level domain is (RFC 3696, section 2).
bool is_host_name(const std::string& host);

}  // namespace sluice::tls
