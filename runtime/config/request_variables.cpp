#include "runtime/config/request_variables.hpp"

#include <algorithm>
#include <string>

#include "runtime/config/json_document.hpp"

namespace sluice::config {
namespace {

using name = template_variable::name;

void add(const std::string& text, std::vector<template_variable>& out) {
  for (const auto& piece : parse_http_template(text).value.pieces)
    if (piece.variable) out.push_back(*piece.variable);
}

void add_strings(const ordered_json& value, std::vector<template_variable>& out) {
  if (value.is_string()) add(value.get_ref<const std::string&>(), out);
  if (value.is_structured())
    for (const auto& element : value) add_strings(element, out);
}

}  // namespace

std::vector<template_variable> variables_of(const http_request_config& request) {
  std::vector<template_variable> out;
  add(request.url, out);
  for (const auto& [header, value] : request.headers) add(value, out);
  for (const auto* const json : {&request.body, &request.item})
    if (!json->empty()) add_strings(parse_dumped(*json), out);
  const bool has_rows = std::ranges::find(out, name::rows, &template_variable::what) != out.end();
  if (has_rows && request.item.empty())
    out.push_back({request.name == "delete" ? name::key : name::row, {}});
  return out;
}

}  // namespace sluice::config
