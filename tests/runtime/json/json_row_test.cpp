#include "runtime/json/json_row.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "messages/error.hpp"
#include "runtime/json/json_text.hpp"

using namespace sluice;
using nlohmann::json;

namespace {

std::string rendered(value_view value) {
  std::string out;
  append_json_value(out, value);
  return out;
}

std::string rendered(const std::vector<field>& fields, const std::vector<value_view>& values) {
  std::string packed, out;
  for (const auto& v : values) append_value(packed, v);
  json_row(fields).append(out, packed);
  return out;
}

field named(std::vector<std::string> path) { return {std::move(path), value_kind::text, {}}; }

std::string utf8(char32_t c) {
  const auto tail = [](char32_t bits) { return static_cast<char>(0x80 | (bits & 0x3f)); };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xc0 | c >> 6), tail(c)};
  if (c < 0x10000) return {static_cast<char>(0xe0 | c >> 12), tail(c >> 6), tail(c)};
  return {static_cast<char>(0xf0 | c >> 18), tail(c >> 12), tail(c >> 6), tail(c)};
}

std::string random_text(std::mt19937& random) {
  const auto below = [&](char32_t n) { return static_cast<char32_t>(random()) % n; };
  std::string out;
  const auto length = random() % 40;
  for (unsigned i = 0; i < length; ++i) {
    switch (random() % 4) {
      case 0:
        out += utf8(below(0x30));
        break;  // control characters, quote
      case 1:
        out += utf8(0x50 + below(0x30));
        break;  // backslash
      case 2:
        out += utf8(0x80 + below(0x700));
        break;
      default:
        out += utf8(0x10000 + below(0x10000));
        break;  // emoji
    }
  }
  return out;
}

std::string decoded_base64(std::string_view text) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  std::uint32_t held = 0;
  for (const char c : text) {
    if (c == '=') break;
    held = held << 6 | static_cast<std::uint32_t>(alphabet.find(c));
    bits += 6;
    if (bits >= 8) out.push_back(static_cast<char>(held >> (bits -= 8) & 0xff));
  }
  return out;
}

}  // namespace

TEST_CASE("every text survives its JSON form") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 2'000; ++round) {
    const auto text = random_text(random);
    const auto out = rendered({value_kind::text, text});
    CHECK(out.find('\n') == std::string::npos);
    CHECK(json::parse(out).get<std::string>() == text);
  }
}

TEST_CASE("every byte string survives base64") {
  std::mt19937 random(7);
  for (std::size_t length = 0; length < 300; ++length) {
    std::string bytes(length, '\0');
    for (auto& b : bytes) b = static_cast<char>(random());
    const auto text = json::parse(rendered({value_kind::binary, bytes})).get<std::string>();
    CHECK(text.size() == (length + 2) / 3 * 4);
    CHECK(decoded_base64(text) == bytes);
  }
  CHECK(rendered({value_kind::binary, "hello"}) == R"("aGVsbG8=")");
}

TEST_CASE("numbers keep every digit") {
  for (const std::string number :
       {"0", "-0", "7", "-42", "18446744073709551616", "123456789012345678901234567890.123456789",
        "1.10", "-0.0", "1e5", "1E+05", "2.5e-10", "0.1", "1e400"})
    CHECK(rendered({value_kind::decimal, number}) == number);
}

TEST_CASE("number texts that JSON does not know are respelled with the same value") {
  const auto check = [](const char* from, const char* to) {
    CHECK(rendered({value_kind::decimal, from}) == to);
    CHECK(json::parse(to).is_number());
  };
  check(".5", "0.5");
  check("-.5", "-0.5");
  check("5.", "5");
  check("007", "7");
  check("-000.10", "-0.10");
  check("+1", "1");
  check("00", "0");
  check("+.5e3", "0.5e3");
}

TEST_CASE("a number text that is no number is quoted and not altered") {
  for (const std::string text : {"$1,234.50", "", ".", "-", "1e", "1e+", "0x10", "1 ", " 1",
                                 "1.2.3", "--1", "nan", "1e5.5", "e5"})
    CHECK(json::parse(rendered({value_kind::decimal, text})).get<std::string>() == text);
}

