#include "runtime/config/http_template.hpp"

#include <array>
#include <utility>

#include "messages/ascii.hpp"
#include "runtime/config/field_path.hpp"

namespace sluice::config {
namespace {

using name = template_variable::name;

constexpr std::string_view opening = "{{";
constexpr std::string_view closing = "}}";

constexpr std::array<std::pair<std::string_view, name>, 10> names{{{"rows", name::rows},
                                                                   {"row", name::row},
                                                                   {"key", name::key},
                                                                   {"op", name::op},
                                                                   {"connection", name::connection},
                                                                   {"run", name::run},
                                                                   {"index", name::index},
                                                                   {"id", name::id},
                                                                   {"lookup", name::lookup},
                                                                   {"known", name::known}}};

/// Reads what stands behind the variable: functions, and `string` at the end. Returns what is
/// wrong.
std::string parse_functions(std::string_view text, template_variable& out) {
  auto parsed = values::parse_calls(text);
  if (!parsed.malformed.empty()) return parsed.malformed;
  out.apply = std::move(parsed.calls);
  if (out.apply.back() == values::call{"string"}) {
    out.apply.pop_back();
    out.as_string = true;
  }
  return {};
}

std::optional<template_variable> parse_name(std::string_view text) {
  template_variable out;
  text = trimmed(text, " ");
  const auto dot = text.find('.');
  for (const auto& [word, what] : names) {
    if (text.substr(0, dot) != word) continue;
    out.what = what;
    const bool whole = dot == std::string_view::npos;
    if (whole && !out.beside_row()) return out;
    if (whole || !out.of_row()) return std::nullopt;
    auto path = parse_field_path(text.substr(dot + 1));
    if (!path || (out.beside_row() && path->size() > 1)) return std::nullopt;
    out.path = std::move(*path);
    return out;
  }
  return std::nullopt;
}

}  // namespace

bool http_template::stands_alone() const {
  return pieces.size() == 1 && pieces.front().literal.empty() && pieces.front().variable;
}

parsed_http_template parse_http_template(std::string_view text) {
  parsed_http_template out;
  for (;;) {
    const auto begin = text.find(opening);
    if (begin == std::string_view::npos) break;
    const auto end = text.find(closing, begin);
    if (end == std::string_view::npos) {
      out.malformed = "has a {{ without its }}";
      return out;
    }
    const auto inside = text.substr(begin + opening.size(), end - begin - opening.size());
    const auto bar = inside.find('|');
    auto variable = parse_name(inside.substr(0, bar));
    if (!variable) {
      out.malformed = "names {{" + std::string(inside) + "}}, which is not known";
      return out;
    }
    if (bar != std::string_view::npos)
      out.malformed = parse_functions(inside.substr(bar + 1), *variable);
    if (!out.malformed.empty()) return out;
    out.value.pieces.push_back({std::string(text.substr(0, begin)), std::move(variable)});
    text = text.substr(end + closing.size());
  }
  if (!text.empty()) out.value.pieces.push_back({std::string(text), std::nullopt});
  return out;
}

std::string to_text(const template_variable& variable) {
  std::string out(opening);
  for (const auto& [word, what] : names) {
    if (what == variable.what) out += word;
  }
  if (!variable.path.empty()) out += "." + field_path_text(variable.path);
  if (!variable.apply.empty()) out += " | " + values::to_text(variable.apply);
  if (variable.as_string) out += variable.apply.empty() ? "|string" : " | string";
  return out.append(closing);
}

}  // namespace sluice::config
