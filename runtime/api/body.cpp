#include "runtime/api/body.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "runtime/api/parameters.hpp"
#include "runtime/config/json_document.hpp"

namespace sluice::api {
namespace {

using nlohmann::json;

/// How many objects and arrays may be within each other.
constexpr int deepest = 64;

}  // namespace

body::body(const std::string& text, manner m) : manner_(m) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) return;
  bool is_too_deep = false;
  const auto measure = [&](int around, json::parse_event_t event, const json&) {
    const bool begins =
        event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
    is_too_deep = is_too_deep || (begins && around >= deepest);
    return !is_too_deep;
  };
  auto parsed = json::parse(text, measure, false, m == manner::lenient);
  if (is_too_deep) throw refused(bad_request({{"", "is nested too deeply"}}));
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

std::vector<std::string> body::objects(std::string_view name) {
  std::vector<std::string> texts;
  const auto* const list = find(name);
  if (list == nullptr) return texts;
  if (list->is_array() && std::ranges::all_of(*list, [](const json& x) { return x.is_object(); }))
    for (const auto& one : *list) texts.push_back(one.dump());
  else
    complain(name, "must be a list of objects");
  return texts;
}

void body::complain(std::string_view name, std::string detail) {
  complaints_.push_back({config::child_pointer("", name), std::move(detail)});
}

void body::check() const {
  auto complaints = complaints_;
  if (manner_ == manner::strict)
    for (const auto& [name, value] : object_.items())
      if (std::ranges::find(asked_, name) == asked_.end())
        complaints.push_back({config::child_pointer("", name), unknown_beside(asked_, "member")});
  if (!complaints.empty()) throw refused(bad_request(std::move(complaints)));
}

}  // namespace sluice::api
