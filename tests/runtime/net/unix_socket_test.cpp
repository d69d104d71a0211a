#include "runtime/net/unix_socket.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "messages/ascii.hpp"
#include "messages/error.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::net;
using namespace std::chrono_literals;

namespace {

struct socket_fixture {
  test::temp_dir dir;
  address where{dir.path() / "sluice.sock"};

  template <class F>
  error refusal(const F& f) {
    try {
      f();
    } catch (const failure& e) {
      return e.info();
    }
    FAIL("nothing was refused");
    return {};
  }
  error listen_refusal() {
    return refusal([&] { listening_socket s{where}; });
  }
};

}  // namespace

TEST_CASE_FIXTURE(socket_fixture, "only the owner may open the socket whatever the umask") {
  const auto before = ::umask(0);
  const listening_socket s{where};
  ::umask(before);
  struct stat found {};
  REQUIRE(::lstat(where.path.c_str(), &found) == 0);
  CHECK(S_ISSOCK(found.st_mode));
  CHECK((found.st_mode & 0777) == 0600);
}

TEST_CASE_FIXTURE(socket_fixture, "a second listener is refused and told who listens") {
  const listening_socket first{where};
  const auto e = listen_refusal();
  CHECK(e.code == errc::state_locked);
  CHECK(contains(e.cause, "process " + std::to_string(::getpid())));
  CHECK(contains(e.hint, "sluice shutdown"));
  CHECK_NOTHROW(connect_to(where, 1s));  // the first one is unharmed
}

TEST_CASE_FIXTURE(socket_fixture, "a foreign listener without our lock is refused as well") {
  {
    const listening_socket first{where};
    std::filesystem::remove(where.path.string() + ".lock");
    CHECK(listen_refusal().code == errc::state_locked);
    CHECK_NOTHROW(connect_to(where, 1s));
  }
}

TEST_CASE_FIXTURE(socket_fixture, "a socket file that a killed node left is replaced") {
  test::process node{{.program = NODE_DOUBLE, .arguments = {where.text()}}};
  REQUIRE(node.wait_for_output("ready", 20s));
  node.signal(SIGKILL);
  REQUIRE(node.wait(10s));
  REQUIRE(std::filesystem::exists(where.path));
  const auto e = refusal([&] { connect_to(where, 1s); });
  CHECK(e.code == errc::unreachable);
  CHECK(contains(e.cause, "gone"));
  const listening_socket next{where};
  CHECK_NOTHROW(connect_to(where, 1s));
}

TEST_CASE_FIXTURE(socket_fixture, "a file that is no socket is left alone") {
  std::ofstream{where.path} << "precious";
  CHECK(listen_refusal().code == errc::invalid_config);
  CHECK(std::filesystem::file_size(where.path) == 8);
}

TEST_CASE_FIXTURE(socket_fixture, "a missing directory is named") {
  where.path = dir.path() / "missing" / "sluice.sock";
  const auto e = listen_refusal();
  CHECK(e.code == errc::invalid_config);
  CHECK(contains(e.hint, "directory"));
}

TEST_CASE_FIXTURE(socket_fixture, "the socket file goes with its owner but not a successor's") {
  std::optional<listening_socket> s;
  s.emplace(where);
  s.reset();
  CHECK_FALSE(std::filesystem::exists(where.path));
  s.emplace(where);
  std::filesystem::remove(where.path);
  std::ofstream{where.path} << "somebody else's";
  s.reset();
  CHECK(std::filesystem::exists(where.path));
}

TEST_CASE_FIXTURE(socket_fixture, "no socket at all is told from a dead one") {
  const auto e = refusal([&] { connect_to(where, 1s); });
  CHECK(e.code == errc::unreachable);
  CHECK(contains(e.cause, "no node listens"));
  CHECK(contains(e.hint, "sluice node --config"));
}

TEST_CASE_FIXTURE(socket_fixture, "connecting to a full queue ends with the time-out") {
  const listening_socket s{where};
  std::vector<os::unique_fd> queue;
  const auto e = refusal([&] {
    for (int i = 0; i < 10'000; ++i) queue.push_back(connect_to(where, 50ms));
  });
  CHECK(e.code == errc::timed_out);
  CHECK(contains(e.cause, "queue is full"));
}

TEST_CASE("the peer of a socket is who the kernel says") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const os::unique_fd a{ends[0]};
  const os::unique_fd b{ends[1]};
  const auto who = peer_of(a.get());
  CHECK(who.pid == ::getpid());
  CHECK(who.uid == ::geteuid());
  CHECK(is_welcome(who));
  CHECK(is_welcome({1, 0}));
  CHECK_FALSE(is_welcome({1, ::geteuid() + 1}));
  const os::unique_fd no_socket{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  CHECK_THROWS_AS(peer_of(no_socket.get()), failure);
}
