#include "runtime/net/crowd.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <unordered_map>

#include "messages/expect.hpp"

namespace sluice::net {

std::uint64_t neighbourhood(int fd) {
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&from), &size) != 0) return 0;
  if (from.ss_family == AF_INET) return reinterpret_cast<const sockaddr_in&>(from).sin_addr.s_addr;
  if (from.ss_family != AF_INET6) return 0;
  const auto& bytes = reinterpret_cast<const sockaddr_in6&>(from).sin6_addr.s6_addr;
  // An IPv4 address as an IPv6 socket sees it is in the last bytes.
  const bool mapped = IN6_IS_ADDR_V4MAPPED(&reinterpret_cast<const sockaddr_in6&>(from).sin6_addr);
  std::uint64_t network = 0;
  std::copy_n(bytes + (mapped ? 8 : 0), sizeof network, reinterpret_cast<std::uint8_t*>(&network));
  return network;
}

std::size_t one_too_many(std::span<const std::uint64_t> neighbourhoods, std::minstd_rand& random) {
  expect(!neighbourhoods.empty(), "thin out clients", "a client");
  std::unordered_map<std::uint64_t, std::size_t> sizes;
  std::size_t most = 0;
  for (const auto n : neighbourhoods) most = std::max(most, ++sizes[n]);
  // Members of crowds of the same size are equally likely.
  std::size_t candidates = 0;
  for (const auto& [n, size] : sizes) candidates += size == most ? size : 0;
  auto chosen = std::uniform_int_distribution<std::size_t>{0, candidates - 1}(random);
  for (std::size_t i = 0; i < neighbourhoods.size(); ++i)
    if (sizes[neighbourhoods[i]] == most && chosen-- == 0) return i;
  return 0;
}

}  // namespace sluice::net
