#include "runtime/destinations/http/account.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

#include "messages/error.hpp"
#include "runtime/destinations/http/accounts.hpp"
#include "runtime/destinations/http/usage_file.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace std::chrono_literals;

namespace {

log::logger quiet() { return log::logger({log::level::error}); }

config::request_limits limit_of(std::uint32_t most, std::chrono::milliseconds per,
                                std::uint32_t concurrency = 500) {
  config::request_limits out;
  out.rates = {{most, per}};
  out.concurrency = concurrency;
  return out;
}

/// Sends requests, each answered at once, until it must wait; returns how many.
std::uint32_t send_all(account& to, std::uint32_t most = 100'000) {
  account::seat seat(to, [] {});
  std::uint32_t sent = 0;
  for (; sent < most; ++sent) {
    const auto asked = to.ask(seat, 1);
    if (!asked.granted) break;
    to.ended(seat, *asked.granted, account::outcome::answered, {.round_trip = 1us, .left = {}});
  }
  return sent;
}

account::home kept_in(const test::temp_dir& folder, const char* name = "shop.json") {
  return {folder.path() / name, quiet()};
}

}  // namespace

TEST_CASE("senders of an account share its requests at once, and take turns") {
  account shared(limit_of(1000, 1h, 4));
  int woken = 0;
  account::seat first(shared, [] {});
  account::seat second(shared, [&] { ++woken; });
  std::vector<account::permit> of_first;
  for (int i = 0; i < 4; ++i) of_first.push_back(*shared.ask(first, 1).granted);
  CHECK_FALSE(shared.ask(second, 1).granted);
  shared.ended(first, of_first[0], account::outcome::silent, {.left = {}});
  CHECK(woken == 1);
  // The second has none under way, so the first has to let it go before.
  CHECK_FALSE(shared.ask(first, 1).granted);
  const auto got = shared.ask(second, 1);
  REQUIRE(got.granted);
  shared.ended(first, of_first[1], account::outcome::silent, {.left = {}});
  CHECK(shared.ask(first, 1).granted);
}

TEST_CASE("a sender that has nothing more to send holds nobody up") {
  account shared(limit_of(1000, 1h, 1));
  bool woken = false;
  account::seat first(shared, [&] { woken = true; });
  account::seat second(shared, [] {});
  const auto permit = *shared.ask(first, 1).granted;
  CHECK_FALSE(shared.ask(second, 1).granted);
  shared.leave(second);
  shared.ended(first, permit, account::outcome::silent, {.left = {}});
  CHECK(shared.ask(first, 1).granted);
}

TEST_CASE("what a sender leaves behind counts as used, and is no longer under way") {
  account shared(limit_of(3, 1h));
  {
    account::seat gone(shared, [] {});
    CHECK(shared.ask(gone, 1).granted);
    CHECK(shared.ask(gone, 1).granted);
  }
  CHECK(shared.now().under_way == 0);
  CHECK(send_all(shared) == 1);
}

TEST_CASE("a request that did not reach the API uses nothing up") {
  account shared(limit_of(2, 1h));
  account::seat seat(shared, [] {});
  for (int i = 0; i < 10; ++i) {
    const auto asked = shared.ask(seat, 1);
    REQUIRE(asked.granted);
    shared.ended(seat, *asked.granted, account::outcome::failed, {.reached = false, .left = {}});
  }
}

TEST_CASE("what the API says is left bounds what is sent until then") {
  account shared(limit_of(1000, 1h));
  account::seat seat(shared, [] {});
  const auto one = *shared.ask(seat, 1).granted;
  const auto other = *shared.ask(seat, 1).granted;
  shared.ended(seat, one, account::outcome::answered,
               {.round_trip = 1us, .left = quota{3, 60'000ms}});
  // One of the three may be the one under way.
  CHECK(shared.ask(seat, 1).granted);
  CHECK(shared.ask(seat, 1).granted);
  const auto asked = shared.ask(seat, 1);
  CHECK_FALSE(asked.granted);
  CHECK(asked.refused.again > account::clock::now() + 50s);
  shared.ended(seat, other, account::outcome::answered,
               {.round_trip = 1us, .left = quota{500, 60'000ms}});
  CHECK(shared.ask(seat, 1).granted);
}

TEST_CASE("what was used counts after a restart") {
  const test::temp_dir folder;
  const auto limits = limit_of(10, 1h);
  {
    account before(limits, kept_in(folder));
    CHECK(send_all(before, 4) == 4);
  }
  account after(limits, kept_in(folder));
  CHECK(send_all(after) == 6);
  after.close();
  account last(limits, kept_in(folder));
  CHECK(send_all(last) == 0);
}

TEST_CASE("after a crash a hundredth of the limit more counts as used, at most, and never less") {
  const test::temp_dir folder;
  const auto limits = limit_of(1000, 1h);
  account running(limits, kept_in(folder));
  for (const std::uint32_t sent : {1u, 9u, 250u}) {
    static std::uint32_t all = 0;
    all += sent;
    REQUIRE(send_all(running, sent) == sent);
    std::filesystem::copy_file(folder.path() / "shop.json", folder.path() / "crashed.json",
                               std::filesystem::copy_options::overwrite_existing);
    account after(limits, kept_in(folder, "crashed.json"));
    const auto left = send_all(after);
    CHECK(left <= 1000 - all);
    CHECK(left >= 1000 - all - 11);
  }
}

TEST_CASE("a short window that may have been used counts as used up after a crash") {
  const test::temp_dir folder;
  const auto limits = limit_of(10, 5s);
  account running(limits, kept_in(folder));
  CHECK(send_all(running, 1) == 1);
  std::filesystem::copy_file(folder.path() / "shop.json", folder.path() / "crashed.json");
  account after(limits, kept_in(folder, "crashed.json"));
  CHECK(send_all(after) == 0);
  running.close();
  account closed(limits, kept_in(folder));
  CHECK(send_all(closed) == 9);
}

TEST_CASE("a file that says nothing makes the windows count as used up") {
  const test::temp_dir folder;
  for (const auto* text : {"", "{", R"({"version": 2})", R"({"version": 1, "windows": [{}]})"}) {
    CAPTURE(text);
    std::ofstream(folder.path() / "shop.json") << text;
    account after(limit_of(10, 1h), kept_in(folder));
    CHECK(send_all(after) == 0);
  }
}

TEST_CASE("an account whose limits change keeps what was used of them") {
  const test::temp_dir folder;
  accounts all(folder.path() / "accounts", quiet(), {{"shop", limit_of(10, 1h)}});
  const auto before = all.find("shop");
  CHECK(send_all(*before, 4) == 4);
  all.configure({{"shop", limit_of(10, 1h)}});
  CHECK(all.find("shop") == before);
  all.configure({{"shop", limit_of(20, 2h)}, {"other", limit_of(5, 1h)}});
  CHECK(send_all(*all.find("shop")) == 16);
  CHECK(send_all(*all.find("other")) == 5);
  all.configure({});
  CHECK_THROWS_AS(static_cast<void>(all.find("shop")), failure);
}
