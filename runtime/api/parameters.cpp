#include "runtime/api/parameters.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "messages/utf8.hpp"
#include "runtime/api/time_text.hpp"

namespace sluice::api {
namespace {

constexpr std::size_t most_quoted = 60;

/// As it was sent, shortened.
std::string quoted(std::string_view value) {
  return "'" + std::string(whole_characters(value, most_quoted)) +
         (value.size() > most_quoted ? "…'" : "'");
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number out{};
  const auto* const end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, out);
  if (failed != std::errc{} || rest != end) return std::nullopt;
  return out;
}

}  // namespace

std::vector<std::string_view> parameters::all(std::string_view name) {
  asked_.push_back(name);
  std::vector<std::string_view> out;
  const auto [first, end] = request_.query.equal_range(std::string(name));
  for (auto i = first; i != end; ++i)
    if (!i->second.empty()) out.emplace_back(i->second);
  return out;
}

std::optional<std::string_view> parameters::one(std::string_view name) {
  const auto values = all(name);
  if (values.empty()) return std::nullopt;
  if (values.size() > 1) complain(name, "is given more than once");
  return values.front();
}

void parameters::complain(std::string_view name, std::string detail) {
  complaints_.push_back({"?" + std::string(name), std::move(detail)});
}

void parameters::complain_word(std::string_view name, std::string_view word,
                               const std::vector<std::string_view>& words) {
  complain(name, fmt::format("is {}; it must be one of {}", quoted(word), fmt::join(words, ", ")));
}

std::uint32_t parameters::number(std::string_view name, std::uint32_t from, std::uint32_t to,
                                 std::uint32_t otherwise) {
  const auto text = one(name);
  if (!text) return otherwise;
  const auto value = parse_number<std::uint32_t>(*text);
  if (value && *value >= from && *value <= to) return *value;
  complain(name,
           fmt::format("is {}; it must be a whole number from {} to {}", quoted(*text), from, to));
  return otherwise;
}

std::optional<int> parameters::whole_number(std::string_view name) {
  const auto text = one(name);
  if (!text) return std::nullopt;
  const auto value = parse_number<int>(*text);
  if (!value) complain(name, fmt::format("is {}; it must be a whole number", quoted(*text)));
  return value;
}

std::string parameters::text(std::string_view name, std::size_t most) {
  const auto value = one(name);
  if (!value) return {};
  if (value->size() > most)
    complain(name, fmt::format("has {} bytes; it may have {}", value->size(), most));
  return std::string(*value);
}

std::optional<timestamp> parameters::time(std::string_view name) {
  const auto text = one(name);
  if (!text) return std::nullopt;
  const auto value = parse_time(*text);
  if (!value)
    complain(name,
             fmt::format("is {}; it must be a time such as 2026-01-31T09:00:00Z", quoted(*text)));
  return value;
}

std::string parameters::one_of(std::string_view name,
                               std::initializer_list<std::string_view> words) {
  const auto value = one(name);
  if (!value) return {};
  if (std::ranges::find(words, *value) == words.end()) complain_word(name, *value, words);
  return std::string(*value);
}

void parameters::check(others unknown) const {
  auto complaints = complaints_;
  if (unknown == others::refused)
    for (const auto& [name, value] : request_.query)
      if (std::ranges::find(asked_, name) == asked_.end())
        complaints.push_back({"?" + name, unknown_beside(asked_, "parameter")});
  if (!complaints.empty()) throw refused(bad_request(std::move(complaints)));
}

std::string unknown_beside(const std::vector<std::string_view>& known, const char* what) {
  if (known.empty()) return fmt::format("is unknown; no {} is known here", what);
  return fmt::format("is unknown; known here: {}", fmt::join(known, ", "));
}

refusal bad_request(std::vector<refusal::complaint> complaints) {
  std::vector<std::string> texts;
  for (const auto& [pointer, detail] : complaints)
    texts.push_back(pointer.empty() ? "the body " + detail : pointer.substr(1) + " " + detail);
  refusal out{400, "usage", fmt::format("{}", fmt::join(texts, "; ")), ""};
  out.complaints = std::move(complaints);
  return out;
}

}  // namespace sluice::api
