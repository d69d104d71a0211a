#include "messages/identity_rule.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice {
namespace {

constexpr std::string_view separator = ", ";
constexpr char step_separator = ' ';

constexpr std::array<std::pair<identity_form, std::string_view>, 7> form_words{{
    {identity_form::packed, "packed"},
    {identity_form::number, "number"},
    {identity_form::text, "text"},
    {identity_form::typed, "typed"},
    {identity_form::unpadded, "unpadded"},
    {identity_form::uuid, "uuid"},
    {identity_form::instant, "instant"},
}};

constexpr std::array<std::pair<identity_step, std::string_view>, 9> step_words{{
    {identity_step::trim, "trim"},
    {identity_step::lower, "lower"},
    {identity_step::casefold, "casefold"},
    {identity_step::nfc, "nfc"},
    {identity_step::nfkc, "nfkc"},
    {identity_step::unaccent, "unaccent"},
    {identity_step::digits, "digits"},
    {identity_step::md5, "md5"},
    {identity_step::sha256, "sha256"},
}};

template <class Words, class Value>
std::string_view word_of(const Words& words, Value value) {
  return std::find_if(words.begin(), words.end(), [&](const auto& w) { return w.first == value; })
      ->second;
}

template <class Words>
auto value_of(const Words& words, std::string_view word)
    -> std::optional<typename Words::value_type::first_type> {
  const auto* const found =
      std::find_if(words.begin(), words.end(), [&](const auto& w) { return w.second == word; });
  if (found == words.end()) return std::nullopt;
  return found->first;
}

/// Takes the part before the first `end` off the front of `text`, and the `end` with it.
std::string_view take_until(std::string_view end, std::string_view& text) {
  const auto at = std::min(text.find(end), text.size());
  const auto taken = text.substr(0, at);
  text.remove_prefix(std::min(at + end.size(), text.size()));
  return taken;
}

std::optional<identity_column> parse_column(std::string_view text) {
  const std::string_view blank(&step_separator, 1);
  const auto form = value_of(form_words, take_until(blank, text));
  if (!form) return std::nullopt;
  identity_column out(*form);
  while (!text.empty()) {
    const auto step = value_of(step_words, take_until(blank, text));
    if (!step) return std::nullopt;
    out.steps.push_back(*step);
  }
  return out;
}

}  // namespace

std::string_view to_string(identity_step step) { return word_of(step_words, step); }

std::string identity_rule::text() const {
  std::string out;
  for (const auto& column : columns) {
    if (!out.empty()) out += separator;
    out += word_of(form_words, column.form);
    for (const auto step : column.steps) (out += step_separator) += to_string(step);
  }
  return out;
}

std::optional<identity_rule> identity_rule::parse(std::string_view text) {
  identity_rule out;
  while (!text.empty()) {
    auto column = parse_column(take_until(separator, text));
    if (!column) return std::nullopt;
    out.columns.push_back(std::move(*column));
  }
  return out;
}

identity_form canonical_form(value_kind kind) {
  switch (kind) {
    case value_kind::boolean:
    case value_kind::integer:
    case value_kind::decimal:
    case value_kind::real:
      return identity_form::number;
    case value_kind::text:
      return identity_form::text;
    case value_kind::date:
    case value_kind::time:
    case value_kind::timestamp:
    case value_kind::timestamp_tz:
      return identity_form::instant;
    case value_kind::uuid:
      return identity_form::uuid;
    case value_kind::null:
    case value_kind::json:
    case value_kind::binary:
      break;
  }
  return identity_form::packed;
}

identity_rule canonical_identity(const row_schema& schema) {
  identity_rule out;
  for (const auto& key : schema.keys) out.columns.emplace_back(canonical_form(key.kind));
  return out;
}

}  // namespace sluice
