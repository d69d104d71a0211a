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

TEST_CASE("a reference that is neither env, file nor exec is malformed") {
  for (const auto* text : {"${HOME}", "${}", "${env:}", "${file:}", "${envv:A}", "${env:A=B}", "${",
                           "${exec:}", "${exec:vault}", "${exec:/bin/echo 'x}"})
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

TEST_CASE("the value of a program is the first line that it prints, each time anew") {
  const test::config_folder folder;
  folder.write("vault", "#!/bin/sh\necho \"$2\"\n");
  REQUIRE(::chmod((folder.path() / "vault").c_str(), 0700) == 0);
  folder.write("times", "#!/bin/sh\necho x >> \"$1\"; wc -l < \"$1\"\n");
  REQUIRE(::chmod((folder.path() / "times").c_str(), 0700) == 0);
  CHECK(expand("<${exec:./vault get 'secret/crm token'}>", folder.path()) == "<secret/crm token>");
  const auto times = "${exec:./times " + (folder.path() / "count").string() + "}";
  CHECK(expand(times, folder.path()) == "1");
  CHECK(expand(times, folder.path()) == "2");
}

TEST_CASE("a program that fails or may not be run is named with what to do, without its output") {
  const test::config_folder folder;
  folder.write("vault", "#!/bin/sh\necho CANARY; exit 7\n");
  const auto vault = folder.path() / "vault";
  REQUIRE(::chmod(vault.c_str(), 0700) == 0);
  CHECK(error_of("${exec:./vault}", folder.path()) ==
        "resolve reference '${exec:./vault}': it ended with status 7; run it by hand, as the user "
        "of the node, to see what it says");
  CHECK(error_of("${exec:/bin/true}", {}).find("printed no first line") != std::string::npos);
  REQUIRE(::chmod(vault.c_str(), 0777) == 0);
  CHECK(error_of("${exec:./vault}", folder.path()) ==
        "resolve reference '${exec:./vault}': " + vault.string() +
            " may be written by others; the program must belong to root or to the user of the "
            "node, and must not be writable by others");
}

TEST_CASE("a configuration is read without running the programs that it names") {
  const test::config_folder folder;
  folder.write("connections/vault", "#!/bin/sh\ntouch \"$0.ran\"; echo x\n");
  REQUIRE(::chmod((folder.path() / "connections/vault").c_str(), 0700) == 0);
  const auto* const with_program =
      R"({"mode": "upsert", "destination": {"kind": "http", "path": null,
          "headers": {"Authorization": "Bearer ${exec:./vault token}"},
          "upsert": {"method": "POST", "url": "https://a.example/", "body": "{{rows}}"}}})";
  CHECK(folder.problems_with(with_program) == "");
  CHECK_FALSE(std::filesystem::exists(folder.path() / "connections/vault.ran"));
  REQUIRE(::chmod((folder.path() / "connections/vault").c_str(), 0600) == 0);
  CHECK(folder.problems_with(with_program).find("may not be executed") != std::string::npos);
}
