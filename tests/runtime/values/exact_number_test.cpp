#include "runtime/values/exact_number.hpp"

#include <doctest/doctest.h>

#include "tests/support/broken_contract.hpp"

using namespace sluice::values;

namespace {

exact_number number(const char* text) {
  const auto out = exact_number::read(text);
  REQUIRE(out.has_value());
  return *out;
}

}  // namespace

TEST_CASE("a number is the same however it is written") {
  CHECK(number("1200") == exact_number{false, "12", 2});
  CHECK(number("-0.0120") == exact_number{true, "12", -3});
  for (const auto* other : {"1.5e1", "15", "15.00", "+15", "0015", "150e-1", "1500000E-5", "15."})
    CHECK(number(other) == number("15"));
  for (const auto* zero : {"0", "-0", "0.00", ".0", "0e9", "0e9999999999999999"})
    CHECK(number(zero) == exact_number{});
  CHECK(number("15") != number("-15"));
  CHECK(number("15") != number("150"));
  CHECK(number("9007199254740993") != number("9007199254740992"));
  for (const auto* none : {"", "-", ".", "e5", "1e", " 1", "1 ", "0x10", "1_000", "NaN", "Infinity",
                           "$1", "1,5", "1e9999999999999999"})
    CHECK_FALSE(exact_number::read(none).has_value());
}

TEST_CASE("decimal places count what carries value, exponents included") {
  CHECK(number("1.50").decimal_places() == 1);
  CHECK(number("12e-3").decimal_places() == 3);
  CHECK(number("1e-5").decimal_places() == 5);
  CHECK(number("1.5e1").decimal_places() == 0);
  CHECK(number("1200").decimal_places() == -2);
  CHECK(number("0.000").decimal_places() == 0);
}

TEST_CASE("a whole number is written without point and exponent") {
  CHECK(number("5.00").whole() == "5");
  CHECK(number("-1.2e3").whole() == "-1200");
  CHECK(number("1e+15").whole() == "1000000000000000");
  CHECK(number("-0.0").whole() == "0");
}

TEST_CASE("a plain number has one spelling") {
  for (const auto* plain : {"0", "-0", "7", "-12.5", "1.50", "0.25", "9007199254740993"})
    CHECK(is_plain_number(plain));
  for (const auto* other : {"", "-", "007", "+5", ".5", "5.", "1e3", " 7", "7 ", "0x1F", "1_000",
                            "NaN", "--1", "1.2.3", "-01"})
    CHECK_FALSE(is_plain_number(other));
}

TEST_CASE("a float keeps a number if its shortest text is that number") {
  for (const auto* kept : {"0.1", "16777216", "-1.5", "3.4e+38", "1e-40", "0.12345679", "16777218"})
    CHECK(float_keeps(kept));
  for (const auto* lost :
       {"16777217", "0.123456789", "1e39", "1e-60", "12345.678901", "1.1234567e-44"})
    CHECK_FALSE(float_keeps(lost));
  for (const auto* kept : {"0.1", "9007199254740992", "2.1100000000000003", "1e22", "1e300",
                           "999999999999999", "5e-324", "-0.000000000000000000001"})
    CHECK(double_keeps(kept));
  for (const auto* lost : {"9007199254740993", "0.10000000000000001", "1234567890.12345678901",
                           "1e400", "1e-400", "1152921504606846976"})
    CHECK_FALSE(double_keeps(lost));
}

TEST_CASE("a number with digits behind the point is not written as a whole one") {
  CHECK(exact_number::read("1200")->whole() == "1200");
  CHECK(sluice::test::broken_contract([] {
          static_cast<void>(exact_number::read("12.5")->whole());
        }) == "write number: expected one without digits behind the point");
}
