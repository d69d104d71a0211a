// Where nodes are reached, as certificates name it.
#pragma once

#include <string>

namespace sluice::tls {

/// A numeric IPv4 or IPv6 address, without brackets.
bool is_ip_address(const std::string& host);
/// A host name as DNS has it; no wildcard.
bool is_host_name(const std::string& host);

}  // namespace sluice::tls
