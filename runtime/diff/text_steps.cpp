#include "runtime/diff/text_steps.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <utility>

#include "messages/expect.hpp"
#include "messages/hex.hpp"
#include "runtime/crypto/crypto.hpp"
#include "runtime/values/unicode_text.hpp"

namespace sluice::diff {
namespace {

using enum identity_step;
using icu::Normalizer2;
using icu::UnicodeString;

[[noreturn]] void fail(std::string_view what, std::string why) {
  throw failure(defect("tell rows apart", std::string(what), std::move(why)));
}

/// `text` as UTF-8.
std::string utf8(const UnicodeString& text) {
  std::string out;
  return text.toUTF8String(out);
}

std::string normalized(const Normalizer2* (*form)(UErrorCode&), const UnicodeString& text) {
  UErrorCode status = U_ZERO_ERROR;
  const auto* const normalizer = form(status);
  if (U_FAILURE(status)) fail("normal form", u_errorName(status));
  const auto out = normalizer->normalize(text, status);
  if (U_FAILURE(status)) fail("normal form", u_errorName(status));
  return utf8(out);
}

/// Maps `text` character by character; `change` returns a negative number to drop one.
template <class Change>
UnicodeString each_character(const UnicodeString& text, Change change) {
  UnicodeString out;
  for (std::int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1))
    if (const auto c = change(text.char32At(at)); c >= 0) out.append(c);
  return out;
}

std::string without_marks(const UnicodeString& text) {
  const auto apart = UnicodeString::fromUTF8(normalized(Normalizer2::getNFDInstance, text));
  const auto bare = each_character(
      apart, [](UChar32 c) { return u_charType(c) == U_NON_SPACING_MARK ? UChar32{-1} : c; });
  return normalized(Normalizer2::getNFCInstance, bare);
}

/// Changes the letters of a text that has none beyond ASCII, for which no tables are needed.
void apply_to_ascii(identity_step step, std::string& text) {
  if (step == lower || step == casefold) values::lower_ascii(text);
}

void apply_to_unicode(identity_step step, std::string& text) {
  auto characters = UnicodeString::fromUTF8(text);
  switch (step) {
    case lower:
      // One by one, so that the result of a letter does not depend on its position in the text.
      text = utf8(each_character(characters, [](UChar32 c) { return u_tolower(c); }));
      return;
    case casefold:
      text = utf8(characters.foldCase());
      return;
    case nfc:
      text = normalized(Normalizer2::getNFCInstance, characters);
      return;
    case nfkc:
      text = normalized(Normalizer2::getNFKCInstance, characters);
      return;
    case unaccent:
      text = without_marks(characters);
      return;
    case trim:
    case digits:
    case md5:
    case sha256:
      return;
  }
}

/// The same for all scripts, or for bytes.
bool apply_to_any(identity_step step, std::string& text) {
  switch (step) {
    case trim:
      values::trim(text);
      return true;
    case digits:
      if (auto found = values::digits_of(text); !found.empty()) text = std::move(found);
      return true;
    case md5:
    case sha256:
      text = to_small_hex(
          crypto::hash_of(step == md5 ? crypto::digest::md5 : crypto::digest::sha256, text));
      return true;
    case lower:
    case casefold:
    case nfc:
    case nfkc:
    case unaccent:
      return false;
  }
  return false;
}

}  // namespace

std::string_view text_steps::apply(std::span<const identity_step> steps, std::string_view text) {
  if (steps.empty()) return text;
  text_ = text;
  for (const auto step : steps) {
    if (apply_to_any(step, text_)) continue;
    if (values::is_ascii(text_))
      apply_to_ascii(step, text_);
    else
      apply_to_unicode(step, text_);
  }
  return text_;
}

}  // namespace sluice::diff
