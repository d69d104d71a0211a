#include "runtime/net/gate.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <condition_variable>
#include <mutex>

#include "tests/runtime/net/frames.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice::net;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 10'000ms;

/// Reads up to `n` bytes; fewer if the other end closes. Fails the test if nothing happens.
std::string read_bytes(int fd, std::size_t n) {
  std::string result;
  while (result.size() < n) {
    pollfd p{fd, POLLIN, 0};
    REQUIRE(::poll(&p, 1, patience.count()) == 1);
    char buffer[4096];
    const auto got = ::recv(fd, buffer, std::min(sizeof buffer, n - result.size()), 0);
    if (got <= 0) break;
    result.append(buffer, static_cast<std::size_t>(got));
  }
  return result;
}

void write_bytes(int fd, const std::string& bytes) {
  REQUIRE(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(bytes.size()));
}

/// A gate whose CAF is the test.
class gate_fixture {
 public:
  temp_dir dir;
  address where{dir.path() / "gate.sock"};
  gate_limits limits;

  void open() {
    std::vector<listening_socket> sockets;
    sockets.emplace_back(where);
    gate_.emplace(std::move(sockets),
                  gate_events{.admit =
                                  [this](unique_fd fd) {
                                    const std::lock_guard lock(mutex_);
                                    admitted_.push_back(std::move(fd));
                                    changed_.notify_all();
                                  },
                              .tick = [] {},
                              .refused =
                                  [this](const std::string& line) {
                                    const std::lock_guard lock(mutex_);
                                    refused_.push_back(line);
                                    changed_.notify_all();
                                  }},
                  limits);
  }

  unique_fd knock() { return connect_to(where, patience); }

  /// CAF's end of the next client's connection.
  unique_fd next_admitted() {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, patience, [&] { return admitted_.size() > taken_; }));
    return std::move(admitted_[taken_++]);
  }
  std::string next_refusal() {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, patience, [&] { return refused_.size() > told_; }));
    return refused_[told_++];
  }
  sluice::net::gate& gate() { return *gate_; }
  void shut() { gate_.reset(); }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<unique_fd> admitted_;
  std::size_t taken_ = 0;
  std::vector<std::string> refused_;
  std::size_t told_ = 0;
  std::optional<sluice::net::gate> gate_;
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

const auto greeting = frame(frame_kind::client_handshake, 10);

}  // namespace

