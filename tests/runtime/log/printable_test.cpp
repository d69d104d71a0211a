#include "runtime/log/printable.hpp"

#include <doctest/doctest.h>

using sluice::log::printable;
using namespace std::string_view_literals;

TEST_CASE("a printable text has no control characters left") {
  CHECK(printable("a\nb\rc\td") == R"(a\nb\rc\td)");
  CHECK(printable("\x1b[31mred\x7f\0end"sv) == R"(\x1b[31mred\x7f\x00end)");
}

TEST_CASE("a printable text keeps everything that is not a control character") {
  CHECK(printable("Zürich 🚰 \"quoted\" \\ back") == "Zürich 🚰 \"quoted\" \\ back");
}
