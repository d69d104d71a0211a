// The examples that Google and Meta publish for what they match people by.
#include "tests/runtime/values/applied.hpp"

using namespace sluice;
using test::applied;

TEST_CASE("Meta's examples of hashed parameters come out as published") {
  const auto hashed = [](const char* text, const std::string& calls) {
    return applied(text, calls + " | sha256");
  };
  CHECK(hashed("John_Smith@gmail.com", "email") ==
        "text 62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f");
  CHECK(hashed("(650)555-1212", "meta_phone('US')") ==
        "text e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176");
  CHECK(hashed("Mary", "meta_name") ==
        "text 6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec");
  CHECK(hashed("정", "meta_name") ==
        "text 8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14");
  CHECK(hashed("Valéry", "meta_name") ==
        "text 08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c");
}

TEST_CASE("Google's rules for addresses of Gmail hold for Gmail only") {
  CHECK(applied(" Test@GMail.com\n", "email_gmail | sha256") ==
        "text 87924606b4131a8aceeeae8868531fbb9712aaa07a5d3a756b26ce0f5d6ca674");
  CHECK(applied("Jane.Doe+Shopping@googlemail.com", "email_gmail") ==
        "text janedoe@googlemail.com");
  CHECK(applied("Jane.Doe+Shopping@example.com", "email_gmail") ==
        "text jane.doe+shopping@example.com");
  CHECK(applied("+a@gmail.com", "email_gmail") == "refused: email_gmail: is no e-mail address");
  for (const auto* none : {"", "a", "@b", "a@", "a@b@c", "👍"})
    CHECK(applied(none, "email") == "refused: email: is no e-mail address");
}

TEST_CASE("telephone numbers get the country that they lack") {
  CHECK(applied("+1 (800) 555-0101", "e164") == "text +18005550101");
  CHECK(applied("044 668 18 00", "e164('CH')") == "text +41446681800");
  CHECK(applied("0041 44 668 18 00", "e164('CH')") == "text +41446681800");
  CHECK(applied("+49 30 123456", "e164('CH')") == "text +4930123456");
  CHECK(applied("tel:+41-44-668-18-00;ext=5", "e164") == "text +41446681800");
  CHECK(applied("044 668 18 00", "e164").starts_with("refused: e164: is no telephone number with"));
  for (const auto* none : {"", "12", "call me", "👍", "++41", "1-800-FLOWERS-PLEASE-NOW"})
    CHECK(applied(none, "e164('CH')") == "refused: e164: is no telephone number");
}

TEST_CASE("names and places of Meta lose what Meta does not compare") {
  CHECK(applied(" O'Neil-Smith ", "meta_name") == "text oneilsmith");
  CHECK(applied("Saint-Étienne", "meta_place") == "text saintétienne");
  CHECK(applied("नई दिल्ली", "meta_place") == "text नईदिल्ली");
  CHECK(applied("SW1A 1AA", "meta_zip") == "text sw1a1aa");
  CHECK(applied("94035-1234", "meta_zip('US')") == "text 94035");
  CHECK(applied("9403", "meta_zip('US')") == "refused: meta_zip: is no postal code");
  CHECK(applied("...", "meta_name") == "refused: meta_name: has no letters");
}
