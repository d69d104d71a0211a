#include "runtime/diff/new_key_filter.hpp"

#include <doctest/doctest.h>

#include <rapidcheck.h>

#include <set>

#include "messages/row.hpp"
#include "runtime/diff/fingerprint.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using diff::new_key_filter;

namespace {

std::string packed_integer(long long x) {
  std::string out;
  append_value(out, value_kind::integer, std::to_string(x));
  return out;
}

/// A filter over a set in memory.
struct filter_fixture {
  test::temp_dir dir;
  std::set<hash128> in_set;
  new_key_filter filter{[this](const hash128& h) { return in_set.insert(h).second; }, dir.path()};

  bool note(long long key) {
    const auto packed = packed_integer(key);
    return filter.note(packed, diff::fingerprint(packed));
  }
};

}  // namespace

TEST_CASE_FIXTURE(filter_fixture, "keys that ascend are never put into the set") {
  for (int i = -500; i < 20'000; ++i) REQUIRE(note(i));
  CHECK(in_set.empty());
}

TEST_CASE_FIXTURE(filter_fixture, "a key that repeats the one before it is found") {
  CHECK(note(1));
  CHECK(note(2));
  CHECK_FALSE(note(2));
}

TEST_CASE_FIXTURE(filter_fixture,
                  "a key below the highest is found if it was in the ascending part") {
  for (int i = 0; i < 10'000; i += 2) REQUIRE(note(i));
  CHECK(note(5001));
  CHECK_FALSE(note(5000));
  CHECK_FALSE(note(5001));
  CHECK_FALSE(note(0));
  CHECK_FALSE(note(9998));
}

TEST_CASE_FIXTURE(filter_fixture,
                  "keys above the highest that come after the order broke are found") {
  CHECK(note(10));
  CHECK(note(5));
  CHECK(note(20));
  CHECK(note(30));
  CHECK_FALSE(note(20));
  CHECK_FALSE(note(30));
}

TEST_CASE("whatever the order of keys the filter finds exactly the repeated ones") {
  CHECK(rc::check([] {
    filter_fixture f;
    std::set<int> seen;
    // Mostly ascending, as tables are: a sorted run, then anything.
    auto keys = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-40, 40));
    const auto sorted = *rc::gen::inRange<std::size_t>(0, keys.size() + 1);
    std::sort(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(sorted));
    for (const auto key : keys) RC_ASSERT(f.note(key) == seen.insert(key).second);
  }));
}
