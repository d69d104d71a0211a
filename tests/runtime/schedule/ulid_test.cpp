#include "runtime/schedule/ulid.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

using namespace sluice;
using schedule::ulid_generator;

namespace {

timestamp at_ms(std::int64_t ms) { return timestamp{std::chrono::milliseconds{ms}}; }

}  // namespace

TEST_CASE("an id is 26 characters of Crockford's base 32 that begin with the time") {
  // 1469918176385 ms is 01ARYZ6S41 in the specification's example.
  ulid_generator ids([] { return at_ms(1'469'918'176'385); }, [] { return 0u; });
  CHECK(ids.next() == "01ARYZ6S410000000000000000");
  CHECK(ids.next() == "01ARYZ6S410000000000000001");
}

TEST_CASE("random bits fill all sixteen characters but the uppermost bit") {
  ulid_generator ids([] { return at_ms(0); }, [] { return 0xffff'ffffu; });
  CHECK(ids.next() == "0000000000FZZZZZZZZZZZZZZZ");
  CHECK(ids.next() == "0000000000G000000000000000");
}

TEST_CASE("ids ascend within a millisecond and when the clock is set back") {
  std::int64_t now = 1'000'000;
  ulid_generator ids([&] { return at_ms(now); });
  std::vector<std::string> made;
  for (int i = 0; i < 1000; ++i) {
    if (i % 100 == 50) now -= 5000;
    if (i % 100 == 99) now += 6000;
    made.push_back(ids.next());
  }
  CHECK(std::is_sorted(made.begin(), made.end()));
  CHECK(std::set<std::string>(made.begin(), made.end()).size() == made.size());
}

TEST_CASE("two generators at the same moment make different ids") {
  ulid_generator a([] { return at_ms(5); });
  ulid_generator b([] { return at_ms(5); });
  CHECK(a.next() != b.next());
}

TEST_CASE("threads that share a generator never get the same id") {
  ulid_generator ids;
  std::vector<std::vector<std::string>> made(4);
  std::vector<std::thread> threads;
  for (auto& mine : made)
    threads.emplace_back([&mine, &ids] {
      for (int i = 0; i < 2000; ++i) mine.push_back(ids.next());
    });
  for (auto& t : threads) t.join();
  std::set<std::string> all;
  for (const auto& mine : made) {
    CHECK(std::is_sorted(mine.begin(), mine.end()));
    all.insert(mine.begin(), mine.end());
  }
  CHECK(all.size() == 8000);
}
