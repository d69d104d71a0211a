// How people are found: addresses and telephone numbers in the one form that platforms compare, or
// hash. Google: developers.google.com/google-ads/api/docs/remarketing/audience-segments/
// customer-match; Meta: developers.facebook.com/docs/marketing-api/conversions-api/parameters/
// customer-information-parameters.
#include <phonenumbers/phonenumberutil.h>
#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <set>

#include "runtime/values/function_table.hpp"
#include "runtime/values/unicode_text.hpp"
#include "runtime/values/value_text.hpp"

namespace sluice::values {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;
using icu::UnicodeString;
using type = parameter::type;

/// In small letters, with the characters that `keeps` keeps.
template <class Keep>
std::string small_letters(std::string_view text, Keep keeps) {
  const auto small =
      UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())))
          .toLower(icu::Locale::getRoot());
  UnicodeString kept;
  for (std::int32_t at = 0; at < small.length(); at = small.moveIndex32(at, 1))
    if (const auto c = small.char32At(at); keeps(c)) kept.append(c);
  std::string out;
  return kept.toUTF8String(out);
}

/// A step that changes a text, and refuses it with `problem` where `change` gives false.
template <class Change>
step normalising(Change change, const char* problem) {
  return [change, problem, scratch = std::string()](
             value_view in, workplace& place) mutable -> std::optional<value_view> {
    place.text = text_of(in, scratch);
    if (!change(place.text)) return place.refuse(problem);
    return place.made();
  };
}

/// Without white space, in small letters; one @ with something on both sides.
bool normalise_email(std::string& text) {
  text = small_letters(text, [](UChar32 c) { return !u_isUWhiteSpace(c); });
  const auto at = text.find('@');
  return at != std::string::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string::npos;
}

step bind_email(arguments&) { return normalising(normalise_email, "is no e-mail address"); }

/// Gmail ignores dots, and what stands behind a plus sign.
step bind_email_gmail(arguments&) {
  return normalising(
      [](std::string& text) {
        if (!normalise_email(text)) return false;
        const auto at = text.find('@');
        const auto domain = text.substr(at);
        if (domain != "@gmail.com" && domain != "@googlemail.com") return true;
        auto name = text.substr(0, std::min(text.find('+'), at));
        std::erase(name, '.');
        text = name + domain;
        return !name.empty();
      },
      "is no e-mail address");
}

/// Letters and digits of all scripts, with their marks.
bool is_letter_or_digit(UChar32 c) {
  return u_isalnum(c) != 0 || (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0;
}

step bind_meta_name(arguments&) {
  return normalising(
      [](std::string& text) {
        text = small_letters(text, [](UChar32 c) { return u_ispunct(c) == 0; });
        trim(text);
        return !text.empty();
      },
      "has no letters");
}

step bind_meta_place(arguments&) {
  return normalising(
      [](std::string& text) {
        text = small_letters(text, is_letter_or_digit);
        return !text.empty();
      },
      "has no letters");
}

/// Of the United States the first five digits.
step bind_meta_zip(arguments& given) {
  const bool american = given.text(0) == "US";
  return normalising(
      [american](std::string& text) {
        text = small_letters(text, is_letter_or_digit);
        if (american && text.size() > 5) text.resize(5);
        return !text.empty() && (!american || (text.size() == 5 && digits_of(text) == text));
      },
      "is no postal code");
}

std::string country_of(arguments& given) {
  auto country = given.text(0);
  if (given.size() == 0) return country;
  std::set<std::string> known;
  PhoneNumberUtil::GetInstance()->GetSupportedRegions(&known);
  if (!known.contains(country))
    given.complain("does not know the country '" + country + "'",
                   "two capital letters of ISO 3166, such as 'CH'");
  return country;
}

constexpr auto unknown_country = "ZZ";  // of libphonenumber: only international numbers

/// With `plus`: as E.164 writes it; otherwise its digits.
step telephone_number(arguments& given, bool plus) {
  const auto named = country_of(given);
  const auto country = named.empty() ? std::string(unknown_country) : named;
  const auto* const why = named.empty()
                              ? "is no telephone number with a + and its country; a country as "
                                "argument is that of numbers without one"
                              : "is no telephone number";
  return [country, plus, why, scratch = std::string()](
             value_view in, workplace& place) mutable -> std::optional<value_view> {
    constexpr std::size_t longest = 250;  // as libphonenumber
    const auto text = text_of(in, scratch);
    const auto& util = *PhoneNumberUtil::GetInstance();
    PhoneNumber number;
    if (text.size() > longest ||
        util.Parse(std::string(text), country, &number) != PhoneNumberUtil::NO_PARSING_ERROR ||
        !util.IsPossibleNumber(number))
      return place.refuse(why);
    util.Format(number, PhoneNumberUtil::E164, &place.text);
    if (!plus) place.text.erase(0, 1);
    return place.made();
  };
}

step bind_e164(arguments& given) { return telephone_number(given, true); }
step bind_meta_phone(arguments& given) { return telephone_number(given, false); }

}  // namespace

std::vector<function> contact_functions() {
  const std::vector<parameter> country{{"country", type::text, true}};
  return {
      {.name = "email", .bind = bind_email},
      {.name = "email_gmail", .bind = bind_email_gmail},
      {.name = "e164", .parameters = country, .bind = bind_e164},
      {.name = "meta_phone", .parameters = country, .bind = bind_meta_phone},
      {.name = "meta_name", .bind = bind_meta_name},
      {.name = "meta_place", .bind = bind_meta_place},
      {.name = "meta_zip", .parameters = country, .bind = bind_meta_zip},
  };
}

}  // namespace sluice::values
