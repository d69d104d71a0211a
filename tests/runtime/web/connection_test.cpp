#include "runtime/web/connection.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace sluice;
using namespace std::chrono_literals;
using web::connection;

namespace {

constexpr connection::clock::time_point start{1'000h};

/// Both ends of a local connection: unlike those of TCP, its buffers neither grow nor are emptied
/// later.
std::pair<os::unique_fd, os::unique_fd> both_ends() {
  std::array<int, 2> fds{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds.data()) == 0);
  return {os::unique_fd{fds[0]}, os::unique_fd{fds[1]}};
}

/// A client whose request was taken, and the server's end of it, at a time that the test says.
struct asked_connection {
  web::connection_limits limits;
  std::pair<os::unique_fd, os::unique_fd> ends = both_ends();
  os::unique_fd client = std::move(ends.first);
  connection line{std::move(ends.second), nullptr, limits, start};

  asked_connection() {
    constexpr std::string_view asked = "GET / HTTP/1.1\r\n\r\n";
    REQUIRE(::send(client.get(), asked.data(), asked.size(), 0) == asked.size());
    REQUIRE(line.serve(POLLIN, start) == connection::event::asked);
    static_cast<void>(line.take_request());
  }

  /// The client takes so many bytes of its response, which the server sends meanwhile.
  void take(std::size_t bytes, connection::clock::time_point now) {
    std::vector<char> taken(1 << 16);
    while (bytes > 0) {
      const auto n = ::recv(client.get(), taken.data(), std::min(bytes, taken.size()), 0);
      if (n > 0) bytes -= static_cast<std::size_t>(n);
      REQUIRE(line.serve(POLLOUT, now) == connection::event::none);
    }
  }
};

}  // namespace

TEST_CASE("a response takes as long as it wants while its client goes on taking it") {
  asked_connection c;
  constexpr std::size_t piece = 1 << 20;
  CHECK(c.line.respond({200, {}, std::string(8 * piece, 'x')}, start) == connection::event::none);
  CHECK(c.line.deadline() == start + c.limits.taking);
  auto now = start;
  for (int i = 0; i < 4; ++i) {
    now += c.limits.taking - 1s;
    c.take(piece, now);
    CHECK(c.line.deadline() == now + c.limits.taking);
  }
  // Whoever takes something now and then has not taken enough each time.
  constexpr int sips = 64;
  std::size_t renewals = 0;
  for (int i = 0; i < sips; ++i) {
    const auto before = c.line.deadline();
    now += 1s;
    c.take(piece / sips, now);
    renewals += c.line.deadline() != before ? 1 : 0;
  }
  CHECK(renewals > 0);
  CHECK(renewals <= piece / web::connection_limits::least_taken + 1);
}
