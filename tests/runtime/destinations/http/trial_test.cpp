#include "runtime/destinations/http/trial.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

using sluice::destinations::trial;
using step = trial::step;

namespace {

constexpr trial::others nobody{};
constexpr trial::others passed{.passed = true};
constexpr trial::others failed{.failed = true};
constexpr trial::others some_passed{.passed = true, .failed = true};

trial after(std::initializer_list<trial::others> failures) {
  trial t;
  for (const auto& each : failures) t.failed(each);
  return t;
}

}  // namespace

TEST_CASE("a request that failed is tried again before anything is made of it") {
  for (const std::size_t rows : {1u, 100u}) {
    CHECK(after({nobody}).next({.rows = rows}) == step::again);
    CHECK(after({nobody, nobody}).next({.rows = rows}) == step::again);
    CHECK(after({nobody, nobody, nobody}).next({.rows = rows}) == step::later);
  }
}

TEST_CASE("failures alone, however many, prove nothing against a row") {
  trial t;
  for (int i = 0; i < 1000; ++i) t.failed(i % 2 == 0 ? nobody : failed);
  CHECK(t.next({}) == step::later);
  CHECK(t.next({.last = true, .overdue = true}) == step::later);
}

TEST_CASE("a row that fails again and again while others pass is found guilty") {
  CHECK(after({nobody, nobody, nobody, passed, passed}).next({}) == step::later);
  CHECK(after({nobody, nobody, nobody, passed, passed, passed}).next({}) == step::convict);
}

TEST_CASE("what happens while others fail, too, proves nothing") {
  const auto flapping = after({nobody, nobody, nobody, some_passed, some_passed, some_passed,
                               some_passed, some_passed, some_passed});
  CHECK(flapping.next({}) == step::later);
  CHECK(flapping.others_pass());
}

TEST_CASE("where nothing else is left to be tried, one success of others is enough") {
  const auto t = after({nobody, nobody, nobody, passed});
  CHECK(t.next({}) == step::later);
  CHECK(t.next({.last = true}) == step::later);
  CHECK(after({nobody, nobody, nobody, passed, nobody, failed}).next({.last = true}) ==
        step::convict);
  CHECK(t.next({.overdue = true}) == step::convict);
  CHECK(after({nobody, nobody, nobody, nobody}).next({.last = true}) == step::later);
}

TEST_CASE("a row that fails beside others that wait is not repeated before them") {
  CHECK(after({nobody}).next({.others_wait = true}) == step::later);
}

TEST_CASE("a row that was guilty before is so after one more failure") {
  CHECK(after({nobody}).next({.guilty_before = true}) == step::convict);
}

TEST_CASE("a refusal is not repeated, and proves more") {
  CHECK(after({nobody}).next({.refused = true}) == step::later);
  CHECK(after({nobody, passed}).next({.refused = true}) == step::later);
  CHECK(after({nobody, passed, passed}).next({.refused = true}) == step::convict);
  CHECK(after({nobody}).next({.rows = 100, .refused = true}) == step::divide);
}

TEST_CASE("a batch is divided once others pass, or once it has failed often enough") {
  CHECK(after({nobody, passed}).next({.rows = 100}) == step::divide);
  CHECK(after({nobody, nobody, nobody, nobody, nobody}).next({.rows = 100}) == step::later);
  CHECK(after({nobody, nobody, nobody, nobody, nobody, nobody}).next({.rows = 100}) ==
        step::divide);
}

TEST_CASE("a part of a batch is divided at its first failure, and a single row waits") {
  CHECK(after({nobody}).next({.rows = 2, .part = true}) == step::divide);
  CHECK(after({nobody}).next({.rows = 1, .part = true}) == step::later);
}

TEST_CASE("what may arrive twice when it is divided is kept whole until others pass") {
  trial::circumstances whole{.rows = 100, .part = true, .keep_whole = true};
  CHECK(after({nobody}).next(whole) == step::again);
  trial many;
  for (int i = 0; i < 100; ++i) many.failed(nobody);
  CHECK(many.next(whole) == step::later);
  many.failed(passed);
  CHECK(many.next(whole) == step::divide);
}

TEST_CASE("a trial that is resumed has had its attempts") {
  trial t;
  t.resume();
  t.failed(nobody);
  CHECK(t.next({}) == step::later);
  t.failed(passed);
  t.failed(nobody);
  t.failed(nobody);
  CHECK(t.next({.last = true}) == step::convict);
}

TEST_CASE(
    "where requests fail now and then, more failures are needed to tell a row from bad luck") {
  auto t = after({nobody, nobody, nobody, passed, passed, passed});
  CHECK(t.next({.failure_rate = 0.01}) == step::convict);
  CHECK(t.next({.last = true, .failure_rate = 0.5}) == step::later);
  CHECK(t.next({.overdue = true, .failure_rate = 0.5}) == step::convict);
  for (int i = 0; i < 11; ++i) t.failed(passed);
  CHECK(t.next({.failure_rate = 0.5}) == step::convict);
}
