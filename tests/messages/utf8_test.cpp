#include "messages/utf8.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;

TEST_CASE("a text that fits is not cut") {
  CHECK(whole_characters("", 0).empty());
  CHECK(whole_characters("é", 2) == "é");
  CHECK(whole_characters("abc", 100) == "abc");
}

TEST_CASE("a text is cut between characters of any length") {
  const std::string text = "aé€🚀z";  // 1, 2, 3, 4 and 1 bytes
  const std::string_view expected[] = {"",    "a",   "a",   "aé",  "aé",  "aé",
                                       "aé€", "aé€", "aé€", "aé€", "aé€🚀"};
  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
    CAPTURE(bytes);
    CHECK(whole_characters(text, bytes) == expected[bytes]);
  }
}

TEST_CASE("bytes that are no text are cut at the limit") {
  const std::string bytes(100, '\x80');
  CHECK(whole_characters(bytes, 50).size() == 50);
  CHECK(whole_characters("ab\xff\xff", 3) == "ab\xff");
}
