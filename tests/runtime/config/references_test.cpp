#include "runtime/config/references.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "messages/error.hpp"
#include "tests/runtime/config/config_folder.hpp"

using namespace sluice;
using namespace sluice::config;
using kind = text_piece::kind;

namespace {

std::string error_of(const std::string& text, const std::filesystem::path& base) {
  try {
    return "resolved: " + expand(text, base);
  } catch (const failure& f) {
    CHECK(f.info().code == errc::invalid_config);
    return f.info().text();
  }
}

}  // namespace

TEST_CASE("a text is cut into literals and references") {
  CHECK(parse_references("a${env:B}c${file:d/e}").pieces ==
        std::vector<text_piece>{
            {kind::literal, "a"}, {kind::env, "B"}, {kind::literal, "c"}, {kind::file, "d/e"}});
  CHECK(parse_references("").pieces.empty());
  CHECK_FALSE(parse_references("$ {} $$ $x {env:A}").has_references());
}

TEST_CASE("two dollars before a brace stand for one and no reference") {
  CHECK(expand("cost $${price} and $$${x}", {}) == "cost ${price} and $${x}");
}

TEST_CASE("a reference that is neither env nor file is malformed") {
  for (const auto* text :
       {"${HOME}", "${}", "${env:}", "${file:}", "${envv:A}", "${env:A=B}", "${"})
    CHECK_MESSAGE(!parse_references(text).malformed.empty(), text);
  CHECK(parse_references("x${env:A").malformed == "has a reference without its closing }");
}

TEST_CASE("references are replaced by the variable and by the trimmed content of the file") {
  const test::config_folder folder;
  const test::variable name("SLUICE_TEST_NAME", "Ada");
  folder.write("secret", "\n  pass word \n\n");
  CHECK(expand("${env:SLUICE_TEST_NAME}:${file:secret}", folder.path()) == "Ada:pass word");
  CHECK(expand("${file:" + (folder.path() / "secret").string() + "}", "/nowhere") == "pass word");
}

TEST_CASE("a value is not searched for references again") {
  const test::variable name("SLUICE_TEST_NAME", "${env:SLUICE_TEST_NAME}");
  CHECK(expand("${env:SLUICE_TEST_NAME}", {}) == "${env:SLUICE_TEST_NAME}");
}

TEST_CASE("a reference without a value names itself and the reason and what to do") {
  const test::config_folder folder;
  CHECK(error_of("${env:SLUICE_TEST_UNSET}", folder.path()) ==
        "resolve reference '${env:SLUICE_TEST_UNSET}': the environment variable is not set; set it "
        "in "
        "the environment of the node");
  CHECK(error_of("${file:none}", folder.path()) ==
        "resolve reference '${file:none}': No such file or directory; the node must be able to "
        "read " +
            (folder.path() / "none").string());
  CHECK(error_of("${file:.}", folder.path()).find("is a directory") != std::string::npos);
}

TEST_CASE("files that never end or are too large or binary are refused without their content") {
  const test::config_folder folder;
  CHECK(error_of("${file:/dev/zero}", {}).find("is not a regular file") != std::string::npos);
  REQUIRE(::mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);
  CHECK(error_of("${file:pipe}", folder.path()).find("is not a regular file") != std::string::npos);
  folder.write("big", std::string((1u << 20) + 1, 'x'));
  CHECK(error_of("${file:big}", folder.path()).find("is larger than 1 MiB") != std::string::npos);
  folder.write("binary", std::string("canary\0x", 8));
  const auto text = error_of("${file:binary}", folder.path());
  CHECK(text.find("zero byte") != std::string::npos);
  CHECK(text.find("canary") == std::string::npos);
}

TEST_CASE("every unresolved reference of a text is listed") {
  const test::variable name("SLUICE_TEST_NAME", "canary");
  CHECK(unresolved("${env:SLUICE_TEST_UNSET}${env:SLUICE_TEST_NAME}${file:/none}", {}) ==
        std::vector<std::string>{"${env:SLUICE_TEST_UNSET}: the environment variable is not set",
                                 "${file:/none}: No such file or directory"});
}
