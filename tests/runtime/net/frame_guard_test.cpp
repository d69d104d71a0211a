#include "runtime/net/frame_guard.hpp"

#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "tests/runtime/net/frames.hpp"

using namespace sluice::net;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

constexpr frame_limits limits{.handshake = 100, .request = 1000, .message = 100'000};

/// What clients may ask here.
const std::vector<sluice::message_form> forms{
    {"@<>+@u8", {{sluice::value_form::kind::number, 1}}, sluice::answer_kind::later},
    {"@<>+@u16", {{sluice::value_form::kind::number, 2}}, sluice::answer_kind::list},
    {"@<>+@u32", {{sluice::value_form::kind::number, 4}}, sluice::answer_kind::prompt}};

constexpr std::uint64_t front = 7;  ///< whom
constexpr std::uint64_t self = 3;   ///< as whom
constexpr std::uint64_t response = 0x8000000000000000;
constexpr std::uint64_t normal = 0x1000000000000000;  ///< CAF's priority

std::string request(std::uint64_t number, const std::string& what, std::uint64_t source = self) {
  return to(front,
            from(source, numbered(normal | number, frame(frame_kind::direct_message, what))));
}
std::string small(std::uint64_t number, std::uint64_t source = self) {
  return request(number, message("@<>+@u8", "x"), source);
}
std::string large(std::uint64_t number) { return request(number, message("@<>+@u16", "xx")); }
std::string prompt(std::uint64_t number) { return request(number, message("@<>+@u32", "xxxx")); }
std::string answer(std::uint64_t number, std::size_t size = 10) {
  return to(self,
            numbered(number | response, frame(frame_kind::direct_message, std::string(size, 'a'))));
}

/// A guard, and what it let pass.
struct watched {
  frame_guard guard;
  std::string passed;
  std::string left;  ///< what it has not taken
  frame_guard::clock::time_point now{};

  explicit watched(frame_guard g) : guard(std::move(g)) {}

  /// What it says of a stream given in pieces of `step` bytes.
  std::optional<std::string> say(const std::string& stream, std::size_t step = 1'000'000) {
    left += stream;
    std::vector<char> out;
    std::optional<std::string> wrong;
    for (std::size_t taken = 1; taken > 0 && !wrong;) {
      std::span<const char> part(left.data(), std::min(step, left.size()));
      const auto given = part.size();
      wrong = guard.filter(part, out, now);
      taken = given - part.size();
      left.erase(0, taken);
    }
    passed.append(out.begin(), out.end());
    return wrong;
  }
  void hear(const std::string& bytes, std::size_t step = 1'000'000) {
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      const auto part = bytes.substr(at, step);
      guard.note_answers(part);
    }
  }
};

struct node : watched {
  node() : watched(frame_guard{limits}) {}
};

/// A client that has introduced itself.
struct visit {
  request_turns all{turns{{2, 2}}, turns{{2, 2}}, turns{{8, 8}}};
  watched c{frame_guard{limits, {{front}, forms, 4, 2}, all, "me"}};

  visit() {
    REQUIRE_FALSE(c.say(greeting()));
    c.passed.clear();
  }
};

}  // namespace

