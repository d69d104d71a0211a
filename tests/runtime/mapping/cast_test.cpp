#include "runtime/mapping/cast.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace sluice;
using namespace sluice::mapping;

namespace {

/// `kind:bytes` of the cast value, `NULL`, or `no` if it cannot be cast.
std::string casted(value_kind kind, std::string_view bytes, cast to) {
  std::string scratch = "left over";
  const auto result = cast_value({kind, bytes}, to, scratch);
  if (!result) return "no";
  if (result->kind == value_kind::null) return "NULL";
  return std::string(to_string(result->kind)) + ":" + std::string(result->bytes);
}

constexpr std::array all_casts{cast::none, cast::string, cast::number, cast::boolean, cast::json};

}  // namespace

TEST_CASE("NULL stays NULL under every cast") {
  for (const auto to : all_casts) CHECK(casted(value_kind::null, "", to) == "NULL");
}

TEST_CASE("without a cast every value is left as it is") {
  CHECK(casted(value_kind::binary, "\xff", cast::none) == "binary:\xff");
}

TEST_CASE("as string gives the canonical text") {
  CHECK(casted(value_kind::boolean, "1", cast::string) == "text:true");
  CHECK(casted(value_kind::boolean, "0", cast::string) == "text:false");
  CHECK(casted(value_kind::decimal, "1.50", cast::string) == "text:1.50");
  CHECK(casted(value_kind::real, "NaN", cast::string) == "text:NaN");
  CHECK(casted(value_kind::json, "{\"a\": 1}", cast::string) == "text:{\"a\": 1}");
  CHECK(casted(value_kind::timestamp_tz, "2026-01-31T09:00:00Z", cast::string) ==
        "text:2026-01-31T09:00:00Z");
}

TEST_CASE("as string writes binary as base64") {
  CHECK(casted(value_kind::binary, "", cast::string) == "text:");
  CHECK(casted(value_kind::binary, "f", cast::string) == "text:Zg==");
  CHECK(casted(value_kind::binary, "fo", cast::string) == "text:Zm8=");
  CHECK(casted(value_kind::binary, "foo", cast::string) == "text:Zm9v");
  CHECK(casted(value_kind::binary, "foob", cast::string) == "text:Zm9vYg==");
  CHECK(casted(value_kind::binary, std::string_view("\0\xff\xfb", 3), cast::string) == "text:AP/7");
}

TEST_CASE("as number keeps numbers and reads texts exactly") {
  CHECK(casted(value_kind::integer, "-42", cast::number) == "integer:-42");
  CHECK(casted(value_kind::decimal, "1.50", cast::number) == "decimal:1.50");
  CHECK(casted(value_kind::real, "NaN", cast::number) == "real:NaN");
  CHECK(casted(value_kind::boolean, "1", cast::number) == "integer:1");
  CHECK(casted(value_kind::text, "\t 0042 \n", cast::number) == "integer:42");
  CHECK(casted(value_kind::text, "+.10", cast::number) == "decimal:0.10");
  CHECK(casted(value_kind::json, " 1.5 ", cast::number) == "decimal:1.5");
  CHECK(casted(value_kind::json, "true", cast::number) == "integer:1");
  CHECK(casted(value_kind::json, " null ", cast::number) == "NULL");
}

TEST_CASE("as number refuses what has no exact number") {
  CHECK(casted(value_kind::text, "", cast::number) == "no");
  CHECK(casted(value_kind::text, "NaN", cast::number) == "no");
  CHECK(casted(value_kind::text, "12 apples", cast::number) == "no");
  CHECK(casted(value_kind::json, "\"1\"", cast::number) == "no");
  CHECK(casted(value_kind::json, "[1]", cast::number) == "no");
  for (const auto kind : {value_kind::date, value_kind::time, value_kind::timestamp,
                          value_kind::timestamp_tz, value_kind::uuid, value_kind::binary})
    CHECK(casted(kind, "1", cast::number) == "no");
}

TEST_CASE("as boolean reads the words of databases and the numbers one and zero") {
  CHECK(casted(value_kind::boolean, "0", cast::boolean) == "boolean:0");
  for (const auto* word : {"true", "T", " Yes ", "y", "ON", "1"})
    CHECK(casted(value_kind::text, word, cast::boolean) == "boolean:1");
  for (const auto* word : {"False", "f", "no", "N", "off", "0"})
    CHECK(casted(value_kind::text, word, cast::boolean) == "boolean:0");
  CHECK(casted(value_kind::integer, "1", cast::boolean) == "boolean:1");
  CHECK(casted(value_kind::decimal, "0.00", cast::boolean) == "boolean:0");
  CHECK(casted(value_kind::real, "1", cast::boolean) == "boolean:1");
  CHECK(casted(value_kind::json, "false", cast::boolean) == "boolean:0");
  CHECK(casted(value_kind::json, "1", cast::boolean) == "boolean:1");
  CHECK(casted(value_kind::json, "null", cast::boolean) == "NULL");
}

TEST_CASE("as boolean refuses everything that is neither") {
  for (const auto* word : {"", "maybe", "2", "truee", "tr ue", "1.0"})
    CHECK(casted(value_kind::text, word, cast::boolean) == "no");
  CHECK(casted(value_kind::integer, "2", cast::boolean) == "no");
  CHECK(casted(value_kind::real, "NaN", cast::boolean) == "no");
  CHECK(casted(value_kind::json, "\"true\"", cast::boolean) == "no");
  CHECK(casted(value_kind::date, "2026-01-01", cast::boolean) == "no");
}

TEST_CASE("as json embeds texts that are JSON and leaves other values alone") {
  CHECK(casted(value_kind::text, "{\"a\": [1, 2.50]}", cast::json) == "json:{\"a\": [1, 2.50]}");
  CHECK(casted(value_kind::text, "\"x\"", cast::json) == "json:\"x\"");
  CHECK(casted(value_kind::json, "[]", cast::json) == "json:[]");
  CHECK(casted(value_kind::integer, "7", cast::json) == "integer:7");
  for (const auto* text : {"", "{", "{'a': 1}", "hello", "[1,]", "NaN", "{} {}"})
    CHECK(casted(value_kind::text, text, cast::json) == "no");
}

TEST_CASE("a deeply nested text is judged without running out of stack") {
  const std::string open(1'000'000, '[');
  const std::string close(1'000'000, ']');
  CHECK(casted(value_kind::text, open, cast::json) == "no");
  CHECK(casted(value_kind::text, open + close, cast::json) == "json:" + open + close);
}

TEST_CASE("the kind announced for a cast is the kind that its values have") {
  const std::array<value_view, 6> samples{{{value_kind::boolean, "1"},
                                           {value_kind::integer, "1"},
                                           {value_kind::decimal, "1"},
                                           {value_kind::real, "1"},
                                           {value_kind::text, "1.0"},
                                           {value_kind::json, "1.0"}}};
  for (const auto to : all_casts) {
    for (const auto& sample : samples) {
      std::string scratch;
      const auto result = cast_value(sample, to, scratch);
      if (!result) continue;
      CAPTURE(to_string(to));
      CAPTURE(to_string(sample.kind));
      CHECK(kind_after(sample.kind, to) == result->kind);
    }
  }
}