TEST_CASE("random numbers are rendered to the same value") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 5'000; ++round) {
    // Assembled from parts so that every form of zeros, signs and missing halves comes up.
    std::string number(std::array{"", "-", "+"}[random() % 3]);
    number += std::array{"", "0", "00", "0012", "9", "120"}[random() % 6];
    number += std::array{"", ".", ".0", ".50", ".025"}[random() % 5];
    number += std::array{"", "e2", "E-3", "e+04"}[random() % 4];
    const auto parsed = json::parse(rendered({value_kind::real, number}));
    if (parsed.is_number()) {
      CHECK(parsed.get<double>() == std::stod(number));
    } else {
      CHECK(parsed.get<std::string>() == number);
      CHECK_THROWS(std::stod(number));
    }
  }
}

TEST_CASE("NaN and infinity become null and are counted") {
  std::string packed, out;
  append_value(packed, value_kind::real, "NaN");
  append_value(packed, value_kind::real, "-Infinity");
  append_value(packed, value_kind::decimal, "Infinity");
  append_value(packed, value_kind::text, "NaN");
  append_value(packed, value_kind::real, "1.5");
  json_row row({named({"a"}), named({"b"}), named({"c"}), named({"d"}), named({"e"})});
  row.append(out, packed);
  CHECK(out == R"({"a":null,"b":null,"c":null,"d":"NaN","e":1.5})");
  CHECK(row.nonfinite() == 3);
}

