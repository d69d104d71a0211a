#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstdint>

namespace sluice::test {

/// 127.0.0.1 and this port.
inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return at;
}

}  // namespace sluice::test
