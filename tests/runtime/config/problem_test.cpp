#include "runtime/config/problem.hpp"

#include <doctest/doctest.h>

using namespace sluice::config;

TEST_CASE("a problem reads file then pointer then what is wrong then what would be right") {
  CHECK(to_text(problem{"/etc/node.json", "/log/level", "is a number", "it must be a string"}) ==
        "/etc/node.json:/log/level: is a number; it must be a string");
  CHECK(to_text(problem{"/etc/node.json", "", "cannot be read", ""}) ==
        "/etc/node.json: cannot be read");
}

TEST_CASE("of many problems of a file the first are named and the others counted") {
  std::vector<problem> all{{"other", "", "is wrong", ""}};
  file_problems found("f", all);
  for (std::size_t i = 0; i < file_problems::most_named; ++i) found.add("", "wrong", "");
  CHECK(all.size() == 1 + file_problems::most_named);
  CHECK_FALSE(all.back() == problem{"f", "", "… and 1 more problem", ""});
  found.add("", "wrong", "");
  CHECK(all.back() == problem{"f", "", "… and 1 more problem", ""});
  for (int i = 0; i < 99'899; ++i) found.add("", "wrong", "");
  CHECK(found.count());
  CHECK(all.size() == 2 + file_problems::most_named);
  CHECK(all.back() == problem{"f", "", "… and 99901 more problems", ""});
}

TEST_CASE("a problem can be put in front of others, but is counted as they are") {
  std::vector<problem> all;
  file_problems found("a.json", all);
  found.add("/b", "second", "");
  found.insert(0, "/a", "first", "");
  REQUIRE(all.size() == 2);
  CHECK(all[0].message == "first");
  for (std::size_t i = 2; i < file_problems::most_named; ++i) found.add("/c", "more", "");
  found.insert(0, "/d", "too many", "");
  CHECK(all.size() == file_problems::most_named + 1);
  CHECK(all.front().message == "first");
  CHECK(all.back().message == "… and 1 more problem");
}

TEST_CASE("problems are one line each whatever they quote") {
  CHECK(to_text({problem{"a", "/x\ny", "bad \x1b[31m", ""}, problem{"b", "", "worse", "stop"}}) ==
        "a:/x\\ny: bad \\x1b[31m\nb: worse; stop\n");
}
