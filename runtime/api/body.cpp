#include "runtime/api/body.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "runtime/api/parameters.hpp"

namespace sluice::api {
namespace {

using nlohmann::json;

constexpr std::size_t deepest = 64;

/// Whether objects and arrays are within each other deeper than anybody means it.
bool is_too_deep(std::string_view text) {
  std::size_t depth = 0;
  for (const char c : text) {
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && depth > 0) --depth;
    if (depth > deepest) return true;
  }
  return false;
}

std::string pointer_to(std::string_view name) {
  std::string out = "/";
  for (const char c : name) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

}  // namespace

body::body(const std::string& text, manner m) : manner_(m) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) return;
  if (is_too_deep(text)) throw refused(bad_request({{"", "is nested too deeply"}}));
  auto parsed = json::parse(text, nullptr, false, m == manner::lenient);
  if (parsed.is_discarded()) throw refused(bad_request({{"", "is not JSON"}}));
  if (!parsed.is_object()) throw refused(bad_request({{"", "is not a JSON object"}}));
  object_ = std::move(parsed);
}

const json* body::find(std::string_view name) {
  asked_.push_back(name);
  const auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

bool body::boolean(std::string_view name, bool otherwise) {
  const auto* const value = find(name);
  if (value == nullptr) return otherwise;
  if (value->is_boolean()) return value->get<bool>();
  complain(name, fmt::format("is a {}; it must be true or false", value->type_name()));
  return otherwise;
}

std::uint32_t body::number(std::string_view name, std::uint32_t from, std::uint32_t to,
                           std::uint32_t otherwise) {
  const auto* const value = find(name);
  if (value == nullptr) return otherwise;
  if (value->is_number_unsigned()) {
    const auto n = value->get<std::uint64_t>();
    if (n >= from && n <= to) return static_cast<std::uint32_t>(n);
  }
  complain(name, fmt::format("must be a whole number from {} to {}", from, to));
  return otherwise;
}

std::optional<std::string> body::text(std::string_view name) {
  const auto* const value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  complain(name, fmt::format("is a {}; it must be a string", value->type_name()));
  return std::nullopt;
}

void body::complain(std::string_view name, std::string detail) {
  complaints_.push_back({pointer_to(name), std::move(detail)});
}

void body::check() const {
  auto complaints = complaints_;
  if (manner_ == manner::strict)
    for (const auto& [name, value] : object_.items())
      if (std::ranges::find(asked_, name) == asked_.end())
        complaints.push_back(
            {pointer_to(name),
             asked_.empty() ? std::string("is unknown; no member is known here")
                            : fmt::format("is unknown; known here: {}", fmt::join(asked_, ", "))});
  if (!complaints.empty()) throw refused(bad_request(std::move(complaints)));
}

}  // namespace sluice::api
