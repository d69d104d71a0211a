#include "messages/delivery_name.hpp"

#include <doctest/doctest.h>

using namespace sluice;

namespace {

constexpr hash128 a{1, 2};
constexpr hash128 b{1, 3};
constexpr auto erase = operation::erase;
constexpr auto insert = operation::insert;
constexpr auto update = operation::update;

}  // namespace

TEST_CASE("every run, operation and value gives a delivery another name") {
  const auto name = delivery_name(7, insert, a);
  CHECK(name == delivery_name(7, insert, a));
  CHECK(name != delivery_name(8, insert, a));
  CHECK(name != delivery_name(7, update, a));
  CHECK(name != delivery_name(7, insert, b));
  CHECK(delivery_name(7, erase, {}) != delivery_name(7, insert, {}));
}

TEST_CASE("only the delivery that is in doubt is repeated under its name") {
  const auto in_doubt = delivery_name(7, insert, a);
  CHECK(delivery_name_after(in_doubt, 8, insert, a) == in_doubt);
  CHECK(delivery_name_after(delivery_name_after(in_doubt, 8, insert, a), 9, insert, a) == in_doubt);
  // Another value or operation came in between: what follows is another delivery.
  const auto changed = delivery_name_after(in_doubt, 8, insert, b);
  CHECK(changed.low == delivery_name(8, insert, b).low);
  CHECK(changed.high == (8 | follows_doubt));
  CHECK(delivery_name_after(changed, 9, insert, b) == changed);
  CHECK(delivery_name_after(changed, 9, insert, a).high == (9 | follows_doubt));
  CHECK(delivery_name_after(in_doubt, 8, update, a).high == (8 | follows_doubt));
  CHECK(delivery_name_after({}, 8, insert, a) == delivery_name(8, insert, a));
}

TEST_CASE("a name tells whether its run is this one") {
  CHECK_FALSE(is_of_other_run({}, 7));
  CHECK_FALSE(is_of_other_run(delivery_name(7, insert, a), 7));
  CHECK_FALSE(is_of_other_run(delivery_name(7, insert, a), 7 | follows_doubt));
  CHECK_FALSE(is_of_other_run(delivery_name_after(delivery_name(6, insert, b), 7, insert, a), 7));
  CHECK(is_of_other_run(delivery_name(6, insert, a), 7));
}