TEST_CASE_FIXTURE(gate_fixture, "bytes of an honest client pass both ways unchanged") {
  open();
  const auto client = knock();
  const auto caf = next_admitted();
  const auto request = greeting + frame(frame_kind::direct_message, 20'000);
  write_bytes(client.get(), request);
  CHECK(read_bytes(caf.get(), request.size()) == request);
  const std::string answer(20'000, 'a');
  write_bytes(caf.get(), answer);
  CHECK(read_bytes(client.get(), answer.size()) == answer);
}

TEST_CASE_FIXTURE(gate_fixture, "a header that announces 4 GiB never reaches CAF") {
  open();
  const auto client = knock();
  const auto caf = next_admitted();
  write_bytes(client.get(), header(frame_kind::client_handshake, 0xFFFFFFFF));
  CHECK(contains(next_refusal(), "announced 4294967295 bytes"));
  CHECK(read_bytes(caf.get(), 1).empty());
  CHECK(read_bytes(client.get(), 1).empty());
}

TEST_CASE_FIXTURE(gate_fixture, "a client that says nothing is sent away after the limit") {
  limits.each.handshake = 50ms;
  open();
  const auto client = knock();
  const auto begin = std::chrono::steady_clock::now();
  CHECK(contains(next_refusal(), "did not introduce itself"));
  CHECK(std::chrono::steady_clock::now() - begin > 40ms);
  CHECK(read_bytes(client.get(), 1).empty());
}

TEST_CASE_FIXTURE(gate_fixture, "a client that dribbles its handshake gets no more time for it") {
  limits.each.handshake = 100ms;
  open();
  const auto client = knock();
  write_bytes(client.get(), greeting.substr(0, 33));
  CHECK(contains(next_refusal(), "did not introduce itself"));
}

TEST_CASE_FIXTURE(gate_fixture, "a client that stops inside a message is sent away") {
  limits.each.stall = 50ms;
  open();
  const auto client = knock();
  write_bytes(client.get(), greeting + frame(frame_kind::direct_message, 100).substr(0, 60));
  CHECK(contains(next_refusal(), "in the middle of a message"));
}

TEST_CASE_FIXTURE(gate_fixture, "a client may be silent between messages") {
  limits.each = {.handshake = 30ms, .stall = 30ms, .frames = {}};
  open();
  const auto client = knock();
  const auto caf = next_admitted();
  write_bytes(client.get(), greeting);
  CHECK(read_bytes(caf.get(), greeting.size()) == greeting);
  pollfd p{client.get(), POLLIN, 0};
  CHECK(::poll(&p, 1, 150) == 0);  // several limits later it is still connected
  CHECK(gate().clients() == 1);
}

TEST_CASE_FIXTURE(gate_fixture, "a client that goes away mid-message ends CAF's side") {
  open();
  auto client = knock();
  const auto caf = next_admitted();
  const auto part = greeting + header(frame_kind::direct_message, 500);
  write_bytes(client.get(), part);
  CHECK(read_bytes(caf.get(), part.size()) == part);
  client.reset();
  CHECK(read_bytes(caf.get(), 1).empty());
}

TEST_CASE_FIXTURE(gate_fixture,
                  "one client too many is turned away and a place that frees is given") {
  limits.connections = 2;
  open();
  auto first = knock();
  const auto second = knock();
  auto caf_of_first = next_admitted();
  const auto caf_of_second = next_admitted();
  const auto third = knock();
  CHECK(contains(next_refusal(), "one too many"));
  CHECK(read_bytes(third.get(), 1).empty());
  first.reset();
  CHECK(read_bytes(caf_of_first.get(), 1).empty());
  const auto fourth = knock();
  next_admitted();
}

TEST_CASE_FIXTURE(gate_fixture, "what CAF said before it hung up still arrives") {
  open();
  const auto client = knock();
  auto caf = next_admitted();
  write_bytes(client.get(), greeting);
  CHECK(read_bytes(caf.get(), greeting.size()) == greeting);
  write_bytes(caf.get(), "farewell");
  caf.reset();
  CHECK(read_bytes(client.get(), 100) == "farewell");
}

TEST_CASE_FIXTURE(gate_fixture, "a client that takes no answers stops CAF and is sent away") {
  limits.each.stall = 100ms;
  open();
  const auto client = knock();
  const auto caf = next_admitted();
  write_bytes(client.get(), greeting);
  const std::string flood(1 << 20, 'x');
  std::size_t taken = 0;
  for (;;) {
    const auto n = ::send(caf.get(), flood.data(), flood.size(), MSG_NOSIGNAL);
    if (n > 0) {
      taken += static_cast<std::size_t>(n);
      continue;
    }
    if (errno != EAGAIN) break;  // the gate hung up
    pollfd p{caf.get(), POLLOUT, 0};
    REQUIRE(::poll(&p, 1, patience.count()) == 1);
  }
  CHECK(contains(next_refusal(), "takes no answers"));
  CHECK(taken < (4 << 20));  // socket buffers and one parcel, not the flood
}

TEST_CASE_FIXTURE(gate_fixture, "closing with a grace lets the last answer out") {
  open();
  const auto client = knock();
  auto caf = next_admitted();
  write_bytes(client.get(), greeting);
  CHECK(read_bytes(caf.get(), greeting.size()) == greeting);
  std::thread closer{[&] { gate().close(patience); }};
  write_bytes(caf.get(), "farewell");
  CHECK(read_bytes(client.get(), 8) == "farewell");
  caf.reset();
  closer.join();  // at once, for nobody is left
  CHECK_FALSE(std::filesystem::exists(where.path));
}

TEST_CASE_FIXTURE(gate_fixture, "closing without a grace hangs up on everybody") {
  open();
  const auto client = knock();
  const auto caf = next_admitted();
  shut();
  CHECK(read_bytes(client.get(), 1).empty());
  CHECK(read_bytes(caf.get(), 1).empty());
}
