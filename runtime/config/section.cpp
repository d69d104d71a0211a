#include "runtime/config/section.hpp"

#include <algorithm>

#include "runtime/config/byte_size.hpp"
#include "runtime/config/duration.hpp"
#include "runtime/config/suggestion.hpp"

namespace sluice::config {

section::section(json_value value)
    : value_(std::move(value)),
      is_object_(value_.is_object()),
      begin_(value_.context_->found.position()) {}

section::~section() {
  if (!is_object_ || !judges_) return;
  auto& found = value_.context_->found;
  for (const auto& [key, value] : value_.raw().items()) {
    if (std::ranges::find(asked_, key) != asked_.end() || found.count()) continue;
    found.insert(begin_++, child_pointer(value_.pointer(), key), "unknown key \"" + key + "\"",
                 suggestion(key, asked_));
  }
}

void section::read_from(ordered_json other) {
  value_ = value_.standing_for(value_.context_->made.emplace_back(std::move(other)));
}

json_value section::member(std::string_view key) {
  if (std::ranges::find(asked_, key) == asked_.end()) asked_.push_back(key);
  return value_.member(key);
}

json_value section::required(std::string_view key, const std::string& hint) {
  auto value = member(key);
  if (is_object_ && !value.present()) value.complain("is missing", hint);
  return value;
}

std::uint32_t section::number(std::string_view key, range allowed, std::uint32_t otherwise) {
  const auto value = member(key);
  value.defaults_to(otherwise);
  return value.as_number(allowed).value_or(otherwise);
}

bool section::boolean(std::string_view key, bool otherwise) {
  const auto value = member(key);
  value.defaults_to(otherwise);
  return value.as_boolean().value_or(otherwise);
}

std::chrono::milliseconds section::duration(std::string_view key, std::chrono::milliseconds from,
                                            std::chrono::milliseconds to,
                                            std::chrono::milliseconds otherwise) {
  const auto value = member(key);
  value.defaults_to(to_text(otherwise));
  return value.as_duration(from, to).value_or(otherwise);
}

std::uint64_t section::bytes(std::string_view key, std::uint64_t from, std::uint64_t to,
                             std::uint64_t otherwise) {
  const auto value = member(key);
  value.defaults_to(byte_size_text(otherwise));
  return value.as_bytes(from, to).value_or(otherwise);
}

}  // namespace sluice::config
