#include "runtime/credentials/token_state.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::credentials;
using namespace std::chrono_literals;

namespace {

const auto begin = token_state::clock::time_point{} + 1000h;

error because(std::string cause) {
  return {errc::destination_failed, "get token", "x", std::move(cause), {}};
}

struct granted_state : token_state {
  explicit granted_state(std::optional<milliseconds> lives = 100s) {
    granted("one", {}, lives, begin);
  }
};

}  // namespace

TEST_CASE("without a token another one is wanted at once") {
  const token_state none;
  CHECK(none.usable(begin) == nullptr);
  CHECK(none.wants_another(begin));
}

TEST_CASE("a token is replaced at 80 % of its life and used until there is another one") {
  const granted_state state;
  CHECK_FALSE(state.wants_another(begin + 79s));
  CHECK(state.wants_another(begin + 80s));
  REQUIRE(state.usable(begin + 99s) != nullptr);
  CHECK(state.usable(begin + 99s)->text == "one");
  CHECK(state.usable(begin + 100s) == nullptr);
}

TEST_CASE("a token without an end is used until the API refuses it") {
  granted_state state(std::nullopt);
  CHECK_FALSE(state.wants_another(begin + 10000h));
  state.ended(1);
  CHECK(state.usable(begin) == nullptr);
  CHECK(state.wants_another(begin));
}

TEST_CASE("a refusal of an older token does not end the present one") {
  granted_state state;
  state.granted("two", {}, 100s, begin);
  state.ended(1);
  REQUIRE(state.usable(begin) != nullptr);
  CHECK(state.usable(begin)->number == 2);
  state.ended(2);
  CHECK(state.usable(begin) == nullptr);
}

TEST_CASE("after a failure the server is left alone for a while, and the token goes on") {
  granted_state state;
  state.failed(because("HTTP 503"), begin + 90s);
  CHECK(state.failures() == 1);
  CHECK_FALSE(state.wants_another(begin + 85s));
  CHECK(state.usable(begin + 85s) != nullptr);
  CHECK(state.wants_another(begin + 90s));
  CHECK_FALSE(state.is_over());
  state.granted("two", {}, 100s, begin + 90s);
  CHECK(state.failures() == 0);
  CHECK_FALSE(state.last_failure());
}

TEST_CASE("what is refused for good is told apart, until something else happens") {
  granted_state state;
  state.failed_for_good(because("invalid_grant"), begin + 10s);
  CHECK(state.is_over());
  CHECK_FALSE(state.wants_another(begin + 5s));
  state.failed(because("HTTP 503"), begin + 20s);
  CHECK_FALSE(state.is_over());
  state.failed_for_good(because("invalid_grant"), begin + 10s);
  state.granted("two", {}, 100s, begin);
  CHECK_FALSE(state.is_over());
}

TEST_CASE("a token that has ended is replaced without regard to earlier failures") {
  granted_state state;
  state.failed(because("HTTP 503"), begin + 1h);
  state.ended(1);
  CHECK(state.wants_another(begin));
}