TEST_CASE("the remaining kinds have the forms of the contract") {
  CHECK(rendered({value_kind::null, ""}) == "null");
  CHECK(rendered({value_kind::boolean, "1"}) == "true");
  CHECK(rendered({value_kind::boolean, "0"}) == "false");
  CHECK(rendered({value_kind::integer, "-9223372036854775808"}) == "-9223372036854775808");
  CHECK(rendered({value_kind::date, "2026-01-31"}) == R"("2026-01-31")");
  CHECK(rendered({value_kind::time, "09:00:00"}) == R"("09:00:00")");
  CHECK(rendered({value_kind::timestamp, "2026-01-31T09:00:00"}) == R"("2026-01-31T09:00:00")");
  CHECK(rendered({value_kind::timestamp_tz, "2026-01-31T09:00:00Z"}) ==
        R"("2026-01-31T09:00:00Z")");
  CHECK(rendered({value_kind::uuid, "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}) ==
        R"("6ba7b810-9dad-11d1-80b4-00c04fd430c8")");
}

TEST_CASE("an embedded json value stays on one line and means the same") {
  const std::string value = "{\r\n  \"a\\n\": [1.10,\n 2]\n}";
  const auto out = rendered({value_kind::json, value});
  CHECK(out.find_first_of("\r\n") == std::string::npos);
  CHECK(out.find("1.10") != std::string::npos);
  CHECK(json::parse(out) == json::parse(value));
}

TEST_CASE("a path nests and scattered members of an object stand together") {
  const std::vector<field> fields{named({"name", "first"}), named({"age"}), named({"name", "last"}),
                                  named({"x", "y", "z"}), named({"x", "w"})};
  const auto out = rendered(fields, {{value_kind::text, "Ada"},
                                     {value_kind::integer, "36"},
                                     {value_kind::text, "Lovelace"},
                                     {value_kind::null, ""},
                                     {value_kind::boolean, "1"}});
  CHECK(out ==
        R"({"name":{"first":"Ada","last":"Lovelace"},"age":36,"x":{"y":{"z":null},"w":true}})");
}

TEST_CASE("fields that omit null are left out exactly where they are null") {
  const std::vector<std::vector<std::string>> paths{
      {"a"}, {"name", "first"}, {"name", "last"}, {"name", "of", "cat"}, {"z"}};
  for (unsigned omitting = 0; omitting < 32; ++omitting) {
    for (unsigned nulls = 0; nulls < 32; ++nulls) {
      CAPTURE(omitting);
      CAPTURE(nulls);
      std::vector<field> fields;
      std::vector<value_view> values;
      auto expected = json::parse(R"({"name": {"of": {}}})");
      for (unsigned i = 0; i < paths.size(); ++i) {
        const bool omit = (omitting >> i & 1) != 0;
        const bool null = (nulls >> i & 1) != 0;
        fields.push_back(named(paths[i]));
        fields.back().omit_null = omit;
        values.push_back(null ? value_view{value_kind::null, ""}
                              : value_view{value_kind::integer, "7"});
        if (null && omit) continue;
        auto* here = &expected;
        for (const auto& name : paths[i]) here = &(*here)[name];
        if (!null) *here = 7;
      }
      const auto out = rendered(fields, values);
      REQUIRE(json::accept(out));
      CHECK(json::parse(out) == expected);
    }
  }
}

TEST_CASE("what JSON cannot hold is null and not omitted") {
  auto ratio = named({"ratio"});
  ratio.omit_null = true;
  CHECK(rendered({ratio}, {{value_kind::real, "NaN"}}) == R"({"ratio":null})");
  CHECK(rendered({ratio}, {{value_kind::null, ""}}) == "{}");
}

TEST_CASE("names are escaped as texts are") {
  const auto out = rendered({named({"say \"hi\"\n"})}, {{value_kind::integer, "1"}});
  CHECK(json::parse(out).at("say \"hi\"\n") == 1);
}

TEST_CASE("a row without fields is an empty object") { CHECK(rendered({}, {}) == "{}"); }

TEST_CASE("fields that cannot stand side by side are refused") {
  CHECK_THROWS_AS(json_row({named({"a"}), named({"a"})}), failure);
  CHECK_THROWS_AS(json_row({named({"a"}), named({"a", "b"})}), failure);
  CHECK_THROWS_AS(json_row({named({"a", "b"}), named({"a"})}), failure);
  CHECK_THROWS_AS(json_row({named({})}), failure);
}

TEST_CASE("a row of another shape is refused") {
  std::string packed, out;
  append_value(packed, value_kind::integer, "1");
  json_row row({named({"a"}), named({"b"})});
  CHECK_THROWS_AS(row.append(out, packed), failure);
}

TEST_CASE("a row is rendered within a limit exactly as far as it fits") {
  const std::vector<field> fields{named({"a"}), named({"b"})};
  const std::vector<value_view> values{{value_kind::text, std::string_view("\x01\"x", 3)},
                                       {value_kind::binary, "abcd"}};
  std::string packed;
  for (const auto& v : values) append_value(packed, v);
  const auto whole = rendered(fields, values);
  json_row row(fields);
  for (std::size_t most = 0; most < whole.size() + 2; ++most) {
    CAPTURE(most);
    std::string out = "before";
    CHECK(row.append_within(out, packed, 6 + most) == (most >= whole.size()));
    if (most >= whole.size()) CHECK(out == "before" + whole);
  }
  // Out of order, and with fields that may be left out.
  auto other = fields;
  other[1].path = {"c", "b"};
  other[1].omit_null = true;
  const auto nested = rendered(other, values);
  json_row some(other);
  std::string out;
  CHECK(some.append_within(out, packed, nested.size()));
  CHECK(out == nested);
  out.clear();
  CHECK_FALSE(some.append_within(out, packed, nested.size() - 1));
}

TEST_CASE("a value that does not fit takes no memory of what it would be") {
  // In JSON six times as long.
  const std::string control(16u << 20, '\x01');
  for (const auto kind : {value_kind::text, value_kind::binary, value_kind::json}) {
    std::string packed, out;
    for (int i = 0; i < 3; ++i) append_value(packed, kind, control);
    json_row row({named({"a"}), named({"b"}), named({"c"})});
    CHECK_FALSE(row.append_within(out, packed, 1u << 20));
    CHECK(out.capacity() < 4u << 20);
    CHECK(out.size() > 1000);  // a beginning
  }
}
