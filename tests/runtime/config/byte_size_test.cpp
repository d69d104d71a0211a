#include "runtime/config/byte_size.hpp"

#include <doctest/doctest.h>

#include <limits>

using sluice::config::byte_size_text;
using sluice::config::parse_byte_size;

TEST_CASE("sizes are a whole number and a unit") {
  CHECK(parse_byte_size("0B") == 0);
  CHECK(parse_byte_size("500B") == 500);
  CHECK(parse_byte_size("64kB") == 64'000);
  CHECK(parse_byte_size("64KB") == 64'000);
  CHECK(parse_byte_size("64KiB") == 65'536);
  CHECK(parse_byte_size("1MB") == 1'000'000);
  CHECK(parse_byte_size("2MiB") == 2'097'152);
}

TEST_CASE("anything else is no size") {
  for (const auto* text : {"", "B", "1", "1 MB", " 1MB", "1MB ", "-1B", "+1B", "1.5MB", "1mb",
                           "1GB", "1kb", "0x1B", "1MBB", "MB1"})
    CHECK_MESSAGE(!parse_byte_size(text), text);
}

TEST_CASE("sizes beyond 64 bits are none") {
  CHECK(parse_byte_size("18446744073709551615B") == std::numeric_limits<std::uint64_t>::max());
  CHECK_FALSE(parse_byte_size("18446744073709551616B"));
  CHECK_FALSE(parse_byte_size("18446744073709552MB"));
}

TEST_CASE("a size is printed as the shortest text with its value") {
  CHECK(byte_size_text(0) == "0B");
  CHECK(byte_size_text(1) == "1B");
  CHECK(byte_size_text(999) == "999B");
  CHECK(byte_size_text(1'000) == "1kB");
  CHECK(byte_size_text(1'024) == "1KiB");
  CHECK(byte_size_text(499'000) == "499kB");
  CHECK(byte_size_text(1'000'000) == "1MB");
  CHECK(byte_size_text(1'048'576) == "1MiB");
  for (const std::uint64_t bytes : {1ull, 1'023ull, 1'500ull, 4'194'304ull, 256'000'000ull})
    CHECK(parse_byte_size(byte_size_text(bytes)) == bytes);
}
