// Who has to go when there is one too many of those about whom only their address is known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

namespace sluice::net {

/// The network that the other end of a connected socket is in: an IPv4 address, or the first half
/// of an IPv6 address, which is what one machine is given. 0 if it is none of these.
std::uint64_t neighbourhood(int fd);

/// One of them, by index, where the crowd is densest: of those from the neighbourhood that most
/// came from, one at random. Nobody keeps others out by number alone then: whoever sends a crowd
/// thins it out, and within a crowd nobody can tell who is next. REQUIRES: there is somebody.
std::size_t one_too_many(std::span<const std::uint64_t> neighbourhoods, std::minstd_rand& random);

}  // namespace sluice::net
