#include "runtime/cli/text.hpp"

#include <doctest/doctest.h>

using namespace sluice::cli;

TEST_CASE("text of a database cannot command the terminal") {
  CHECK(printable("a\x1b[2Jb") == "a?[2Jb");
  CHECK(printable("line\nbreak\tand\rreturn") == "line break and return");
  CHECK(printable(std::string_view{"nul\0", 4}) == "nul?");
  CHECK(printable("\xC2\x9B"
                  "31m") == "?31m");  // the one-character form of ESC [
  CHECK(printable("\xE2\x80\xAE"
                  "gpj") == "?gpj");  // right-to-left override
}

TEST_CASE("good UTF-8 stays and broken bytes are marked one by one") {
  CHECK(printable("Zürich 東京 🚰") == "Zürich 東京 🚰");
  CHECK(printable("a\xFF\xFE"
                  "b") == "a??b");
  CHECK(printable("\xC0\xAF") == "??");            // overlong
  CHECK(printable("\xE0\x80\xAF") == "???");       // overlong
  CHECK(printable("\xED\xA0\x80") == "???");       // surrogate
  CHECK(printable("\xF4\x90\x80\x80") == "????");  // beyond Unicode
  CHECK(printable("cut \xE6\x9D") == "cut ??");
}

TEST_CASE("the width of text is in columns") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("Zürich") == 6);
  CHECK(display_width("東京") == 4);
  CHECK(display_width("e\xCC\x81") == 1);  // a combining accent
}

TEST_CASE("text is shortened to columns at a character") {
  CHECK(shorten("customers", 9) == "customers");
  CHECK(shorten("customers", 8) == "custome…");
  CHECK(shorten("東京都", 4) == "東…");
  CHECK(shorten("abc", 1) == "…");
  CHECK(shorten("abc", 0).empty());
}

TEST_CASE("colours appear only where they are wanted") {
  CHECK(palette{true}.red("x") == "\x1b[31mx\x1b[0m");
  CHECK(palette{false}.red("x") == "x");
}
