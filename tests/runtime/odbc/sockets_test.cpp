#include "runtime/odbc/sockets.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "runtime/odbc/connection.hpp"
#include "tests/support/database_fixture.hpp"

using namespace sluice;
using namespace sluice::odbc;
using namespace std::chrono_literals;

namespace {

int option(int fd, int layer, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  REQUIRE(::getsockopt(fd, layer, name, &value, &length) == 0);
  return value;
}

/// Two ends of a connection on this machine.
struct tcp_pair {
  tcp_pair() {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof where;
    auto* const address = reinterpret_cast<sockaddr*>(&where);
    REQUIRE(::bind(listener, address, length) == 0);
    REQUIRE(::listen(listener, 1) == 0);
    REQUIRE(::getsockname(listener, address, &length) == 0);
    near = ::socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(::connect(near, address, length) == 0);
    far = ::accept(listener, nullptr, nullptr);
    REQUIRE(far >= 0);
    ::close(listener);
  }
  ~tcp_pair() {
    ::close(near);
    ::close(far);
  }
  tcp_pair(const tcp_pair&) = delete;
  tcp_pair& operator=(const tcp_pair&) = delete;

  int near = -1;
  int far = -1;
};

/// The sockets of this process whose peer has this port.
std::vector<int> sockets_to(std::uint16_t port) {
  std::vector<int> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename().string());
    sockaddr_in peer{};
    socklen_t length = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) == 0 &&
        peer.sin_family == AF_INET && ntohs(peer.sin_port) == port)
      found.push_back(fd);
  }
  return found;
}

}  // namespace

TEST_CASE("a peer is watched by the kernel, unless somebody else has seen to that") {
  const tcp_pair ends;
  const driver_socket socket(os::unique_fd{::dup(ends.near)}, 1);
  socket.watch_peer();
  CHECK(option(ends.near, SOL_SOCKET, SO_KEEPALIVE) == 1);
  const auto idle = option(ends.near, IPPROTO_TCP, TCP_KEEPIDLE);
  const auto more =
      option(ends.near, IPPROTO_TCP, TCP_KEEPINTVL) * option(ends.near, IPPROTO_TCP, TCP_KEEPCNT);
  CHECK(std::chrono::seconds(idle + more) == driver_socket::gone_after);
  CHECK(std::chrono::milliseconds(option(ends.near, IPPROTO_TCP, TCP_USER_TIMEOUT)) ==
        driver_socket::gone_after);

  const tcp_pair others;
  const int mine = 7;
  REQUIRE(::setsockopt(others.near, IPPROTO_TCP, TCP_KEEPIDLE, &mine, sizeof mine) == 0);
  const driver_socket chosen(os::unique_fd{::dup(others.near)}, 2);
  chosen.watch_peer();
  CHECK(option(others.near, IPPROTO_TCP, TCP_KEEPIDLE) == mine);
  CHECK(option(others.near, IPPROTO_TCP, TCP_USER_TIMEOUT) == 0);
}

TEST_CASE("a peer that sends is not silent, and of a Unix socket that is not known") {
  const tcp_pair ends;
  const driver_socket socket(os::unique_fd{::dup(ends.near)}, 1);
  REQUIRE(::send(ends.far, "x", 1, 0) == 1);
  char got = 0;
  REQUIRE(::recv(ends.near, &got, 1, MSG_WAITALL) == 1);
  REQUIRE(socket.silent_for());
  CHECK(*socket.silent_for() < 1s);

  int pair[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  CHECK_FALSE(driver_socket(os::unique_fd(pair[0]), 3).silent_for());
  ::close(pair[1]);
}

TEST_CASE("the kernel watches the servers that runs are connected with") {
  for (const auto kind : {product::postgresql, product::mariadb}) {
    CAPTURE(to_string(kind));
    const test::database_fixture database(kind);
    const auto port = static_cast<std::uint16_t>(std::stoi(test::required_environment(
        kind == product::postgresql ? "SLUICE_TEST_PG_PORT" : "SLUICE_TEST_MARIADB_PORT")));
    for (const auto use : {purpose::read, purpose::write}) {
      const std::stop_source stop;
      auto connected = database.connect(use, stop.get_token());
      bool watched = false;
      for (const int fd : sockets_to(port))
        watched = watched || (option(fd, SOL_SOCKET, SO_KEEPALIVE) == 1 &&
                              option(fd, IPPROTO_TCP, TCP_KEEPIDLE) == 60);
      CHECK(watched);
    }
  }
}
