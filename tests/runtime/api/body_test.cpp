#include "runtime/api/body.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using api::body;

namespace {

std::vector<api::refusal::complaint> complaints(const std::string& text,
                                                const std::function<void(body&)>& read,
                                                body::manner m = body::manner::strict) {
  try {
    body b(text, m);
    read(b);
    b.check();
    return {};
  } catch (const api::refused& e) {
    CHECK(e.why().status == 400);
    return e.why().complaints;
  }
}

std::string first(const std::vector<api::refusal::complaint>& all) {
  return all.empty() ? "" : all[0].pointer + " " + all[0].detail;
}

const auto read_full = [](body& b) { b.boolean("full", false); };

}  // namespace

TEST_CASE("no body is an empty object") {
  for (const std::string text : {"", "  \r\n", "{}", R"({"full": null})"}) {
    body b(text, body::manner::strict);
    CHECK(b.boolean("full", true));
    CHECK_NOTHROW(b.check());
  }
}

TEST_CASE("a body that is no object is refused") {
  for (const std::string text : {"[]", "7", "\"x\"", "null"})
    CHECK(first(complaints(text, read_full)) == " is not a JSON object");
  for (const std::string text : {"{", "{}{}", "full=true", "{\"a\": }", "\xff", "{\"a\":1,}"})
    CHECK(first(complaints(text, read_full)) == " is not JSON");
  CHECK(first(complaints(std::string(30'000, '['), read_full)) == " is nested too deeply");
  const auto nested = [](std::size_t arrays) {
    return R"({"full": )" + std::string(arrays, '[') + std::string(arrays, ']') + "}";
  };
  CHECK(first(complaints(nested(64), read_full)) == " is nested too deeply");
  CHECK(first(complaints(nested(63), read_full)).starts_with("/full is a array"));
  CHECK(
      complaints(R"({"full": true} // ")" + nested(65), read_full, body::manner::lenient).empty());
}

TEST_CASE("an unknown member is refused with its pointer") {
  CHECK(first(complaints(R"({"ful": true})", read_full)) == "/ful is unknown; known here: full");
  CHECK(first(complaints(R"({"a/b~": 1})", read_full)) == "/a~1b~0 is unknown; known here: full");
  CHECK(first(complaints(R"({"a": 1})", [](body&) {})) == "/a is unknown; no member is known here");
}

TEST_CASE("a member of another type is refused") {
  CHECK(first(complaints(R"({"full": "yes"})", read_full)) ==
        "/full is a string; it must be true or false");
  const auto read_samples = [](body& b) { b.number("samples", 0, 100, 5); };
  for (const std::string text : {"-1", "101", "1.5", "\"5\"", "1e1"})
    CHECK(first(complaints(R"({"samples": )" + text + "}", read_samples)) ==
          "/samples must be a whole number from 0 to 100");
  CHECK(first(complaints(R"({"token": 7})", [](body& b) { b.text("token"); })) ==
        "/token is a number; it must be a string");
}

TEST_CASE("comments and unknown members are taken where clients of others send them") {
  const auto text = "{\n  // full or incremental\n  \"full\": true, \"more\": 1\n}";
  CHECK(complaints(text, read_full, body::manner::lenient).empty());
  CHECK(first(complaints(text, read_full)) == " is not JSON");
}
