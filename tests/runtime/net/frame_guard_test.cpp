#include "runtime/net/frame_guard.hpp"

#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "tests/runtime/net/frames.hpp"

using namespace sluice::net;
using namespace sluice::test;

namespace {

constexpr frame_limits limits{.handshake = 100, .message = 1000};

/// What the guard says of a whole stream given in pieces of `step` bytes; `passed` gets what it
/// lets through.
std::optional<std::string> verdict(frame_guard& guard, std::string_view stream, std::size_t step,
                                   std::vector<char>& passed) {
  for (std::size_t at = 0; at < stream.size(); at += step)
    if (auto wrong = guard.filter(stream.substr(at, step), passed)) return wrong;
  return std::nullopt;
}
std::optional<std::string> verdict(frame_guard& guard, std::string_view stream, std::size_t step) {
  std::vector<char> passed;
  return verdict(guard, stream, step, passed);
}

}  // namespace

TEST_CASE("an honest conversation passes however it is cut") {
  const auto stream = frame(frame_kind::client_handshake, 100) +
                      frame(frame_kind::monitor_message, 0) +
                      frame(frame_kind::direct_message, 1000) + frame(frame_kind::heartbeat, 0) +
                      frame(frame_kind::down_message, 7);
  for (std::size_t step = 1; step <= stream.size(); ++step) {
    frame_guard guard{limits};
    std::vector<char> passed;
    CHECK_FALSE(verdict(guard, stream, step, passed));
    CHECK(std::string(passed.begin(), passed.end()) == stream);
    CHECK(guard.greeted());
    CHECK_FALSE(guard.inside_frame());
  }
}

TEST_CASE("a frame that announces more than the limit is refused with its header") {
  for (std::size_t step = 1; step <= frame_header_size; ++step) {
    frame_guard guard{limits};
    const auto wrong = verdict(guard, header(frame_kind::client_handshake, 0xFFFFFFFF), step);
    REQUIRE(wrong);
    CHECK(wrong->find("4294967295") != std::string::npos);
  }
  frame_guard guard{limits};
  CHECK(verdict(guard, header(frame_kind::client_handshake, 101), 32));

  frame_guard later{limits};
  CHECK_FALSE(verdict(later, frame(frame_kind::client_handshake, 1), 64));
  CHECK(verdict(later, header(frame_kind::direct_message, 1001), 32));
}

TEST_CASE("a client must introduce itself first and in its own part") {
  frame_guard eager{limits};
  CHECK(verdict(eager, frame(frame_kind::direct_message, 1), 64));
  frame_guard twice{limits};
  CHECK_FALSE(verdict(twice, frame(frame_kind::client_handshake, 1), 64));
  CHECK_FALSE(verdict(twice, frame(frame_kind::client_handshake, 1), 64));
  CHECK(verdict(twice, header(frame_kind::client_handshake, 101), 64));
  frame_guard servers_part{limits};
  CHECK(verdict(servers_part, frame(frame_kind::server_handshake, 1), 64));
}

TEST_CASE("an incomplete frame shows") {
  frame_guard guard{limits};
  CHECK_FALSE(guard.inside_frame());
  CHECK_FALSE(verdict(guard, frame(frame_kind::client_handshake, 5).substr(0, 36), 36));
  CHECK(guard.inside_frame());
  CHECK_FALSE(guard.greeted());
  CHECK_FALSE(verdict(guard, "x", 1));
  CHECK(guard.greeted());
  CHECK_FALSE(guard.inside_frame());
}

TEST_CASE("random bytes do not pass for a client") {
  std::mt19937 random{7};
  std::size_t refused = 0;
  for (int i = 0; i < 1000; ++i) {
    std::string bytes(64, '\0');
    for (auto& b : bytes) b = static_cast<char>(random());
    frame_guard guard{limits};
    refused += verdict(guard, bytes, 64) ? 1 : 0;
  }
  CHECK(refused == 1000);
}

TEST_CASE("a greeting is a server handshake of sensible size") {
  const auto greets = [](const std::string& bytes) {
    return is_greeting(read_frame_header(std::span<const char, frame_header_size>{
                           bytes.data(), frame_header_size}),
                       limits);
  };
  CHECK(greets(header(frame_kind::server_handshake, 100)));
  CHECK_FALSE(greets(header(frame_kind::server_handshake, 0)));
  CHECK_FALSE(greets(header(frame_kind::server_handshake, 101)));
  CHECK_FALSE(greets(header(frame_kind::client_handshake, 100)));
  CHECK_FALSE(greets("HTTP/1.1 400 Bad Request\r\nDate: now\r\n"));
}

TEST_CASE("a client with given receivers reaches no other actor and no third node") {
  const auto to = [](frame_kind kind, std::uint64_t receiver, bool named) {
    auto bytes = frame(kind, 40);
    bytes[3] = named ? 1 : 0;
    for (unsigned i = 0; i < 8; ++i) bytes[24 + i] = static_cast<char>(receiver >> (56 - 8 * i));
    return bytes;
  };
  const auto greeting = frame(frame_kind::client_handshake, 1);
  const auto after = to(frame_kind::direct_message, 7, false);
  const auto passes = [&](const std::string& bytes) {
    for (std::size_t step = 1; step <= 100; ++step) {
      CAPTURE(step);
      frame_guard guard{limits, frame_receivers{{7}, {0x1122334455667788}}};
      std::vector<char> passed;
      CHECK_FALSE(verdict(guard, greeting + bytes + after, step, passed));
      const std::string seen(passed.begin(), passed.end());
      if (seen == greeting + after) continue;
      CHECK(seen == greeting + bytes + after);
      return true;
    }
    return false;
  };
  CHECK(passes(to(frame_kind::direct_message, 7, false)));
  CHECK(passes(to(frame_kind::direct_message, 0x1122334455667788, true)));
  CHECK(passes(to(frame_kind::monitor_message, 8, false)));
  CHECK_FALSE(passes(to(frame_kind::direct_message, 8, false)));
  CHECK_FALSE(passes(to(frame_kind::direct_message, 7, true)));
  CHECK_FALSE(passes(to(frame_kind::direct_message, 0x1122334455667788, false)));
  CHECK_FALSE(passes(to(frame_kind::routed_message, 7, false)));
}
