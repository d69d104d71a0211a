#include "runtime/diff/key_order.hpp"

#include <doctest/doctest.h>

#include <rapidcheck.h>

#include "messages/row.hpp"

using namespace sluice;
using diff::compare_keys;

namespace {

using cells = std::vector<std::pair<value_kind, std::string>>;

std::string packed(const cells& from) {
  std::string out;
  for (const auto& [kind, bytes] : from) append_value(out, kind, bytes);
  return out;
}

bool ascends(std::string_view a, std::string_view b) { return compare_keys(a, b) < 0; }
bool equal(std::string_view a, std::string_view b) { return compare_keys(a, b) == 0; }

std::string integer(long long x) { return packed({{value_kind::integer, std::to_string(x)}}); }

rc::Gen<cells> arbitrary_key(std::size_t columns) {
  const auto value = rc::gen::pair(
      rc::gen::element(value_kind::integer, value_kind::text, value_kind::null),
      rc::gen::element<std::string>("", "-", "-1", "-12", "0", "1", "12", "2", "007", "a", "ab"));
  return rc::gen::container<cells>(columns, value);
}

}  // namespace

TEST_CASE("integer keys ascend as numbers do") {
  CHECK(rc::check([](long long a, long long b) {
    RC_ASSERT(ascends(integer(a), integer(b)) == (a < b));
    RC_ASSERT(equal(integer(a), integer(b)) == (a == b));
  }));
  CHECK(ascends(integer(-10), integer(-9)));
  CHECK(ascends(integer(9), integer(10)));
  CHECK(ascends(integer(-1), integer(0)));
}

TEST_CASE("the first column that differs decides") {
  const auto key = [](const char* a, const char* b) {
    return packed({{value_kind::text, a}, {value_kind::integer, b}});
  };
  CHECK(ascends(key("a", "10"), key("b", "9")));
  CHECK(ascends(key("a", "9"), key("a", "10")));
  CHECK(ascends(key("a", "9"), key("ab", "9")));
}

TEST_CASE("the order is total and only identical keys are equal") {
  CHECK(rc::check([] {
    const auto columns = *rc::gen::inRange<std::size_t>(1, 4);
    const auto a = packed(*arbitrary_key(columns));
    const auto b = packed(*arbitrary_key(columns));
    const auto c = packed(*arbitrary_key(columns));
    RC_ASSERT(equal(a, b) == (a == b));
    if (a != b) RC_ASSERT(ascends(a, b) != ascends(b, a));
    if (ascends(a, b) && ascends(b, c)) RC_ASSERT(ascends(a, c));
  }));
}
