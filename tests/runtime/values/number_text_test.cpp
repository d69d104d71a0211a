#include "runtime/values/number_text.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::values;

namespace {

/// `i:text` or `d:text`, or `no`.
std::string normal(std::string_view text) {
  std::string out;
  const auto kind = normalise_number(text, out);
  if (!kind) return "no";
  return (*kind == value_kind::integer ? "i:" : "d:") + out;
}

}  // namespace

TEST_CASE("numbers are written as JSON writes them and keep every digit") {
  CHECK(normal("0") == "i:0");
  CHECK(normal("-0") == "i:0");
  CHECK(normal("+7") == "i:7");
  CHECK(normal("007") == "i:7");
  CHECK(normal("-0012") == "i:-12");
  CHECK(normal("123456789012345678901234567890") == "i:123456789012345678901234567890");
  CHECK(normal("1.50") == "d:1.50");
  CHECK(normal(".5") == "d:0.5");
  CHECK(normal("-.5") == "d:-0.5");
  CHECK(normal("5.") == "d:5");
  CHECK(normal("00.10") == "d:0.10");
  CHECK(normal("-0.0") == "d:-0.0");
  CHECK(normal("1e5") == "d:1e5");
  CHECK(normal("1E+05") == "d:1e5");
  CHECK(normal("1.25e-007") == "d:1.25e-7");
  CHECK(normal("3e00") == "d:3e0");
}

TEST_CASE("what is not a number is not read as one") {
  for (const auto* text : {"", "+", "-", ".", "e5", "1e", "1e+", "1.2.3", "1,5", "0x10", "NaN",
                           "Infinity", " 1", "1 ", "--1", "+-1", "1a", "１"}) {
    CAPTURE(text);
    CHECK(normal(text) == "no");
  }
}

TEST_CASE("only the exact values one and zero are truth values however they are written") {
  for (const auto* text : {"1", "1.0", "1.000", "01", "1e0"}) {
    CAPTURE(text);
    CHECK(zero_or_one(text) == true);
  }
  for (const auto* text : {"0", "-0", "0.00", "0e7", "000"}) {
    CAPTURE(text);
    CHECK(zero_or_one(text) == false);
  }
  for (const auto* text : {"2", "-1", "1.0001", "0.0001", "10", "1e1", "NaN", "Infinity"}) {
    CAPTURE(text);
    CHECK_FALSE(zero_or_one(text).has_value());
  }
}
