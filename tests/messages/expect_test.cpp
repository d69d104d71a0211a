#include "messages/expect.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "tests/support/broken_contract.hpp"

using namespace sluice;

TEST_CASE("what is as expected is not noticed") {
  CHECK_NOTHROW(expect(true, "route deltas", "a writer"));
}

TEST_CASE("a broken contract is a defect that says what was expected, and where") {
  const auto line = std::to_string(__LINE__ + 2);
  try {
    expect(1 > 2, "route deltas", "a writer");
    FAIL("nothing was thrown");
  } catch (const failure& e) {
    CHECK(e.info() ==
          defect("route deltas", "", "expected a writer (expect_test.cpp:" + line + ")"));
    CHECK(e.info().code == errc::internal);
    CHECK(e.info().hint == "please report this as a defect");
  }
}

TEST_CASE("an exception that nobody foresaw is a defect as well") {
  const auto thrown = std::make_exception_ptr(std::runtime_error("odd"));
  CHECK(error_from(thrown, "read model", "customers") == defect("read model", "customers", "odd"));
}
