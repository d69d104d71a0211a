#include "runtime/destinations/http/lookup_cache.hpp"

#include <doctest/doctest.h>

#include <future>
#include <optional>

using namespace sluice;
using destinations::looked_up;
using destinations::lookup_cache;
using claims = lookup_cache::claims;

namespace {

hash128 question(std::uint64_t number) { return {number, number}; }

lookup_cache::answer kept_answer(const std::string& text, std::string missing = {}) {
  std::string packed;
  append_value(packed, value_kind::text, text);
  return std::make_shared<const looked_up>(std::move(packed), std::move(missing));
}

/// What the cache has for a question; "mine" or "another's" if it has nothing.
std::string found(claims& by, const hash128& what) {
  const auto finding = by.take(what);
  if (!finding.known) return finding.mine ? "mine" : "another's";
  return std::string(finding.known->values().front().bytes);
}

/// Asks and answers.
void ask(lookup_cache& cache, std::uint64_t number, const std::string& text) {
  claims by(cache);
  REQUIRE(found(by, question(number)) == "mine");
  by.settle(question(number), kept_answer(text));
}

bool knows(lookup_cache& cache, std::uint64_t number) {
  claims by(cache);
  return by.take(question(number)).known != nullptr;
}

}  // namespace

TEST_CASE("a question that was answered is not asked again, one that had no answer, too") {
  lookup_cache cache;
  ask(cache, 1, "one");
  {
    claims by(cache);
    REQUIRE(found(by, question(2)) == "mine");
    by.settle(question(2), kept_answer("", "nothing there"));
  }
  claims later(cache);
  CHECK(found(later, question(1)) == "one");
  CHECK(later.take(question(2)).known->missing() == "nothing there");
  CHECK(found(later, question(3)) == "mine");
}

TEST_CASE("a question is asked by one writer at a time, and by another one if that gives up") {
  lookup_cache cache;
  claims second(cache);
  {
    claims first(cache);
    CHECK(found(first, question(1)) == "mine");
    CHECK(found(first, question(2)) == "mine");
    CHECK(found(second, question(1)) == "another's");
    first.settle(question(1), kept_answer("one"));
    CHECK(found(second, question(1)) == "one");
    CHECK(found(second, question(2)) == "another's");
  }
  CHECK(found(second, question(2)) == "mine");
}

TEST_CASE("a wait ends with the answer, when the other writer gives up, and with a stop") {
  lookup_cache cache;
  std::stop_source stop;
  CHECK(cache.wait(question(1), stop.get_token()));  // nobody asks it
  std::optional<claims> first(cache);
  REQUIRE(found(*first, question(1)) == "mine");
  REQUIRE(found(*first, question(2)) == "mine");
  REQUIRE(found(*first, question(3)) == "mine");
  const auto waiting = [&](std::uint64_t number) {
    return std::async(std::launch::async,
                      [&, number] { return cache.wait(question(number), stop.get_token()); });
  };
  auto answered = waiting(1);
  auto given_up = waiting(2);
  first->settle(question(1), kept_answer("one"));
  CHECK(answered.get());
  first.reset();
  CHECK(given_up.get());
  first.emplace(cache);
  REQUIRE(found(*first, question(3)) == "mine");
  auto stopped = waiting(3);
  stop.request_stop();
  CHECK_FALSE(stopped.get());
}

TEST_CASE("another run knows nothing of the one before, and a further writer of the same all") {
  lookup_cache cache;
  cache.begin("01A");
  ask(cache, 1, "one");
  cache.begin("01A");
  CHECK(knows(cache, 1));
  cache.begin("01B");
  CHECK_FALSE(knows(cache, 1));
}

TEST_CASE("what nobody has wanted for long is forgotten, and the rest is not") {
  constexpr std::size_t answers = 100;
  lookup_cache cache(answers * (lookup_cache::bytes_of_answer + 100));
  const std::string text(80, 'x');
  for (std::uint64_t i = 0; i < 20 * answers; ++i) {
    ask(cache, i, text);
    CHECK(knows(cache, 0));
  }
  std::size_t known = 0;
  for (std::uint64_t i = 1; i < 20 * answers; ++i) known += knows(cache, i) ? 1 : 0;
  CHECK(known >= answers / 2);
  CHECK(known <= 2 * answers + 10);
}
