#include "runtime/config/problem.hpp"

#include <doctest/doctest.h>

using namespace sluice::config;

TEST_CASE("a problem reads file then pointer then what is wrong then what would be right") {
  CHECK(to_text(problem{"/etc/node.json", "/log/level", "is a number", "it must be a string"}) ==
        "/etc/node.json:/log/level: is a number; it must be a string");
  CHECK(to_text(problem{"/etc/node.json", "", "cannot be read", ""}) ==
        "/etc/node.json: cannot be read");
}

TEST_CASE("problems are one line each whatever they quote") {
  CHECK(to_text({problem{"a", "/x\ny", "bad \x1b[31m", ""}, problem{"b", "", "worse", "stop"}}) ==
        "a:/x\\ny: bad \\x1b[31m\nb: worse; stop\n");
}
