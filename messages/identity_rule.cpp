#include "messages/identity_rule.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice {
namespace {

constexpr std::string_view separator = ", ";

constexpr std::array<std::pair<identity_form, std::string_view>, 7> words{{
    {identity_form::packed, "packed"},
    {identity_form::number, "number"},
    {identity_form::text, "text"},
    {identity_form::typed, "typed"},
    {identity_form::unpadded, "unpadded"},
    {identity_form::uuid, "uuid"},
    {identity_form::instant, "instant"},
}};

}  // namespace

std::string identity_rule::text() const {
  std::string out;
  for (const auto form : columns) {
    if (!out.empty()) out += separator;
    out += std::find_if(words.begin(), words.end(), [&](const auto& w) {
             return w.first == form;
           })->second;
  }
  return out;
}

std::optional<identity_rule> identity_rule::parse(std::string_view text) {
  identity_rule out;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    const auto word = text.substr(0, end);
    const auto* const found =
        std::find_if(words.begin(), words.end(), [&](const auto& w) { return w.second == word; });
    if (found == words.end()) return std::nullopt;
    out.columns.push_back(found->first);
    text.remove_prefix(std::min(end + separator.size(), text.size()));
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
  for (const auto& key : schema.keys) out.columns.push_back(canonical_form(key.kind));
  return out;
}

}  // namespace sluice
