#include "runtime/values/call.hpp"

#include <doctest/doctest.h>

#include "runtime/values/function_table.hpp"

using namespace sluice;
using namespace sluice::values;

namespace {

std::string malformed(std::string_view text) { return parse_calls(text).malformed; }

std::string problem(const call& c) {
  const auto found = problem_of(c);
  return found ? found->message + "; " + found->hint : "";
}

}  // namespace

TEST_CASE("calls are taken apart with arguments of all types") {
  const auto parsed =
      parse_calls(R"x( trim|pad( 5 , '0')| default(null) |x(true,-1.50,"a'b\n|)") )x");
  CHECK(parsed.malformed == "");
  CHECK(parsed.calls ==
        std::vector<call>{{"trim"},
                          {"pad", {{value_kind::integer, "5"}, {value_kind::text, "0"}}},
                          {"default", {{value_kind::null, ""}}},
                          {"x",
                           {{value_kind::boolean, "1"},
                            {value_kind::decimal, "-1.50"},
                            {value_kind::text, "a'b\n|)"}}}});
  CHECK(parse_calls("now()").calls == std::vector<call>{{"now"}});
}

TEST_CASE("calls are written as they are read") {
  for (const auto* text :
       {"trim", "trim | pad(5, '0')", R"(replace('\'', '\\') | x(null, true, -1.5, '\n\t'))"})
    CHECK(to_text(parse_calls(text).calls) == text);
}

TEST_CASE("what cannot be taken apart is told") {
  CHECK(malformed("") == "lacks the name of a function behind a |");
  CHECK(malformed("trim |") == "lacks the name of a function behind a |");
  CHECK(malformed("trim lower") == "has \"lower\" behind a function");
  CHECK(malformed("pad(5") == "lacks the ) behind the arguments of \"pad\"");
  CHECK(malformed("pad(five)") ==
        "has the argument \"five\", which is neither a number nor quoted");
  for (const auto* text : {"x('a)", "x('a\\')", R"(x('\x'))"})
    CHECK(malformed(text) == "has a text without its closing quote, or with an unknown escape");
}

TEST_CASE("a call that cannot be made says what would be right") {
  CHECK(problem({"trim"}) == "");
  CHECK(problem({"trimm"}) == "there is no function \"trimm\"; config/reference.md lists them");
  CHECK(problem({"trim", {{value_kind::integer, "1"}}}) ==
        "\"trim\" takes no arguments; it is trim");
  CHECK(problem({"replace", {{value_kind::text, "a"}}}) ==
        "\"replace\" has too few arguments; it is replace(text, by)");
  CHECK(problem({"pad", {{value_kind::text, "5"}}}) ==
        "\"pad\" takes a number as its width; it is pad(width, [character], [side])");
  CHECK(problem({"pad", {{value_kind::integer, "0"}}}) ==
        "\"pad\" has the argument 0; a whole number from 1 to 10000");
  CHECK(problem({"epoch", {{value_kind::text, "us"}}}) ==
        "\"epoch\" does not know 'us'; known here: 's', 'ms'");
  CHECK(problem({"zone", {{value_kind::text, "Europe/Zurch"}}})
            .starts_with("\"zone\" does not know the time zone 'Europe/Zurch'"));
  CHECK(problem({"e164", {{value_kind::text, "ch"}}})
            .starts_with("\"e164\" does not know the country 'ch'"));
  CHECK(problem({"format", {{value_kind::text, "%Q"}}})
            .starts_with("\"format\" has the pattern '%Q' with an unknown %Q"));
  CHECK(problem({"case", {{value_kind::text, "1"}}}).starts_with("\"case\" has too few arguments"));
}
