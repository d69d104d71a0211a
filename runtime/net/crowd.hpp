// Which connection to close when there are too many whose address alone is known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

namespace sluice::net {

/// The network of the other end of a connected socket: an IPv4 address, or the first half of an
/// IPv6 address, which a single machine may have for itself. 0 for other sockets.
std::uint64_t neighbourhood(int fd);

/// The index of a random member of the most frequent neighbourhood. A crowd from one network thus
/// loses its own members instead of keeping others out, and no member can tell which is next.
/// REQUIRES: `neighbourhoods` is not empty.
std::size_t one_too_many(std::span<const std::uint64_t> neighbourhoods, std::minstd_rand& random);

}  // namespace sluice::net