TEST_CASE("an honest node's conversation passes however it is cut") {
  const auto stream =
      greeting() + frame(frame_kind::monitor_message, identity() + identity('j')) +
      batch_frame(10'000) + heartbeat() +
      frame(frame_kind::down_message,
            identity() + identity('j') + std::string(9, '\1') + message("@<>").substr(1)) +
      frame(frame_kind::direct_message,
            message("@<>+@error", std::string(9, '\1')) + message("@<>").substr(1));
  for (std::size_t step = 1; step < 200; ++step) {
    node n;
    CHECK_FALSE(n.say(stream, step));
    CHECK(n.passed == stream);
    CHECK(n.guard.greeted());
    CHECK_FALSE(n.guard.inside_frame());
  }
}

TEST_CASE("an honest client's conversation passes however it is cut") {
  const auto stream = greeting() +
                      to(front, frame(frame_kind::monitor_message, identity() + identity('j'))) +
                      small(1) + heartbeat() + large(2) + small(3);
  for (std::size_t step = 1; step < stream.size(); ++step) {
    request_turns all{turns{{2, 2}}, turns{{2, 2}}, turns{{8, 8}}};
    watched c{frame_guard{limits, {{front}, forms, 4, 2}, all, "me"}};
    c.now += 1s;
    CHECK_FALSE(c.say(stream, step));
    CHECK(c.passed == stream);
    CHECK_FALSE(c.guard.inside_frame());
  }
}

TEST_CASE("a frame that announces more than the limit is refused with its header") {
  for (std::size_t step = 1; step <= frame_header_size; ++step) {
    node n;
    const auto wrong = n.say(header(frame_kind::client_handshake, 0xFFFFFFFF), step);
    REQUIRE(wrong);
    CHECK(wrong->find("4294967295") != std::string::npos);
  }
  node n;
  CHECK(n.say(header(frame_kind::client_handshake, 101)));
  node later;
  CHECK_FALSE(later.say(greeting()));
  CHECK(later.say(header(frame_kind::direct_message, 100'001)));
}

TEST_CASE_FIXTURE(visit, "a client's frames are smaller than a node's") {
  CHECK(c.say(to(front, header(frame_kind::direct_message, 1'001))));
}

TEST_CASE("whoever comes must introduce itself first and in its own part") {
  node eager;
  CHECK(eager.say(batch_frame(100)));
  node servers_part;
  CHECK(servers_part.say(frame(frame_kind::server_handshake, identity())));
  node nobody;
  CHECK(nobody.say(frame(frame_kind::client_handshake, std::string(32, 'x'))));
}

TEST_CASE("a node may repeat its introduction once, word for word") {
  node twice;
  CHECK_FALSE(twice.say(greeting() + greeting()));
  CHECK(twice.say(greeting()));
  node another;
  CHECK(another.say(greeting() + frame(frame_kind::client_handshake, identity('j'))));
}

TEST_CASE_FIXTURE(visit, "a client's repeated introduction is kept back, and a third one refused") {
  CHECK_FALSE(c.say(greeting()));
  CHECK(c.passed.empty());
  const auto wrong = c.say(greeting());
  REQUIRE(wrong);
  CHECK(*wrong == "introduces itself once more");
  visit other;
  CHECK(other.c.say(frame(frame_kind::client_handshake, identity('j'))));
}

TEST_CASE("an incomplete frame shows, and nothing of it passes") {
  node n;
  CHECK_FALSE(n.guard.inside_frame());
  CHECK_FALSE(n.say(greeting().substr(0, 40)));
  CHECK(n.guard.inside_frame());
  CHECK_FALSE(n.guard.greeted());
  CHECK(n.passed.empty());
  CHECK_FALSE(n.say(greeting().substr(40)));
  CHECK(n.guard.greeted());
  CHECK_FALSE(n.guard.inside_frame());
}

TEST_CASE("random bytes do not pass for a client") {
  std::mt19937 random{7};
  std::size_t refused = 0;
  for (int i = 0; i < 1000; ++i) {
    std::string bytes(64, '\0');
    for (auto& b : bytes) b = static_cast<char>(random());
    node n;
    refused += n.say(bytes) ? 1 : 0;
    CHECK(n.passed.empty());
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

TEST_CASE("nothing nested passes, neither from a node nor from a client") {
  const auto nested = message("@<>+@message", message("@<>").substr(1));
  const auto ending = identity() + identity('j') + std::string(9, '\1') +
                      message("@<>+@message", message("@<>").substr(1)).substr(1);
  for (const auto& bytes : {frame(frame_kind::direct_message, nested),
                            frame(frame_kind::routed_message, identity() + identity('j') + nested),
                            frame(frame_kind::down_message, ending)}) {
    node n;
    CHECK_FALSE(n.say(greeting()));
    CHECK(n.say(bytes));
    CHECK(n.passed == greeting());
  }
}

TEST_CASE_FIXTURE(visit, "a client says nothing but requests, and to its receiver alone") {
  CHECK(c.say(request(1, message("@<>+@message", message("@<>").substr(1)))));
  CHECK(c.passed.empty());
}

TEST_CASE_FIXTURE(visit, "what is for others, or about them, is kept back") {
  const auto elsewhere = to(8, small(1));
  auto named = small(1);
  named[3] = 1;
  const auto watching = to(8, frame(frame_kind::monitor_message, identity() + identity('j')));
  const auto routed =
      to(front, frame(frame_kind::routed_message, identity() + identity('j') + message("@<>")));
  const auto ended = from(9, frame(frame_kind::down_message, "whatever"));
  for (const auto& bytes : {elsewhere, named, watching, routed, ended})
    CHECK_FALSE(c.say(bytes, 7));
  CHECK(c.passed.empty());
  CHECK_FALSE(c.say(small(1)));
  CHECK(c.passed == small(1));
}

TEST_CASE_FIXTURE(visit, "a client that sends nothing but what is kept back is hung up on") {
  std::string many;
  for (int i = 0; i < 1'000; ++i) many += to(8, small(1));
  CHECK_FALSE(c.say(many));
  const auto wrong = c.say(to(8, small(1)));
  REQUIRE(wrong);
  CHECK(*wrong == "keeps sending what is for nobody");
}

TEST_CASE("what nobody would answer is refused") {
  for (const auto& bytes : {small(0), small(1, 0), numbered(0, small(1)), small(response | 1),
                            small(0x2000000000000001), small(0x3000000000000001)}) {
    visit v;
    CHECK(v.c.say(bytes));
    CHECK(v.c.passed.empty());
  }
}

TEST_CASE_FIXTURE(visit,
                  "a client is read no further while as many requests as it may are unanswered") {
  std::string stream;
  for (std::uint64_t i = 1; i <= 6; ++i) stream += small(i);
  CHECK_FALSE(c.say(stream));
  CHECK(c.passed == small(1) + small(2) + small(3) + small(4));
  CHECK(c.guard.asked() == 4);
  CHECK_FALSE(c.guard.willing());
  CHECK(c.left == small(5) + small(6));

  c.hear(answer(9) + numbered(response | 3, frame(frame_kind::direct_message, "another's")));
  CHECK_FALSE(c.guard.willing());
  c.hear(answer(3, 5'000), 100);
  CHECK(c.guard.willing());
  CHECK_FALSE(c.say(""));
  CHECK(c.passed.ends_with(small(5)));
  CHECK(c.left == small(6));
}

TEST_CASE_FIXTURE(visit, "what is answered at once is asked one after the other") {
  CHECK_FALSE(c.say(small(1) + large(2) + small(3) + prompt(4) + large(5) + small(6)));
  CHECK(c.passed == small(1) + large(2) + small(3));
  CHECK(c.guard.keeps_request());
  CHECK_FALSE(c.guard.willing());
  c.hear(answer(3));
  CHECK_FALSE(c.guard.willing());
  c.hear(answer(2, 100'000), 999);
  CHECK(c.guard.willing());
  CHECK_FALSE(c.say(""));
  CHECK(c.passed.ends_with(small(3) + prompt(4)));
  c.hear(answer(4));
  CHECK_FALSE(c.say(""));
  CHECK(c.passed.ends_with(prompt(4) + large(5) + small(6)));
  CHECK_FALSE(c.guard.keeps_request());
}

TEST_CASE_FIXTURE(visit, "requests take turns with those of others, each kind its own") {
  turns::ticket other{all.list, "you"};
  turns::ticket third{all.list, "them"};
  turns::ticket fourth{all.list, "her"};
  for (auto* t : {&other, &third, &fourth}) t->want();
  CHECK_FALSE(c.say(small(1) + large(2)));
  CHECK(c.passed == small(1));
  CHECK_FALSE(c.guard.willing());
  other.give_back();
  CHECK(fourth.has_turn());
  CHECK_FALSE(c.guard.willing());
  third.give_back();
  CHECK(c.guard.willing());
  CHECK_FALSE(c.say(""));
  CHECK(c.passed == small(1) + large(2));
  turns::ticket last{all.list, "you"};
  last.want();
  CHECK_FALSE(last.has_turn());
  c.hear(answer(2));
  CHECK(last.has_turn());
}

TEST_CASE_FIXTURE(visit, "a request that takes long holds nobody up") {
  CHECK(c.guard.slow_at() == frame_guard::clock::time_point::max());
  CHECK_FALSE(c.say(prompt(1) + prompt(2)));
  CHECK(c.passed == prompt(1));
  CHECK(c.guard.slow_at() == c.now + 250ms);
  c.now += 249ms;
  c.guard.let_go_of_slow(c.now);
  CHECK_FALSE(c.guard.willing());
  c.now += 1ms;
  c.guard.let_go_of_slow(c.now);
  CHECK(c.guard.willing());
  CHECK_FALSE(c.say(""));
  CHECK(c.passed == prompt(1) + prompt(2));
  CHECK(c.guard.asked() == 2);  // it still counts
  c.hear(answer(1) + answer(2));
  CHECK(c.guard.asked() == 0);
}

TEST_CASE_FIXTURE(visit, "whoever does not take its answer keeps its turn") {
  CHECK_FALSE(c.say(large(1)));
  c.hear(answer(1, 1'000).substr(0, 500));
  c.now += 1h;
  c.guard.let_go_of_slow(c.now);
  turns::ticket second{all.list, "you"};
  turns::ticket third{all.list, "them"};
  second.want();
  third.want();
  CHECK_FALSE(third.has_turn());
  c.hear(answer(1, 1'000).substr(500));
  CHECK(third.has_turn());
}

TEST_CASE_FIXTURE(visit, "a client asks through a few actors, and a new one when one has ended") {
  CHECK_FALSE(c.say(small(1, 1) + small(2, 2)));
  c.passed.clear();
  visit another;
  CHECK_FALSE(another.c.say(small(1, 1) + small(2, 2)));
  CHECK(another.c.say(small(3, 4)));
  const auto ended =
      from(1, frame(frame_kind::down_message,
                    identity() + identity('j') + std::string(9, '\1') + message("@<>").substr(1)));
  CHECK_FALSE(c.say(ended + small(3, 4)));
  CHECK(c.passed == ended + small(3, 4));
  CHECK_FALSE(c.say(ended));  // it is known no more
  CHECK(c.passed == ended + small(3, 4));
}

TEST_CASE_FIXTURE(visit, "heartbeats that say nothing new are kept back") {
  c.now += 1s;
  std::string many;
  for (int i = 0; i < 1000; ++i) many += heartbeat();
  CHECK_FALSE(c.say(many));
  CHECK(c.passed == heartbeat());
  c.now += 100ms;
  CHECK_FALSE(c.say(heartbeat()));
  CHECK(c.passed == heartbeat() + heartbeat());
}

TEST_CASE_FIXTURE(visit, "CAF is not told without an end that a client watches") {
  std::string many;
  for (int i = 0; i < 1000; ++i)
    many += to(front, frame(frame_kind::monitor_message, identity() + identity('j')));
  CHECK_FALSE(c.say(many));
  CHECK(c.passed.size() < many.size() / 100);
}
