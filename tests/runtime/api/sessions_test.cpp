#include "runtime/api/sessions.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace sluice;
using namespace std::chrono_literals;
using api::sessions;

namespace {

constexpr sessions::clock::time_point start{};

/// Sessions that are called 1, 2, 3 and so on.
sessions few(std::size_t most) {
  return sessions({1h, 12h, most}, [n = 0]() mutable { return std::to_string(++n); });
}

}  // namespace

TEST_CASE("for one session more the one that was used least lately goes") {
  auto open = few(2);
  open.begin({.name = "first"}, start);
  open.begin({.name = "second"}, start + 1s);
  CHECK(open.use("1", start + 2s)->name == "first");
  open.begin({.name = "third"}, start + 3s);
  CHECK(open.size() == 2);
  CHECK_FALSE(open.use("2", start + 4s));
  CHECK(open.use("1", start + 4s));
  CHECK(open.use("3", start + 4s));
}

TEST_CASE("sessions that are over make room before those that are not") {
  auto open = few(2);
  open.begin({.name = "first"}, start);
  open.begin({.name = "second"}, start + 1min);
  open.begin({.name = "third"}, start + 1h);
  CHECK(open.size() == 2);
  CHECK(open.use("2", start + 1h));
}

TEST_CASE("what is taken is good once") {
  auto codes = few(10);
  codes.begin({.name = "ada"}, start);
  CHECK(codes.take("1", start)->name == "ada");
  CHECK_FALSE(codes.take("1", start));
}

TEST_CASE("nobody guesses a secret by a part of it") {
  auto open = sessions({1h, 12h});
  const auto secret = open.begin({.name = "ada"}, start);
  CHECK(secret.size() == 64);
  CHECK_FALSE(open.use(secret.substr(0, 63), start));
  CHECK_FALSE(open.use("", start));
  CHECK(open.use(secret, start));
}

TEST_CASE("no two secrets are alike") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(api::random_secret());
  CHECK(seen.size() == 100);
}
