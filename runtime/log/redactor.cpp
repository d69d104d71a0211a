#include "runtime/log/redactor.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "messages/utf8.hpp"
#include "runtime/log/secret_name.hpp"

namespace sluice::log {
namespace {

constexpr std::string_view mask = "***";

/// Whether `part`, the end of a text, is too much of a secret of `whole` bytes to be a coincidence.
/// (A secret that is an address begins like many other addresses.)
bool is_beginning(std::string_view part, std::size_t whole) {
  constexpr std::size_t shortest = 8;
  constexpr std::size_t always = 64;
  return part.size() >= shortest && (part.size() >= always || part.size() * 2 >= whole) &&
         !is_like_a_word(part);
}

/// How many bytes behind the shown part of a text are searched for secrets.
constexpr std::size_t beyond_the_cut = 64u << 10;

/// REQUIRES: four bytes.
std::uint32_t beginning_of(std::string_view text) {
  std::uint32_t out = 0;
  std::memcpy(&out, text.data(), sizeof out);
  return out;
}

/// Multiplicative hashing: the upper bits of the product depend on all of the factor's.
std::size_t place_of(std::uint32_t beginning) { return (beginning * 2654435761U) >> 16; }

/// `text` with the stretches masked.
template <class Spans>
std::string with_masks(std::string_view text, Spans& spans) {
  std::ranges::sort(spans);
  std::string out;
  std::size_t done = 0;
  for (auto it = spans.begin(); it != spans.end();) {
    auto [begin, end] = *it;
    while (++it != spans.end() && it->first < end) end = std::max(end, it->second);
    out.append(text.substr(done, begin - done)).append(mask);
    done = end;
  }
  return out.append(text.substr(done));
}

}  // namespace

void redactor::add(std::string_view secret) {
  if (secret.size() < shortest_secret) return;
  std::string known(secret);
  {
    const std::shared_lock lock(mutex_);
    if (secrets_.contains(known)) return;
  }
  auto spellings = spellings_of(secret);
  if (const auto both = basic_credentials(secret); !both.empty()) {
    add(both);
    add(std::string_view(both).substr(both.find(':') + 1));
  }
  const std::unique_lock lock(mutex_);
  if (!secrets_.insert(std::move(known)).second) return;
  for (auto& text : spellings) {
    const auto [kept, is_new] = spellings_.insert(std::move(text));
    if (!is_new) continue;
    const auto beginning = beginning_of(*kept);
    by_beginning_[beginning].push_back(*kept);
    beginnings_.set(place_of(beginning));
  }
}

std::size_t redactor::length_at(std::string_view text) const {
  const auto beginning = beginning_of(text);
  if (!beginnings_.test(place_of(beginning))) return 0;
  const auto begun = by_beginning_.find(beginning);
  if (begun == by_beginning_.end()) return 0;
  std::size_t longest = 0;
  for (const auto& spelling : begun->second) {
    if (spelling.size() <= longest) continue;
    const auto there = std::min(spelling.size(), text.size());
    if (!text.starts_with(spelling.substr(0, there))) continue;
    if (there == spelling.size() || is_beginning(text, spelling.size())) longest = there;
  }
  return longest;
}

void redactor::find(const spelled_text& text, std::vector<span>& found) const {
  const auto bytes = text.bytes();
  for (std::size_t at = 0; at + shortest_secret <= bytes.size(); ++at) {
    if (const auto length = length_at(bytes.substr(at)); length > 0)
      found.emplace_back(text.begin_of(at), text.end_of(at + length - 1));
  }
}

std::string redactor::masked(std::string_view text) const {
  std::vector<span> found;
  const std::shared_lock lock(mutex_);
  if (secrets_.empty()) return std::string(text);
  for_each_spelling(text, [&](const spelled_text& spelled) { find(spelled, found); });
  return with_masks(text, found);
}

std::string redactor::masked(std::string_view text, std::size_t bytes) const {
  auto out = masked(whole_characters(text, bytes + beyond_the_cut));
  out.resize(whole_characters(out, bytes).size());
  return out;
}

redactor& secrets() {
  static redactor instance;
  return instance;
}

}  // namespace sluice::log
