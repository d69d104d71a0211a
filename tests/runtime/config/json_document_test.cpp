#include "runtime/config/json_document.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/runtime/config/config_folder.hpp"

using namespace sluice;
using namespace sluice::config;

namespace {

/// What reading `text` as a file gives.
struct outcome {
  std::optional<ordered_json> document;
  std::string problems;
};

outcome parsed(const std::string& text) {
  const test::config_folder folder;
  folder.write("x.json", text);
  std::vector<problem> problems;
  outcome out{read_json(folder.path() / "x.json", problems), {}};
  for (auto& p : problems) p.file = "x.json";
  out.problems = to_text(problems);
  return out;
}

}  // namespace

TEST_CASE("comments are allowed and members keep their order") {
  const auto [document, problems] =
      parsed("// one\n{\"b\": 1, /* two */ \"a\": [true, null, \"x\"]}\n");
  CHECK(problems.empty());
  REQUIRE(document);
  CHECK(document->dump() == R"({"b":1,"a":[true,null,"x"]})");
}

TEST_CASE("a syntax error is reported with line and column") {
  const auto [document, problems] = parsed("{\n  \"a\": 1,\n}");
  CHECK_FALSE(document);
  CHECK(problems ==
        "x.json: is not valid JSON: parse error at line 3, column 1: syntax error while parsing "
        "object key - unexpected '}'; expected string literal\n");
}

TEST_CASE("a syntax error does not quote the text that may be a password") {
  for (const auto* text : {"{\"odbc\": \"Pwd=canary\n\"}", "{\"odbc\": \"Pwd=canary", "{canary}",
                           "[canary", "{\"a\": 'canary'}", "{\"a\": \"canary\xff\"}"}) {
    const auto [document, problems] = parsed(text);
    CHECK_FALSE(document);
    CHECK(problems.find("x.json: is not valid JSON: ") == 0);
    CHECK(problems.find("canary") == std::string::npos);
  }
}

TEST_CASE("an empty file and text after the document are syntax errors") {
  CHECK_FALSE(parsed("").document);
  CHECK(parsed("// only a comment").problems.find("is not valid JSON") != std::string::npos);
  CHECK_FALSE(parsed("{} {}").document);
}

TEST_CASE("a key that occurs twice is a problem and the first one counts") {
  const auto [document, problems] =
      parsed(R"({"a": 1, "list": [{"x/y": 1, "x/y": {"deep": [1, {}]}}], "a": 2, "b": {"a": 3}})");
  CHECK(problems ==
        "x.json:/list/0/x~1y: the key \"x/y\" occurs twice; keep one of the two\n"
        "x.json:/a: the key \"a\" occurs twice; keep one of the two\n");
  REQUIRE(document);
  CHECK(document->dump() == R"({"a":1,"list":[{"x/y":1}],"b":{"a":3}})");
}

TEST_CASE("a number that would be rounded is a problem") {
  CHECK(
      parsed("[1234567890123456789, 0.123456789012345, 1000000000000000000000]").problems.empty());
  CHECK(parsed("[1, 0.1234567890123456]").problems ==
        "x.json:/1: has more than 15 digits and would be rounded; write it as a string\n");
  CHECK(parsed("[12345678901234567890123]").problems.find("/0: has more than 15") !=
        std::string::npos);
  CHECK(parsed("[1e999]").problems == "x.json: is not valid JSON: a number is too large\n");
}

TEST_CASE("nesting without end is refused") {
  const auto [document, problems] = parsed(std::string(100'000, '['));
  CHECK_FALSE(document);
  CHECK(problems.find("is nested more than 64 deep") != std::string::npos);
  CHECK(parsed(std::string(64, '[') + std::string(64, ']')).problems.empty());
}

TEST_CASE("a file that cannot be read is reported with the reason") {
  const test::config_folder folder;
  std::vector<problem> problems;
  CHECK_FALSE(read_json(folder.path() / "none.json", problems));
  CHECK_FALSE(read_json(folder.path(), problems));
  CHECK_FALSE(read_json("/dev/zero", problems));
  folder.write("big.json", std::string((4u << 20) + 1, ' '));
  CHECK_FALSE(read_json(folder.path() / "big.json", problems));
  REQUIRE(problems.size() == 4);
  CHECK(problems[0].message == "cannot be read: No such file or directory");
  CHECK(problems[1].message == "cannot be read: is a directory");
  CHECK(problems[2].message == "cannot be read: is not a regular file");
  CHECK(problems[3].message == "cannot be read: is larger than 4 MiB");
}
