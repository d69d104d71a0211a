#include "runtime/mapping/nearest_name.hpp"

#include <doctest/doctest.h>

#include <vector>

using sluice::mapping::nearest_name;

TEST_CASE("the nearest name is the one with the fewest letters to change") {
  const std::vector<std::string> names{"id", "email", "first_name", "Last_Name"};
  CHECK(nearest_name("emial", names) == "email");
  CHECK(nearest_name("firstname", names) == "first_name");
  CHECK(nearest_name("ids", names) == "id");
}

TEST_CASE("a name that differs only in case is the nearest") {
  const std::vector<std::string> names{"last_names", "Last_Name"};
  CHECK(nearest_name("last_name", names) == "Last_Name");
}

TEST_CASE("a name that would have to change by more than a third is not suggested") {
  const std::vector<std::string> names{"email"};
  CHECK(nearest_name("postcode", names).empty());
  CHECK(nearest_name("xyzil", names).empty());
  CHECK(nearest_name("email", {}).empty());
}
