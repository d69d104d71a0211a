#include "runtime/mapping/uuid_text.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice::mapping;

TEST_CASE("a UUID is the same however it is written") {
  for (const auto* text :
       {"0192f0c1-2345-6789-abcd-ef0123456789", "0192F0C1-2345-6789-ABCD-EF0123456789",
        "{0192f0c1-2345-6789-abcd-ef0123456789}", "0192f0c123456789abcdef0123456789",
        "0192-f0c1-2345-6789-abcd-ef01-2345-6789"}) {
    CAPTURE(std::string(text));
    const auto found = canonical_uuid(text);
    REQUIRE(found);
    CHECK(std::string(found->begin(), found->end()) == "0192f0c1-2345-6789-abcd-ef0123456789");
  }
}

TEST_CASE("what has not the digits of a UUID is none") {
  for (const auto* text :
       {"", "{}", "-", "0192f0c1-2345-6789-abcd-ef012345678",
        "0192f0c1-2345-6789-abcd-ef01234567890", "0192f0c1-2345-6789-abcd-ef012345678g",
        "{0192f0c1-2345-6789-abcd-ef0123456789", " 0192f0c1-2345-6789-abcd-ef0123456789"})
    CHECK_FALSE(canonical_uuid(text));
}
