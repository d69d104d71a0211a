#include "runtime/diff/text_steps.hpp"

#include <openssl/evp.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "messages/ascii.hpp"
#include "messages/expect.hpp"
#include "messages/hex.hpp"

namespace sluice::diff {
namespace {

using enum identity_step;
using icu::Normalizer2;
using icu::UnicodeString;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

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

std::string without_white_space_around(const UnicodeString& text) {
  std::int32_t begin = 0;
  std::int32_t end = text.length();
  while (begin < end && u_isUWhiteSpace(text.char32At(begin))) begin = text.moveIndex32(begin, 1);
  while (end > begin && u_isUWhiteSpace(text.char32At(text.moveIndex32(end, -1))))
    end = text.moveIndex32(end, -1);
  return utf8(text.tempSubStringBetween(begin, end));
}

std::string without_marks(const UnicodeString& text) {
  const auto apart = UnicodeString::fromUTF8(normalized(Normalizer2::getNFDInstance, text));
  const auto bare = each_character(
      apart, [](UChar32 c) { return u_charType(c) == U_NON_SPACING_MARK ? UChar32{-1} : c; });
  return normalized(Normalizer2::getNFCInstance, bare);
}

/// Replaces the decimal digits of all scripts by 0 to 9.
std::string digits_of(const UnicodeString& text) {
  return utf8(each_character(text, [](UChar32 c) {
    const auto digit = u_charDigitValue(c);
    return digit < 0 ? UChar32{-1} : UChar32{'0' + digit};
  }));
}

void lower_ascii(std::string& text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
}

std::string hash_of(const EVP_MD* function, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), bytes.data(), &size, function, nullptr) != 1)
    fail("hash", "the cryptographic library refuses it");
  auto digits = to_hex({reinterpret_cast<const char*>(bytes.data()), size});
  lower_ascii(digits);
  return digits;
}

void trim_ascii(std::string& text) {
  constexpr std::string_view white_space = " \t\n\v\f\r";
  text.erase(text.find_last_not_of(white_space) + 1);
  text.erase(0, text.find_first_not_of(white_space));
}

void keep_digits(std::string& text, std::string digits) {
  if (!digits.empty()) text = std::move(digits);
}

/// Applies a step to ASCII text, for which no tables are needed.
void apply_to_ascii(identity_step step, std::string& text) {
  switch (step) {
    case trim:
      return trim_ascii(text);
    case lower:
    case casefold:
      return lower_ascii(text);
    case digits: {
      std::string found;
      std::ranges::copy_if(text, std::back_inserter(found), is_digit);
      return keep_digits(text, std::move(found));
    }
    case nfc:
    case nfkc:
    case unaccent:
    case md5:
    case sha256:
      return;
  }
}

void apply_to_unicode(identity_step step, std::string& text) {
  auto characters = UnicodeString::fromUTF8(text);
  switch (step) {
    case trim:
      text = without_white_space_around(characters);
      return;
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
    case digits:
      return keep_digits(text, digits_of(characters));
    case md5:
    case sha256:
      return;
  }
}

}  // namespace

std::string_view text_steps::apply(std::span<const identity_step> steps, std::string_view text) {
  if (steps.empty()) return text;
  text_ = text;
  for (const auto step : steps) {
    if (step == md5 || step == sha256)
      text_ = hash_of(step == md5 ? EVP_md5() : EVP_sha256(), text_);
    else if (is_ascii(text_))
      apply_to_ascii(step, text_);
    else
      apply_to_unicode(step, text_);
  }
  return text_;
}

}  // namespace sluice::diff
