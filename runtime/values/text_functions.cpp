// Functions on texts. What is no text is taken as the text that a template would show of it.
#include <unicode/brkiter.h>
#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>

#include "messages/expect.hpp"
#include "runtime/json/json_text.hpp"
#include "runtime/values/chain.hpp"
#include "runtime/values/function_table.hpp"
#include "runtime/values/unicode_text.hpp"
#include "runtime/values/value_text.hpp"

namespace sluice::values {
namespace {

using icu::UnicodeString;
using type = parameter::type;

/// A step that changes the text in place.
template <class Change>
step changing(Change change) {
  return [change, scratch = std::string()](value_view in,
                                           workplace& place) mutable -> std::optional<value_view> {
    place.text = text_of(in, scratch);
    change(place.text);
    return place.made();
  };
}

step bind_trim(arguments&) {
  return changing([](std::string& text) { trim(text); });
}

step bind_digits(arguments&) {
  return changing([](std::string& text) { text = digits_of(text); });
}

/// Letters as Unicode maps them, whatever the language: `İ` is an i with a dot everywhere.
void replace_by(std::string& text, const UnicodeString& characters) {
  text.clear();
  characters.toUTF8String(text);
}

step bind_lower(arguments&) {
  return changing([](std::string& text) {
    if (is_ascii(text)) return lower_ascii(text);
    replace_by(text, UnicodeString::fromUTF8(text).toLower(icu::Locale::getRoot()));
  });
}

step bind_upper(arguments&) {
  return changing([](std::string& text) {
    replace_by(text, UnicodeString::fromUTF8(text).toUpper(icu::Locale::getRoot()));
  });
}

step bind_title(arguments&) {
  UErrorCode status = U_ZERO_ERROR;
  const std::shared_ptr<icu::BreakIterator> words(
      icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), status));
  expect(U_SUCCESS(status), "prepare function", "ICU's rules about words");
  return changing([words](std::string& text) {
    auto characters = UnicodeString::fromUTF8(text);
    replace_by(text, characters.toTitle(words.get(), icu::Locale::getRoot()));
  });
}

step bind_replace(arguments& given) {
  const auto from = given.text(0);
  const auto to = given.text(1);
  if (from.empty()) given.complain("has nothing to look for", "its first argument is not empty");
  return [from, to, scratch = std::string()](
             value_view in, workplace& place) mutable -> std::optional<value_view> {
    auto rest = text_of(in, scratch);
    place.text.clear();
    for (;;) {
      const auto at = rest.find(from);
      place.text += rest.substr(0, at);
      if (at == std::string_view::npos) return place.made();
      place.text += to;
      if (place.text.size() > most_bytes) return place.refuse("makes more than 64 MiB of it");
      rest.remove_prefix(at + from.size());
    }
  };
}

/// The position in bytes of each character, and the end.
std::vector<std::size_t> characters_of(std::string_view text) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) out.push_back(i);
  out.push_back(text.size());
  return out;
}

step bind_slice(arguments& given) {
  constexpr std::int64_t far = std::int64_t{1} << 40;
  const auto from = given.whole(0, -far, far, 0);
  const auto to = given.whole(1, -far, far, far);
  return [from, to, scratch = std::string()](
             value_view in, workplace& place) mutable -> std::optional<value_view> {
    const auto text = text_of(in, scratch);
    const auto at = characters_of(text);
    const auto count = static_cast<std::int64_t>(at.size()) - 1;
    const auto position = [&](std::int64_t i) {
      return static_cast<std::size_t>(std::clamp(i < 0 ? count + i : i, std::int64_t{0}, count));
    };
    const auto begin = at[position(from)];
    const auto end = std::max(begin, at[position(to)]);
    place.text = text.substr(begin, end - begin);
    return place.made();
  };
}

step bind_pad(arguments& given) {
  constexpr std::int64_t widest = 10'000;
  const auto width = static_cast<std::size_t>(given.whole(0, 1, widest, 1));
  const auto with = given.text(1, " ");
  const bool left = given.word(2, {{"left", true}, {"right", false}}, true);
  if (characters_of(with).size() != 2)
    given.complain("pads with '" + with + "'", "one character, such as '0'");
  return [width, with, left, scratch = std::string()](
             value_view in, workplace& place) mutable -> std::optional<value_view> {
    const auto text = text_of(in, scratch);
    place.text.clear();
    if (!left) place.text = text;
    for (auto n = characters_of(text).size() - 1; n < width; ++n) place.text += with;
    if (left) place.text += text;
    return place.made();
  };
}

/// Calls `take` with each part of the text.
template <class Take>
void split(std::string_view text, std::string_view by, Take take) {
  for (;;) {
    const auto at = text.find(by);
    take(text.substr(0, at));
    if (at == std::string_view::npos) return;
    text.remove_prefix(at + by.size());
  }
}

step bind_split(arguments& given) {
  const auto by = given.text(0);
  if (by.empty()) given.complain("has nothing to split at", "its first argument is not empty");
  if (given.size() < 2)
    return [by, scratch = std::string()](value_view in,
                                         workplace& place) mutable -> std::optional<value_view> {
      place.text = "[";
      split(text_of(in, scratch), by, [&](std::string_view part) {
        if (place.text.size() > 1) place.text += ',';
        append_json_string(place.text, part);
      });
      place.text += ']';
      return place.made(value_kind::json);
    };
  constexpr std::int64_t far = std::int64_t{1} << 40;
  const auto wanted = given.whole(1, -far, far, 0);
  return [by, wanted, scratch = std::string()](
             value_view in, workplace& place) mutable -> std::optional<value_view> {
    std::vector<std::string_view> parts;
    const auto text = text_of(in, scratch);
    split(text, by, [&](std::string_view part) { parts.push_back(part); });
    const auto count = static_cast<std::int64_t>(parts.size());
    const auto i = wanted < 0 ? count + wanted : wanted;
    if (i < 0 || i >= count) return value_view{};
    place.text = parts[static_cast<std::size_t>(i)];
    return place.made();
  };
}

}  // namespace

std::vector<function> text_functions() {
  const auto json_or_text = [](value_kind) { return value_kind::json; };
  return {
      {.name = "trim", .bind = bind_trim},
      {.name = "lower", .bind = bind_lower},
      {.name = "upper", .bind = bind_upper},
      {.name = "title", .bind = bind_title},
      {.name = "replace",
       .parameters = {{"text", type::text}, {"by", type::text}},
       .bind = bind_replace},
      {.name = "slice",
       .parameters = {{"from", type::number}, {"to", type::number, true}},
       .bind = bind_slice},
      {.name = "pad",
       .parameters = {{"width", type::number},
                      {"character", type::text, true},
                      {"side", type::text, true}},
       .bind = bind_pad},
      {.name = "split",
       .parameters = {{"at", type::text}, {"part", type::number, true}},
       .gives = json_or_text,
       .bind = bind_split},
      {.name = "digits", .bind = bind_digits},
  };
}

}  // namespace sluice::values
