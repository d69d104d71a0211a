#include "messages/base64.hpp"

#include <doctest/doctest.h>

using namespace sluice;

namespace {

std::string base64(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

}  // namespace

TEST_CASE("base64 is that of RFC 4648, section 10") {
  CHECK(base64("").empty());
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xfb\xff\xbf") == "+/+/");
}

TEST_CASE("base64 is read back, and nothing else") {
  for (const auto* text : {"", "f", "fo", "foo", "foob", "\xfb\xff\xbf"})
    CHECK(from_base64(base64(text)) == text);
  for (const auto* text : {"Zg", "Zg=", "Z===", "Zm9v!", "Zm 9", "-_-_", "Zg==Zg=="})
    CHECK_FALSE(from_base64(text));
}

TEST_CASE("base64 for URLs has other signs and no padding") {
  CHECK(base64url("").empty());
  CHECK(base64url("\xfb\xff\xbf") == "-_-_");
  CHECK(base64url("f") == "Zg");
}
