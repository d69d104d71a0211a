#include "runtime/values/chain.hpp"

#include <rapidcheck.h>
#include <simdjson.h>

#include "messages/error.hpp"
#include "runtime/values/function_table.hpp"
#include "tests/runtime/values/applied.hpp"

using namespace sluice;
using namespace sluice::values;
using test::applied;

namespace {

/// A call of each function with arguments that it takes.
const std::vector<std::string> every_call{
    "trim",
    "lower",
    "upper",
    "title",
    "digits",
    "replace('a', 'bc')",
    "slice(1, -1)",
    "slice(-2)",
    "pad(5, '0')",
    "pad(5, '☃', 'right')",
    "split(',')",
    "split('a', 1)",
    "join('-')",
    "default('x')",
    "null_if('', 0)",
    "case('a', 1, 'else')",
    "case('a', 1)",
    "round(2)",
    "round(-1, 'half_even')",
    "scale(-1.5)",
    "format(2, '.', ',')",
    "format('%a %A %b %B %C %d %D %e %F %g %G %H %I %j %m %M %p %R %S %T %u %U %V %w %W %y %Y %s "
    "%L %f')",
    "epoch",
    "epoch('ms')",
    "zone('Europe/Zurich')",
    "from_zone('America/New_York')",
    "part('week')",
    "part('hour')",
    "add(13, 'months')",
    "add(-400, 'days')",
    "sha256",
    "sha512('base64')",
    "md5('hex', 'keep')",
    "hmac('sha256', 'key')",
    "email",
    "email_gmail",
    "e164('CH')",
    "e164",
    "meta_phone('US')",
    "meta_name",
    "meta_place",
    "meta_zip('US')",
    "meta_zip",
    "pick('/a/0')",
    "keys"};

bool is_json(const std::string& text) {
  simdjson::dom::parser parser;
  return parser.parse(text).error() == simdjson::SUCCESS;
}

bool is_valid(const value_view& value) {
  const std::string text(value.bytes);
  if (!simdjson::validate_utf8(text)) return false;
  if (value.kind == value_kind::json) return is_json(text);
  if (value.kind == value_kind::null) return text.empty();
  if (value.kind == value_kind::boolean) return text == "1" || text == "0";
  return true;
}

/// Texts that functions may meet: plain, of all scripts, numbers, times, JSON, and bytes that are
/// no text.
rc::Gen<std::string> any_text() {
  return rc::gen::oneOf(
      rc::gen::arbitrary<std::string>(), rc::gen::string<std::string>(),
      rc::gen::element<std::string>(
          "", " ", "👩‍👩‍👧", "e\u0301", "İstanbul", "ǅ", "ß", "٣", "\xff", "\xc3",
          "\xed\xa0\x80", "0", "-1.5e300", "1e999999999999999", "NaN", "2026-01-31", "0000-01-01",
          "9999-12-31T23:59:59.999999999Z", "2026-02-30", "[1,\"a\",null]", "{\"a\":[1.50]}", "{",
          "[[[[", "+41 44 668 18 00", "a@b", "@", "a.b+c@gmail.com", std::string(100, '9'),
          std::string(70, 'f'), std::string(64, 'F')));
}

}  // namespace

TEST_CASE("every function is among the calls that are tried here") {
  for (const auto& f : functions()) {
    CAPTURE(f.name);
    CHECK(std::ranges::any_of(every_call, [&](const std::string& c) {
      return parse_calls(c).calls.front().name == f.name;
    }));
  }
}

TEST_CASE("every function makes a valid value of any value or says why not") {
  for (const auto& text : every_call) {
    const auto calls = parse_calls(text).calls;
    chain functions(calls);
    const auto holds = rc::check(text, [&] {
      const auto bytes = *any_text();
      const bool is_utf8 = simdjson::validate_utf8(bytes);
      const auto kind = *rc::gen::element(value_kind::text, value_kind::binary, value_kind::json);
      if (kind == value_kind::json && !is_json(bytes)) return;
      const auto made = functions.apply({kind, bytes});
      if (made) {
        RC_ASSERT(is_valid(*made) || made->kind == value_kind::binary);
        if (kind == value_kind::text) RC_ASSERT(is_utf8 || calls.front().name == "default");
      } else {
        RC_ASSERT(functions.problem().size() > 3);
        RC_ASSERT(simdjson::validate_utf8(functions.problem()));
      }
    });
    CHECK_MESSAGE(holds, text);
  }
}

TEST_CASE("a function gives the same for the same value whatever came before") {
  const auto holds = rc::check([&] {
    const auto call = *rc::gen::elementOf(every_call);
    chain used(parse_calls(call).calls);
    used.apply({value_kind::text, *any_text()});
    const auto text = *any_text();
    const auto again = used.apply({value_kind::text, text});
    chain fresh(parse_calls(call).calls);
    RC_ASSERT(again == fresh.apply({value_kind::text, text}));
  });
  CHECK(holds);
}

TEST_CASE("NULL stays NULL in all functions but default") {
  for (const auto& call : every_call)
    CHECK_MESSAGE(applied(value_view{}, call) == (call == "default('x')" ? "text x" : "null"),
                  call);
}

TEST_CASE("default stands for what was refused before it") {
  CHECK(applied("abc", "round | default(0)") == "integer 0");
  CHECK(applied("abc", "round | scale(2) | default(null) | upper") == "null");
  CHECK(applied("abc", "default('x') | round") == "refused: round: is no number");
  CHECK(applied("\xff", "default('x')") == "text x");
  CHECK(applied("\xff", "upper") == "refused: is not UTF-8");
  CHECK(applied("1.5", "round | default(0)") == "integer 2");
}

TEST_CASE("what becomes too large is refused") {
  const std::string large(1u << 20, 'a');
  CHECK(applied(large, "replace('a', '" + std::string(100, 'b') + "')") ==
        "refused: replace: makes more than 64 MiB of it");
}

TEST_CASE("a chain of calls that cannot be made is refused") {
  CHECK_THROWS_WITH_AS(
      chain(std::vector<call>{{"nope"}}),
      "prepare function 'nope': there is no function \"nope\"; config/reference.md "
      "lists them",
      failure);
}

TEST_CASE("the kind of the results is known beforehand") {
  const auto after = [](const char* calls, value_kind of) {
    return chain(parse_calls(calls).calls).kind_after(of);
  };
  CHECK(after("trim | lower", value_kind::integer) == value_kind::text);
  CHECK(after("round", value_kind::integer) == value_kind::integer);
  CHECK(after("round", value_kind::text) == value_kind::decimal);
  CHECK(after("default(0)", value_kind::date) == value_kind::date);
  CHECK(after("epoch", value_kind::date) == value_kind::integer);
  CHECK(after("keys", value_kind::json) == value_kind::json);
}
