#include "runtime/net/channel.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "messages/error.hpp"
#include "runtime/os/system_error.hpp"

namespace sluice::net {
namespace {

moved result_of(ssize_t bytes, std::size_t& n) {
  n = bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
  if (bytes > 0) return moved::some;
  return bytes < 0 && errno == EAGAIN ? moved::would_block : moved::closed;
}

}  // namespace

inner_socket make_inner_socket() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
    throw failure(errc::internal, "open connection", {}, os::reason(errno));
  return {os::unique_fd{ends[0]}, os::unique_fd{ends[1]}};
}

short plain_channel::events(bool reading, bool writing) const {
  return static_cast<short>((reading ? POLLIN : 0) | (writing ? POLLOUT : 0));
}

moved plain_channel::read(std::span<char> into, std::size_t& n) {
  ssize_t got = 0;
  do {
    got = ::recv(fd_.get(), into.data(), into.size(), 0);
  } while (got < 0 && errno == EINTR);
  return result_of(got, n);
}

moved plain_channel::write(std::span<const char> from, std::size_t& n) {
  ssize_t taken = 0;
  do {
    taken = ::send(fd_.get(), from.data(), from.size(), MSG_NOSIGNAL);
  } while (taken < 0 && errno == EINTR);
  return result_of(taken, n);
}

}  // namespace sluice::net
