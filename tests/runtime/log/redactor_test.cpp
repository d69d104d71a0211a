#include "runtime/log/redactor.hpp"

#include <doctest/doctest.h>

using sluice::log::redactor;

TEST_CASE("a registered secret is masked wherever it stands") {
  redactor r;
  r.add("hunter22");
  CHECK(r.masked("hunter22 and (hunter22)hunter22") == "*** and (***)***");
  CHECK(r.masked("nothing to hide") == "nothing to hide");
}

TEST_CASE(
    "a secret that contains another one is masked as a whole whatever the order of registration") {
  redactor r;
  r.add("word");
  r.add("password1");
  CHECK(r.masked("password1 word") == "*** ***");
}

TEST_CASE("values shorter than four bytes are not masked") {
  redactor r;
  r.add("");
  r.add("abc");
  CHECK(r.masked("abc") == "abc");
  r.add("abcd");
  CHECK(r.masked("abcd") == "***");
}

TEST_CASE("a secret of stars is masked without end") {
  redactor r;
  r.add("****");
  CHECK(r.masked("*********") == "*******");
}
