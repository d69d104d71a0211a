#include "runtime/config/template_text.hpp"

#include <doctest/doctest.h>

using namespace sluice::config;
using piece = template_value::piece;

TEST_CASE("templates name columns in braces and double literal ones") {
  const auto parsed = parse_template("Dear {a} {b c}{a}!");
  CHECK(parsed.malformed.empty());
  CHECK(parsed.value.text == "Dear {a} {b c}{a}!");
  CHECK(parsed.value.pieces == std::vector<piece>{{"Dear ", "a"}, {" ", "b c"}, {"", "a"}});
  CHECK(parsed.value.tail == "!");

  const auto braces = parse_template("{{a}} }}{{");
  CHECK(braces.malformed.empty());
  CHECK(braces.value.pieces.empty());
  CHECK(braces.value.tail == "{a} }{");
  const auto both = parse_template("{{{a}}}").value;
  CHECK(both.pieces == std::vector<piece>{{"{", "a"}});
  CHECK(both.tail == "}");
}

TEST_CASE("a template with a brace too many or too few says which") {
  CHECK(parse_template("{a").malformed == "has a { without its }");
  CHECK(parse_template("{a{b}").malformed == "has a { without its }");
  CHECK(parse_template("{").malformed == "has a { without its }");
  CHECK(parse_template("a}").malformed == "has a } without its {");
  CHECK(parse_template("a} }").malformed == "has a } without its {");
  CHECK(parse_template("{}").malformed == "has a {} without a column");
}
