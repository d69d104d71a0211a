// Whatever happens to the connections of a node, once it is calm every destination is as its source
// and its mode say. Each seed is another story; a story that goes wrong is printed, cut down to the
// steps that it takes.
//
//   SLUICE_SEED=123    that one only, told step by step
//   SLUICE_SEEDS=5000  so many
//   SLUICE_FIRST=1000  from that one on
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "tests/world/shrink.hpp"
#include "tests/world/world.hpp"

using namespace sluice;

namespace {

std::optional<std::uint64_t> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? std::nullopt : std::optional<std::uint64_t>(std::stoull(text));
}

std::string in_words(const test::story& told, const test::ending& end) {
  return fmt::format("{}{}\n{}", test::describe(told), fmt::join(end.happened, "\n"),
                     end.broken.empty() ? "all is well" : "BROKEN: " + end.broken);
}

/// As short as it gets.
test::story shortest(test::story told) {
  auto steps = test::shrink<test::step>(told.steps, [&](const auto& fewer) {
    auto tried = told;
    tried.steps = fewer;
    return !test::play(tried).broken.empty();
  });
  told.steps = std::move(steps);
  return told;
}

/// How the connections of a story detect changes.
enum class detection { snapshots, digests };

test::story story_of(std::uint64_t seed, detection how) {
  auto told = test::invent(seed);
  for (auto& connection : told.connections) connection.digests = how == detection::digests;
  return told;
}

void play_seed(std::uint64_t seed, detection how, bool tell) {
  const auto told = story_of(seed, how);
  const auto end = test::play(told);
  if (tell) MESSAGE("seed ", seed, "\n", in_words(told, end));
  if (end.broken.empty()) return;
  const auto brief = shortest(told);
  FAIL_CHECK("seed ", seed, how == detection::digests ? " with digests: " : ": ", end.broken, "\n",
             in_words(brief, test::play(brief)), "\nSLUICE_SEED=", seed, " repeats it");
}

void play_seeds(detection how) {
  if (const auto only = number_in("SLUICE_SEED")) return play_seed(*only, how, true);
  constexpr std::uint64_t usual = 200;
  const auto first = number_in("SLUICE_FIRST").value_or(1);
  const auto count = number_in("SLUICE_SEEDS").value_or(usual);
  for (auto seed = first; seed < first + count; ++seed) play_seed(seed, how, false);
}

}  // namespace

TEST_CASE("whatever happens every destination becomes what source and mode say") {
  play_seeds(detection::snapshots);
}

TEST_CASE("with digests every destination becomes the same whatever happens") {
  play_seeds(detection::digests);
}

TEST_CASE("a seed tells the same story whenever it is played") {
  for (const std::uint64_t seed : {3, 7, 11}) {
    const auto told = test::invent(seed);
    const auto once = test::play(told);
    const auto twice = test::play(test::invent(seed));
    CHECK(once.broken == twice.broken);
    CHECK(once.happened == twice.happened);
  }
}

TEST_CASE("a story that goes wrong is cut down to the steps that it takes") {
  std::vector<int> steps;
  for (int i = 0; i < 40; ++i) steps.push_back(i);
  const auto fails = [](const std::vector<int>& some) {
    const auto has = [&](int step) { return std::ranges::find(some, step) != some.end(); };
    return has(3) && has(17) && has(38);
  };
  CHECK(test::shrink<int>(steps, fails) == std::vector<int>{3, 17, 38});
}
