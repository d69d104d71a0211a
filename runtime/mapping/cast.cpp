#include "runtime/mapping/cast.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "runtime/values/decimal.hpp"
#include "runtime/values/number_text.hpp"
#include "runtime/values/value_text.hpp"

namespace sluice::mapping {

namespace {

using result = std::optional<value_view>;

constexpr value_view null_value{};
constexpr value_view boolean_value(bool x) { return {value_kind::boolean, x ? "1" : "0"}; }

result to_string_value(value_view value, std::string& scratch) {
  return value_view{value_kind::text, values::text_of(value, scratch)};
}

result number_from_text(std::string_view text, std::string& scratch) {
  const auto kind = values::normalise_number(values::trim_blanks(text), scratch);
  if (!kind) return std::nullopt;
  return value_view{*kind, scratch};
}

/// The value of the json texts true, false and null; nothing for other texts.
result json_literal(std::string_view json) {
  if (json == "null") return null_value;
  if (json == "true") return boolean_value(true);
  if (json == "false") return boolean_value(false);
  return std::nullopt;
}

result to_number(value_view value, std::string& scratch) {
  if (values::is_number(value.kind)) return value;
  if (value.kind == value_kind::boolean) return value_view{value_kind::integer, value.bytes};
  if (value.kind == value_kind::text) return number_from_text(value.bytes, scratch);
  if (value.kind != value_kind::json) return std::nullopt;
  if (const auto literal = json_literal(values::trim_blanks(value.bytes))) {
    if (literal->kind == value_kind::null) return literal;
    return value_view{value_kind::integer, literal->bytes};
  }
  return number_from_text(value.bytes, scratch);
}

result boolean_from_number(std::string_view number) {
  const auto x = values::zero_or_one(number);
  if (!x) return std::nullopt;
  return boolean_value(*x);
}

result boolean_from_text(std::string_view text) {
  static constexpr std::array<std::string_view, 6> truths{"true", "t", "yes", "y", "on", "1"};
  static constexpr std::array<std::string_view, 6> lies{"false", "f", "no", "n", "off", "0"};
  const auto trimmed = values::trim_blanks(text);
  std::array<char, 5> buffer{};  // as long as the longest word
  if (trimmed.size() > buffer.size()) return std::nullopt;
  std::transform(trimmed.begin(), trimmed.end(), buffer.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const std::string_view lower(buffer.data(), trimmed.size());
  if (std::find(truths.begin(), truths.end(), lower) != truths.end()) return boolean_value(true);
  if (std::find(lies.begin(), lies.end(), lower) != lies.end()) return boolean_value(false);
  return std::nullopt;
}

result to_boolean(value_view value) {
  if (value.kind == value_kind::boolean) return value;
  if (values::is_number(value.kind)) return boolean_from_number(value.bytes);
  if (value.kind == value_kind::text) return boolean_from_text(value.bytes);
  if (value.kind != value_kind::json) return std::nullopt;
  const auto json = values::trim_blanks(value.bytes);
  if (const auto literal = json_literal(json)) return literal;
  return boolean_from_number(json);
}

result to_json_value(value_view value) {
  if (value.kind != value_kind::text) return value;
  if (!nlohmann::json::accept(value.bytes)) return std::nullopt;
  return value_view{value_kind::json, value.bytes};
}

}  // namespace

std::string_view to_string(cast to) {
  switch (to) {
    case cast::none:
      return "none";
    case cast::string:
      return "string";
    case cast::number:
      return "number";
    case cast::boolean:
      return "boolean";
    case cast::json:
      return "json";
  }
  return "none";
}

std::optional<value_view> cast_value(value_view value, cast to, std::string& scratch) {
  if (value.kind == value_kind::null) return value;
  switch (to) {
    case cast::none:
      return value;
    case cast::string:
      return to_string_value(value, scratch);
    case cast::number:
      return to_number(value, scratch);
    case cast::boolean:
      return to_boolean(value);
    case cast::json:
      return to_json_value(value);
  }
  return value;
}

value_kind kind_after(value_kind from, cast to) {
  switch (to) {
    case cast::none:
      return from;
    case cast::string:
      return value_kind::text;
    case cast::number:
      if (from == value_kind::boolean) return value_kind::integer;
      return values::is_number(from) ? from : value_kind::decimal;
    case cast::boolean:
      return value_kind::boolean;
    case cast::json:
      return from == value_kind::text ? value_kind::json : from;
  }
  return from;
}

}  // namespace sluice::mapping
