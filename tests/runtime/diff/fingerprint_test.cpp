#include "runtime/diff/fingerprint.hpp"

#include <doctest/doctest.h>

#include <string>

#include "messages/row.hpp"

using namespace sluice;
using diff::fingerprint;

TEST_CASE("the fingerprint is XXH3 with 128 bits with seed 0") {
  // As `xxhsum -H2` prints them for the same bytes. Ledgers on disk depend on them.
  CHECK(fingerprint("") == hash128{0x99aa06d3014798d8, 0x6001c324468d497f});
  CHECK(fingerprint("abc") == hash128{0x06b05ab6733a6185, 0x78af5f94892f3950});
}

TEST_CASE("NULL and the empty text and zero have different fingerprints") {
  std::string null, empty, zero;
  append_value(null, value_kind::null, "");
  append_value(empty, value_kind::text, "");
  append_value(zero, value_kind::integer, "0");
  CHECK(fingerprint(null) != fingerprint(empty));
  CHECK(fingerprint(empty) != fingerprint(zero));
  CHECK(fingerprint(null) != fingerprint(zero));
}
