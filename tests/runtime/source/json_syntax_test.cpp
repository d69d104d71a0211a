#include "runtime/source/json_syntax.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>

using sluice::source::is_valid_json;

TEST_CASE("what RFC 8259 allows is JSON, also where parsers have limits") {
  for (const std::string good : {"1",
                                 "-0",
                                 "0.5e-7",
                                 "1E+400",
                                 "1e400",
                                 "null",
                                 "true",
                                 "false",
                                 "\"\"",
                                 " [ ] ",
                                 "{}",
                                 "\t{\"a\":\r\n1}\n",
                                 R"({"a":1,"a":2})",
                                 R"("\u0000")",
                                 R"("\ud800")",
                                 R"(["\udc00\ud800"])",
                                 R"("\"\\\/\b\f\n\r\t")",
                                 "[[],{},[[{\"a\":[{}]}]]]",
                                 "[1,[2],3]",
                                 "\"ä🙂\""}) {
    CAPTURE(good);
    CHECK(is_valid_json(good));
  }
  const std::string deep(100'000, '[');
  CHECK(is_valid_json(deep + std::string(100'000, ']')));
  CHECK(is_valid_json(std::string(5'000, '9')));
}

TEST_CASE("anything else is not") {
  for (const std::string bad : {"",
                                " ",
                                "nul",
                                "nulll",
                                "tru",
                                "01",
                                "+1",
                                "1.",
                                ".5",
                                "1e",
                                "1e+",
                                "-",
                                "--1",
                                "NaN",
                                "Infinity",
                                "'a'",
                                "\"",
                                "\"a",
                                "\"\\\"",
                                "\"\\x\"",
                                "\"\\u12\"",
                                "\"\\u12g4\"",
                                "\"\n\"",
                                "[",
                                "]",
                                "[1",
                                "[1,",
                                "[1,]",
                                "[,1]",
                                "[1 2]",
                                "{",
                                "{\"a\"",
                                "{\"a\":",
                                "{\"a\":1",
                                "{\"a\":1,",
                                "{\"a\":1,}",
                                "{a:1}",
                                "{1:1}",
                                "{\"a\" 1}",
                                "{\"a\":1 \"b\":2}",
                                "{]",
                                "[}",
                                "1 2",
                                "[] []",
                                "// c\n1",
                                "\v1",
                                "{\"a\":}",
                                "\xef\xbb\xbf"
                                "1"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_valid_json(bad));
  }
}

TEST_CASE("a parser that reads less agrees on random texts") {
  std::mt19937 random(7);
  const std::string pieces[] = {"{",     "}", "[",    "]",    ",", ":",
                                "\"a\"", "1", "-2.5", "null", " ", "\"\\n\""};
  int valid = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (auto n = random() % 9; n > 0; --n) text += pieces[random() % std::size(pieces)];
    const bool expected = nlohmann::json::accept(text);
    valid += expected;
    if (is_valid_json(text) != expected) FAIL(text);
  }
  CHECK(valid > 250);
}
