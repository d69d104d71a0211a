#include "runtime/web/connection.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <string>

#include "runtime/web/listening_port.hpp"
#include "tests/support/http_visitor.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using web::connection;

namespace {

constexpr connection::clock::time_point start{1'000h};

/// A client whose request was taken, and the server's end of it, at a time that the test says.
struct asked_connection {
  web::connection_limits limits;
  web::listening_port port{"127.0.0.1", 0};
  test::http_visitor visitor{port.port()};
  connection line;

  asked_connection() : line(accepted(), nullptr, limits, start) {
    REQUIRE(visitor.say("GET / HTTP/1.1\r\n\r\n"));
    await(POLLIN);
    REQUIRE(line.serve(POLLIN, start) == connection::event::asked);
    static_cast<void>(line.take_request());
  }
  void await(short what) const {
    pollfd wanted{line.fd(), what, 0};
    REQUIRE(::poll(&wanted, 1, 60'000) == 1);
  }

 private:
  [[nodiscard]] os::unique_fd accepted() const {
    pollfd wanted{port.fd(), POLLIN, 0};
    REQUIRE(::poll(&wanted, 1, 60'000) == 1);
    return os::unique_fd{::accept4(port.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
  }
};

/// More than the kernel takes for a client that does not read: megabytes that end in their numbers.
std::string large_body() {
  std::string out;
  for (int i = 0; i < 48; ++i) out += std::string(1 << 20, 'x') + "#" + std::to_string(i) + "\n";
  return out;
}

}  // namespace

TEST_CASE("a response takes as long as it wants while its client goes on taking it") {
  asked_connection c;
  CHECK(c.line.respond({200, {}, large_body()}, start) == connection::event::none);
  CHECK(c.line.deadline() == start + c.limits.taking);
  auto now = start;
  for (int i = 0; i < 20; i += 4) {
    CHECK(c.visitor.read_until("#" + std::to_string(i) + "\n").ends_with('\n'));
    now += c.limits.taking - 1s;
    c.await(POLLOUT);
    CHECK(c.line.serve(POLLOUT, now) == connection::event::none);
    CHECK(c.line.deadline() == now + c.limits.taking);
  }
  // The kernel takes nothing more for the client.
  while (c.line.serve(POLLOUT, now) == connection::event::none) {
    pollfd wanted{c.line.fd(), POLLOUT, 0};
    if (::poll(&wanted, 1, 0) == 0) break;
  }
  CHECK(c.line.serve(POLLOUT, now + 5s) == connection::event::none);
  CHECK(c.line.deadline() <= now + c.limits.taking);
}
