#include "runtime/diff/text_steps.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

using namespace sluice;
using enum identity_step;

namespace {

std::string after(std::initializer_list<identity_step> steps, std::string_view text) {
  diff::text_steps texts;
  return std::string(texts.apply({steps.begin(), steps.size()}, text));
}

}  // namespace

TEST_CASE("without steps a text is not copied") {
  diff::text_steps texts;
  const std::string text = "Ada";
  CHECK(texts.apply({}, text).data() == text.data());
}

TEST_CASE("white space of any kind goes from both ends, and from nowhere else") {
  CHECK(after({trim}, " \t a b\r\n") == "a b");
  CHECK(after({trim}, "\u00a0\u2003a\u00a0b\u3000") == "a\u00a0b");
  CHECK(after({trim}, " \u00a0 ") == "");
  CHECK(after({trim}, "   ") == "");
  CHECK(after({trim}, "ab") == "ab");
}

TEST_CASE("letters of any script become small, whatever stands beside them") {
  CHECK(after({identity_step::lower}, "ADA@Example.COM") == "ada@example.com");
  CHECK(after({identity_step::lower}, "ÄÖÜ ŽLUŤOUČKÝ ΣΑΣ ДА") == "äöü žluťoučký σασ да");
  CHECK(after({identity_step::lower}, "Straße") == "straße");
  CHECK(after({identity_step::lower}, "\U00010400") == "\U00010428");
  // The one whose small form would be two characters is one here.
  CHECK(after({identity_step::lower}, "\u0130") == "i");
  CHECK(after({identity_step::lower}, "123 _-") == "123 _-");
}

TEST_CASE("texts that differ only in case fold to one") {
  CHECK(after({casefold}, "STRASSE") == after({casefold}, "straße"));
  CHECK(after({casefold}, "ΣΑΣ") == after({casefold}, "σας"));
  CHECK(after({casefold}, "Ada") == "ada");
  CHECK(after({casefold}, "e\u0301") != after({casefold}, "é"));
}

TEST_CASE("a character is one however it was typed") {
  CHECK(after({nfc}, "Ame\u0301lie") == "Amélie");
  CHECK(after({nfc}, "Amélie") == "Amélie");
  CHECK(after({nfc}, "\uff21") == "\uff21");
  CHECK(after({nfkc}, "\uff21da\u00b2") == "Ada2");
}

TEST_CASE("marks go, letters that are none stay") {
  CHECK(after({unaccent}, "Amélie Ame\u0301lie Ångström") == "Amelie Amelie Angstrom");
  CHECK(after({unaccent}, "Øre ß") == "Øre ß");
}

TEST_CASE("of a phone number its digits are left, of a text without any the text") {
  CHECK(after({digits}, "+41 (0)79 123-45-67") == "410791234567");
  CHECK(after({digits}, "\u0664\u0661") == "41");
  CHECK(after({digits}, "unknown") == "unknown");
  CHECK(after({digits}, "–") == "–");
  CHECK(after({digits}, "") == "");
}

TEST_CASE("hashes are those that everybody knows, in small digits") {
  CHECK(after({md5}, "") == "d41d8cd98f00b204e9800998ecf8427e");
  // printf '%s' urist.mcvankab@freddiesjokes.com | md5sum
  CHECK(after({trim, identity_step::lower, md5}, " Urist.McVankab@freddiesjokes.com") ==
        "62eeb292278cc15f5817cb78f7790b08");
  CHECK(after({sha256}, "abc") ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("steps follow one another") {
  CHECK(after({trim, identity_step::lower, unaccent}, " ÉLAN ") == "elan");
  CHECK(after({nfkc, trim}, "\u3000a") == "a");
}
