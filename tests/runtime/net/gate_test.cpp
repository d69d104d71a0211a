#include "runtime/net/gate.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "messages/ascii.hpp"
#include "messages/error.hpp"
#include "runtime/net/tunnel.hpp"
#include "tests/runtime/net/frames.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/reserved_port.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice::net;
using namespace sluice::test;
using namespace std::chrono_literals;
using sluice::contains;

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
  std::vector<tcp_door> doors;
  std::vector<party> guests;  ///< those who were let in
  std::optional<client_rules> rules;

  gate_fixture() { limits.complaints = 0ms; }  // each has its line

  void open() {
    std::vector<listening_socket> sockets;
    sockets.emplace_back(where);
    gate_.emplace(std::move(sockets), std::move(doors),
                  gate_events{.admit =
                                  [this](sluice::os::unique_fd fd, const party& who, int) {
                                    const std::lock_guard lock(mutex_);
                                    guests.push_back(who);
                                    admitted_.push_back(std::move(fd));
                                    changed_.notify_all();
                                    return admission{rules, {}};
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

  sluice::os::unique_fd knock() { return connect_to(where, patience); }

  /// CAF's end of the next client's connection.
  sluice::os::unique_fd next_admitted() {
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
  std::vector<sluice::os::unique_fd> admitted_;
  std::size_t taken_ = 0;
  std::vector<std::string> refused_;
  std::size_t told_ = 0;
  std::optional<sluice::net::gate> gate_;
};

const auto gate_greeting = sluice::test::greeting();

}  // namespace

TEST_CASE_FIXTURE(gate_fixture, "bytes of an honest client pass both ways unchanged") {
  open();
  const auto client = knock();
  const auto caf = next_admitted();
  const auto request = gate_greeting + batch_frame(20'000);
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
  write_bytes(client.get(), gate_greeting.substr(0, 33));
  CHECK(contains(next_refusal(), "did not introduce itself"));
}

TEST_CASE_FIXTURE(gate_fixture, "a client that stops inside a message is sent away") {
  limits.each.stall = 50ms;
  open();
  const auto client = knock();
  write_bytes(client.get(), gate_greeting + batch_frame(100).substr(0, 60));
  CHECK(contains(next_refusal(), "in the middle of a message"));
}

TEST_CASE_FIXTURE(gate_fixture, "a client may be silent between messages") {
  limits.each = {.handshake = 30ms, .stall = 30ms, .frames = {}};
  open();
  const auto client = knock();
  const auto caf = next_admitted();
  write_bytes(client.get(), gate_greeting);
  CHECK(read_bytes(caf.get(), gate_greeting.size()) == gate_greeting);
  pollfd p{client.get(), POLLIN, 0};
  CHECK(::poll(&p, 1, 150) == 0);  // several limits later it is still connected
  CHECK(gate().clients() == 1);
}

TEST_CASE_FIXTURE(gate_fixture, "a client that goes away mid-message ends CAF's side") {
  open();
  auto client = knock();
  const auto caf = next_admitted();
  write_bytes(client.get(), gate_greeting + header(frame_kind::direct_message, 500));
  CHECK(read_bytes(caf.get(), gate_greeting.size()) == gate_greeting);
  client.reset();
  CHECK(read_bytes(caf.get(), 1).empty());
}

TEST_CASE_FIXTURE(gate_fixture,
                  "one client too many is turned away and a place that frees is given") {
  limits.places.local = 2;
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

namespace {

constexpr std::uint64_t gated_front = 7;
const std::vector<sluice::message_form> gated_forms{
    {"@<>+@u8", {{sluice::value_form::kind::number, 1}}, sluice::answer_kind::later},
    {"@<>+@u16", {{sluice::value_form::kind::number, 2}}, sluice::answer_kind::list}};

std::string gated_request(std::uint64_t number, const std::string& what) {
  return to(gated_front, from(1, numbered(0x1000000000000000 | number,
                                          frame(frame_kind::direct_message, what))));
}
std::string gated_small(std::uint64_t number) {
  return gated_request(number, message("@<>+@u8", "x"));
}
std::string gated_large(std::uint64_t number) {
  return gated_request(number, message("@<>+@u16", "xx"));
}
std::string gated_answer(std::uint64_t number, std::size_t size) {
  return to(1, numbered(number | 0x8000000000000000,
                        frame(frame_kind::direct_message, std::string(size, 'a'))));
}

bool is_quiet(int fd) {
  pollfd p{fd, POLLIN, 0};
  return ::poll(&p, 1, 50) == 0;
}

/// What clients of a gate may do.
struct ruled_gate : gate_fixture {
  ruled_gate() { rules = client_rules{{gated_front}, gated_forms, 16, 16}; }
};

}  // namespace

TEST_CASE_FIXTURE(ruled_gate, "whoever asks without an end is listened to as it is answered") {
  open();
  const auto client = knock();
  const auto caf = next_admitted();
  std::string all = gate_greeting;
  for (std::uint64_t i = 1; i <= 1'000; ++i) all += gated_small(i);
  std::thread asking{[&] {
    for (std::size_t at = 0; at < all.size();) {
      const auto n = ::send(client.get(), all.data() + at, all.size() - at, MSG_NOSIGNAL);
      if (n > 0) at += static_cast<std::size_t>(n);
      pollfd p{client.get(), POLLOUT, 0};
      if (n < 0 && (errno != EAGAIN || ::poll(&p, 1, patience.count()) != 1)) return;
    }
  }};
  const auto first = gate_greeting.size() + 16 * gated_small(1).size();
  CHECK(read_bytes(caf.get(), first) == all.substr(0, first));
  CHECK(is_quiet(caf.get()));
  for (std::uint64_t i = 1; i <= 1'000; ++i) {
    write_bytes(caf.get(), gated_answer(i, 100));
    CHECK(read_bytes(client.get(), 132) == gated_answer(i, 100));
    if (i <= 984) CHECK(read_bytes(caf.get(), gated_small(i).size()) == gated_small(i + 16));
  }
  asking.join();
}

TEST_CASE_FIXTURE(ruled_gate, "lists are on their way to a few clients at a time") {
  limits.lists = 2;
  limits.list_share = 2;
  open();
  std::vector<sluice::os::unique_fd> clients;
  std::vector<sluice::os::unique_fd> ends;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(knock());
    ends.push_back(next_admitted());
    write_bytes(clients.back().get(), gate_greeting + gated_large(1));
    CHECK(read_bytes(ends.back().get(), gate_greeting.size()) == gate_greeting);
  }
  for (const auto i : {0u, 1u})
    CHECK(read_bytes(ends[i].get(), gated_large(1).size()) == gated_large(1));
  CHECK(is_quiet(ends[2].get()));
  SUBCASE("one is answered") { write_bytes(ends[1].get(), gated_answer(1, 100)); }
  SUBCASE("one goes away") { clients[0].reset(); }
  CHECK(read_bytes(ends[2].get(), gated_large(1).size()) == gated_large(1));
}

TEST_CASE_FIXTURE(ruled_gate, "what is no request ends the connection and never reaches CAF") {
  open();
  const auto client = knock();
  const auto caf = next_admitted();
  write_bytes(client.get(), gate_greeting + gated_request(1, message("@<>+@message",
                                                                     std::string("\0\0\3@<>", 6))));
  CHECK(contains(next_refusal(), "no request"));
  CHECK(read_bytes(caf.get(), 1).empty());
  CHECK(read_bytes(client.get(), 1).empty());
}

TEST_CASE_FIXTURE(gate_fixture, "complaints of a kind are one line, and one that counts them") {
  limits.complaints = 1h;
  limits.places.local = 0;
  open();
  std::vector<sluice::os::unique_fd> crowd;
  for (int i = 0; i < 20; ++i) {
    crowd.push_back(knock());
    CHECK(read_bytes(crowd.back().get(), 1).empty());
  }
  CHECK(contains(next_refusal(), "one too many"));
  shut();
  CHECK(contains(next_refusal(), "… and 18 more like it"));
}

TEST_CASE_FIXTURE(gate_fixture, "what CAF said before it hung up still arrives") {
  open();
  const auto client = knock();
  auto caf = next_admitted();
  write_bytes(client.get(), gate_greeting);
  CHECK(read_bytes(caf.get(), gate_greeting.size()) == gate_greeting);
  write_bytes(caf.get(), "farewell");
  caf.reset();
  CHECK(read_bytes(client.get(), 100) == "farewell");
}

TEST_CASE_FIXTURE(gate_fixture, "a client that takes no answers stops CAF and is sent away") {
  limits.each.stall = 100ms;
  open();
  const auto client = knock();
  const auto caf = next_admitted();
  write_bytes(client.get(), gate_greeting);
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
  write_bytes(client.get(), gate_greeting);
  CHECK(read_bytes(caf.get(), gate_greeting.size()) == gate_greeting);
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

namespace {

/// A gate with a TLS door, whose visitors have certificates or not.
struct tls_gate_fixture : gate_fixture {
  sluice::test::certificate_authority authority{dir.path(), "authority"};
  reserved_port reserved;
  address port{.path = {}, .host = "127.0.0.1", .port = reserved.number()};

  [[nodiscard]] tls_files files(const std::string& name) const {
    const auto made = authority.issue({.name = name, .addresses = {"127.0.0.1"}});
    return {made.certificate, made.key, authority.certificate()};
  }
  void open() {
    doors.push_back({listening_tcp_socket{port}, std::make_shared<tls_context>(files("node:a"))});
    gate_fixture::open();
  }
  [[nodiscard]] std::unique_ptr<tls_channel> visit(const std::string& name) const {
    return connect_tls(port, tls_context{files(name)}, patience);
  }
};

}  // namespace

TEST_CASE_FIXTURE(tls_gate_fixture, "who comes through the TLS door is known by its certificate") {
  open();
  auto client = visit("operator:ci");
  const auto caf = next_admitted();
  CHECK(guests.at(0) == party{party_kind::op, "ci"});
  std::size_t n = 0;
  REQUIRE(client->write(gate_greeting, n) == moved::some);
  CHECK(read_bytes(caf.get(), gate_greeting.size()) == gate_greeting);
  write_bytes(caf.get(), "welcome");
  std::array<char, 100> answer{};
  pollfd p{client->fd(), POLLIN, 0};
  do {
    REQUIRE(::poll(&p, 1, patience.count()) == 1);
  } while (client->read(answer, n) == moved::would_block);
  CHECK(std::string(answer.data(), n) == "welcome");
}

TEST_CASE_FIXTURE(tls_gate_fixture,
                  "silence, noise and plain messages at the TLS door cost their own connection") {
  limits.each.handshake = 200ms;
  open();
  const auto silent = connect_tcp(port, patience);
  CHECK(contains(next_refusal(), "did not introduce itself"));
  CHECK(read_bytes(silent.get(), 1).empty());
  const auto noisy = connect_tcp(port, patience);
  write_bytes(noisy.get(), std::string(5000, '\x7f'));
  CHECK(contains(next_refusal(), "127.0.0.1"));
  const auto plain = connect_tcp(port, patience);
  write_bytes(plain.get(), header(frame_kind::client_handshake, 0xFFFFFFFF));
  CHECK(contains(next_refusal(), "127.0.0.1"));
  const auto late = visit("operator:ci");
  next_admitted();
}

TEST_CASE_FIXTURE(tls_gate_fixture, "a crowd of silent visitors keeps nobody out") {
  limits.handshakes = {.silent = 4, .talking = 4};
  open();
  std::vector<sluice::os::unique_fd> crowd;
  for (int i = 0; i < 40; ++i) {
    crowd.push_back(connect_tcp(port, patience));
    // Half of them begin a handshake and leave it at that.
    if (i % 2 == 0) write_bytes(crowd.back().get(), "\x16\x03\x01\x02");
  }
  const auto late = visit("operator:ci");
  const auto caf = next_admitted();
  CHECK(contains(next_refusal(), "others wait"));
}

TEST_CASE_FIXTURE(tls_gate_fixture,
                  "certificates have their places, and the local socket its own") {
  limits.places = {.local = 1, .nodes = 1, .operators = 1, .observers = 3};
  open();
  std::vector<std::unique_ptr<tls_channel>> kept;
  std::vector<sluice::os::unique_fd> ends;
  const auto comes_in = [&](const std::string& name) {
    kept.push_back(visit(name));
    ends.push_back(next_admitted());
  };
  for (int i = 0; i < 3; ++i) comes_in("observer:eve");
  const auto one_too_many = visit("observer:eve");
  CHECK(contains(next_refusal(), "3 observers are connected"));
  comes_in("observer:grafana");
  CHECK(contains(next_refusal(), "observer:eve at 127.0.0.1"));
  comes_in("operator:ci");
  comes_in("node:b");
  const auto local = knock();
  const auto end = next_admitted();
  CHECK(guests.back().kind == party_kind::op);
}

TEST_CASE_FIXTURE(tls_gate_fixture, "a bare door lets everybody in as an operator") {
  doors.push_back({listening_tcp_socket{port}, nullptr});
  gate_fixture::open();
  const auto client = connect_tcp(port, patience);
  const auto caf = next_admitted();
  CHECK(guests.at(0).kind == party_kind::op);
  write_bytes(client.get(), gate_greeting);
  CHECK(read_bytes(caf.get(), gate_greeting.size()) == gate_greeting);
}

TEST_CASE_FIXTURE(tls_gate_fixture,
                  "a client that is not needed is hung up on, and no line says so") {
  std::vector<tcp_door> bare;
  bare.push_back({listening_tcp_socket{port}, nullptr});
  std::atomic<int> asked = 0;
  std::atomic<int> refused = 0;
  sluice::net::gate g(
      {}, std::move(bare),
      {.admit = [&](sluice::os::unique_fd, const party&, int) -> std::optional<admission> {
         ++asked;
         return std::nullopt;
       },
       .tick = [] {},
       .refused = [&](const std::string&) { ++refused; }},
      {});
  const auto client = connect_tcp(port, patience);
  CHECK(read_bytes(client.get(), 1).empty());
  CHECK(asked == 1);
  CHECK(refused == 0);
  CHECK(g.clients() == 0);
}

TEST_CASE_FIXTURE(tls_gate_fixture, "what an admission keeps goes with its client") {
  std::vector<tcp_door> bare;
  bare.push_back({listening_tcp_socket{port}, nullptr});
  std::atomic<int> here = 0;
  std::vector<sluice::os::unique_fd> ends;  // of the gate's thread
  sluice::net::gate g({}, std::move(bare),
                      {.admit =
                           [&](sluice::os::unique_fd fd, const party&, int) {
                             ends.push_back(std::move(fd));
                             ++here;
                             return admission{std::nullopt, {nullptr, [&](void*) { --here; }}};
                           },
                       .tick = [] {},
                       .refused = [](const std::string&) {}},
                      {});
  const auto wait_for = [&](int count) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (here != count && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    CHECK(here == count);
  };
  auto client = connect_tcp(port, patience);
  wait_for(1);
  client.reset();
  wait_for(0);
}
