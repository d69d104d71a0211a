#include "runtime/log/redactor.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "messages/base64.hpp"

using sluice::log::redactor;

namespace {

std::string base64(const std::string& bytes) {
  std::string out;
  sluice::append_base64(out, bytes);
  return out;
}

std::string for_addresses(std::string base64) {
  for (char& c : base64) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return base64;
}

std::string every_byte_as(const std::string& text, const char* format) {
  std::string out;
  for (const char c : text) {
    char escaped[16];
    std::snprintf(escaped, sizeof escaped, format, static_cast<unsigned char>(c));
    out += escaped;
  }
  return out;
}

/// What is left around the mask, if `spelled` is masked as a whole.
std::string masked_between(const redactor& r, const std::string& spelled) {
  return r.masked("said <" + spelled + ">.");
}

}  // namespace

TEST_CASE("a registered secret is masked wherever it stands") {
  redactor r;
  r.add("hunter22");
  CHECK(r.masked("hunter22 and (hunter22)hunter22") == "*** and (***)***");
  CHECK(r.masked("nothing to hide") == "nothing to hide");
}

TEST_CASE(
    "a secret that contains another one is masked as a whole whatever the order of registration") {
  redactor r;
  r.add("word");
  r.add("password1");
  CHECK(r.masked("password1 word") == "*** ***");
}

TEST_CASE("values shorter than four bytes are not masked") {
  redactor r;
  r.add("");
  r.add("abc");
  CHECK(r.masked("abc") == "abc");
  r.add("abcd");
  CHECK(r.masked("abcd") == "***");
}

TEST_CASE("a secret of stars is masked without end") {
  redactor r;
  r.add("****");
  CHECK(r.masked("*********") == "***");
}

TEST_CASE("occurrences that overlap leave no part of a secret between them") {
  redactor r;
  r.add("abcabc");
  CHECK(r.masked("abcabcabc") == "***");
  r.add("cab1");
  CHECK(r.masked("-abcabcab1-") == "-***-");
}

TEST_CASE("a secret is masked in whatever escapes it is repeated in") {
  redactor r;
  const std::string secret = "p/ä\"s; w\\o}r<d'&+%\xF0\x9F\x94\x91";
  r.add(secret);
  const auto json = nlohmann::json(secret).dump();
  const auto ascii = nlohmann::json(secret).dump(-1, ' ', true);
  const auto inner = [](const std::string& quoted) { return quoted.substr(1, quoted.size() - 2); };
  for (const auto& spelled :
       {secret, inner(json), inner(ascii), inner(nlohmann::json(inner(json)).dump()),
        inner(nlohmann::json(inner(ascii)).dump()), every_byte_as(secret, "%%%02X"),
        every_byte_as(secret, "%%%02x"), every_byte_as(secret, "\\x%02x"),
        every_byte_as(secret, "%%25%02x"), every_byte_as(secret, "%02x"),
        every_byte_as(secret, "%02X"),
        std::string("p%2F%C3%A4%22s%3B+w%5Co%7Dr%3Cd%27%26%2B%25%F0%9F%94%91"),
        std::string("p%2F%C3%A4%22s%3B%20w%5Co%7Dr%3Cd%27%26%2B%25%F0%9F%94%91"),
        std::string("p\\/\\u00E4\\u0022s; w\\\\o}r\\u003Cd\\u0027\\u0026+%\\ud83d\\udd11"),
        std::string("p/ä&quot;s; w\\o}r&lt;d&#39;&amp;+%\xF0\x9F\x94\x91"),
        std::string("p/&#228;&#34;s; w\\o}r&#x3c;d&apos;&#x26;+%&#128273;"),
        std::string("p/ä\"s; w\\o}}r<d'&+%\xF0\x9F\x94\x91"),
        std::string("p/ä\"\"s; w\\o}r<d'&+%\xF0\x9F\x94\x91"),
        std::string("p/ä\"s; w\\o}r<d''&+%\xF0\x9F\x94\x91")})
    CHECK_MESSAGE(masked_between(r, spelled) == "said <***>.", spelled);
}

