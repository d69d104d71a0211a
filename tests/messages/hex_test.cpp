#include "messages/hex.hpp"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("bytes become two digits each and come back") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  const auto digits = to_hex(all);
  CHECK(digits.size() == 512);
  CHECK(digits.starts_with("000102"));
  CHECK(digits.ends_with("FDFEFF"));
  CHECK(to_small_hex("\xfd\x0e") == "fd0e");
  CHECK(from_hex(digits) == all);
  CHECK(from_hex("fdfe") == "\xfd\xfe");
  CHECK(to_hex("").empty());
  CHECK(from_hex("") == "");
}

TEST_CASE("what is not pairs of hexadecimal digits is refused") {
  for (const auto* const text : {"0", "0g", "g0", "0x", " 0", "-1", "00 0"}) {
    CAPTURE(text);
    CHECK_FALSE(from_hex(text));
  }
}
