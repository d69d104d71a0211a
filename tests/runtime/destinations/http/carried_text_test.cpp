#include "runtime/destinations/http/carried_text.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice::destinations;

namespace {

std::string carried(std::string_view text, carrier in) {
  std::string out = "x";
  append_carried(out, text, in);
  CHECK(out.size() == carried_bytes(text, in) + 1);
  return out.substr(1);
}

}  // namespace

TEST_CASE("a form holds anything but unreserved characters as hexadecimal digits") {
  CHECK(carried("a b&c=d+é\r\n", carrier::form) == "a%20b%26c%3Dd%2B%C3%A9%0D%0A");
  CHECK(carried(std::string_view("\0", 1), carrier::form) == "%00");
}

TEST_CASE("a cell of CSV is quoted where a reader would take it for something else") {
  CHECK(carried("Ada", carrier::csv_cell) == "Ada");
  CHECK(carried("", carrier::csv_cell) == "\"\"");
  CHECK(carried("a\"b", carrier::csv_cell) == "\"a\"\"b\"");
  for (const auto* text : {"a,b", "a;b", "a\tb", "a|b", "a\nb", "a\rb", " a", "a "})
    CHECK(carried(text, carrier::csv_cell) == "\"" + std::string(text) + "\"");
  CHECK(carried("a\"b", carrier::csv_text) == "a\"\"b");
}

TEST_CASE("XML holds markup and white space as entities") {
  CHECK(carried("<a b='c'>&\"\r\n\t</a>", carrier::xml) ==
        "&lt;a b=&#39;c&#39;&gt;&amp;&quot;&#13;&#10;&#9;&lt;/a&gt;");
  CHECK(carried("🎈é", carrier::xml) == "🎈é");
}

TEST_CASE("what a format cannot hold is refused with the reason") {
  const std::string_view nul("a\0b", 3);
  CHECK(uncarried(nul, carrier::csv_cell) == " has a NUL, which CSV cannot carry");
  CHECK(uncarried(nul, carrier::xml) ==
        " has the control character U+0000, which XML 1.0 cannot carry");
  CHECK(uncarried("a\x1f", carrier::xml) ==
        " has the control character U+001F, which XML 1.0 cannot carry");
  for (const auto* text : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"})
    CHECK(uncarried(text, carrier::xml) == " has a U+FFFE or U+FFFF, which XML 1.0 cannot carry");
  for (const auto* text : {"\t\r\n", "\x7f", "\xEF\xBF\xBD", "é🎈"})
    CHECK(uncarried(text, carrier::xml).empty());
  CHECK(uncarried(nul, carrier::form).empty());
  CHECK(uncarried(nul, carrier::plain).empty());
}