TEST_CASE("a secret is masked in base64 whatever bytes stand around it") {
  redactor r;
  for (const std::string secret : {"canary-password", "k\xC3\xA4se+?~\xFF", "abcd", "five5"}) {
    r.add(secret);
    for (const std::string before : {"", "u", "u:", "user:", "{\"password\":\""}) {
      for (const std::string after : {"", "\"", "ab", "abc"}) {
        const auto whole = base64(before + secret + after);
        const std::string escaped = nlohmann::json(whole).dump();
        std::string slashes;
        for (const char c : whole) slashes += c == '/' ? "\\/" : std::string{c};
        for (const auto& text :
             {whole, for_addresses(whole), escaped, slashes, every_byte_as(whole, "%%%02X")}) {
          CAPTURE(text);
          const auto masked = r.masked("Basic " + text);
          CHECK(masked.find("***") != std::string::npos);
          // What is left are the neighbours of the secret, with a few bits of its ends.
          CHECK(masked.size() <= text.size() - secret.size() + std::string("Basic ***").size());
        }
      }
    }
  }
}

TEST_CASE("base64 that is broken into lines hides no secret") {
  redactor r;
  r.add("a-long-token-of-forty-characters-or-more");
  const auto whole = base64("user:a-long-token-of-forty-characters-or-more");
  for (const std::string line_break : {"\r\n", "\n", "\\r\\n", "\r\n "})
    CHECK(r.masked(whole.substr(0, 20) + line_break + whole.substr(20)).find("LXRva2Vu") ==
          std::string::npos);
}

TEST_CASE("the beginning of a secret at the end of a text is masked unless it is a word") {
  redactor r;
  r.add("q8Zk2mWx-0123456789");
  CHECK(r.masked("Bearer q8Zk2mWx-0123") == "Bearer ***");
  CHECK(r.masked("Bearer q8Zk2mW") == "Bearer q8Zk2mW");
  CHECK(r.masked("q8Zk2mWx-0123 is wrong") == "q8Zk2mWx-0123 is wrong");
  r.add("password1234");
  CHECK(r.masked("wrong password") == "wrong password");
}

TEST_CASE("a text is masked before it is cut") {
  redactor r;
  r.add("canary-password");
  CHECK(r.masked("12345 canary-password", 13) == "12345 ***");
  CHECK(r.masked("12345 canary-password", 8) == "12345 **");
  CHECK(r.masked("äää", 5) == "ää");
  const std::string blanks(1u << 20, ' ');
  CHECK(r.masked(blanks + "canary-password", 10) == blanks.substr(0, 10));
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "canary-password ";
  CHECK(r.masked(many, 100'000).find("canary") == std::string::npos);
}

TEST_CASE("user and password are masked where a secret is both in base64") {
  redactor r;
  r.add(base64("someone:canary-password"));
  CHECK(r.masked("someone:canary-password") == "***");
  CHECK(r.masked("no canary-password here") == "no *** here");
  r.add(base64("no colon"));
  CHECK(r.masked("no colon") == "no colon");
}

TEST_CASE("words in other spellings are no secrets") {
  redactor r;
  r.add("orders");
  r.add("canary-password");
  const std::string text =
      R"(the table "customers" has no column 'order\ed' at 100% & more; see https://x/?a=b+c%20d)";
  CHECK(r.masked(text) == text);
}

TEST_CASE(
    "a hundred secrets cost a row's text a few microseconds, and a million escapes no more "
    "than their length") {
  redactor r;
  for (int i = 0; i < 100; ++i) r.add("eyJhbGciOiJSUzI1NiJ9." + std::to_string(i * 7919));
  std::string row;
  while (row.size() < 1000) row += "{\"id\": 7, \"name\": \"Ada \\\"L\\\"\", \"rate\": \"5%25\"}, ";
  const auto time_of = [&](const std::string& text, int times) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < times; ++i) CHECK(r.masked(text).size() == text.size());
    return (std::chrono::steady_clock::now() - begin) / times;
  };
  const auto of_row = time_of(row, 100);
  std::string escapes;
  while (escapes.size() < 1'000'000) escapes += "\\\\%25%26amp;+\n";
  const auto of_escapes = time_of(escapes, 1);
  MESSAGE("a row of 1 kB: ", of_row.count() / 1000,
          " us, 1 MB of escapes: ", of_escapes.count() / 1'000'000, " ms");
  CHECK(of_row < std::chrono::milliseconds(20));  // generous: without optimisation, on any machine
  CHECK(of_escapes < std::chrono::seconds(60));
}
