// What a command of messages/commands.hpp needs beside its struct. The compiler asks for the
// handlers; this asks for what it cannot see.
#include "messages/commands.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/runtime/cli/shim_fixture.hpp"

using namespace sluice;

namespace {

const std::filesystem::path sources = SLUICE_SOURCE_DIR;

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  REQUIRE_MESSAGE(in, file);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Where people and programs meet commands, as texts.
struct places : test::shim_fixture {
  std::string handlers = text_of(sources / "actors/connection/supervisor.hpp") +
                         text_of(sources / "actors/node/node.hpp") +
                         text_of(sources / "actors/cluster/cluster.cpp") +
                         text_of(sources / "actors/api/api.cpp");
  std::vector<std::string> shims;
  std::string manual = shim({"man"}).output;
  std::string readme = text_of(sources / "README.md");

  places() {
    for (const auto& entry : std::filesystem::directory_iterator(sources / "runtime/cli"))
      if (entry.path().extension() == ".cpp") shims.push_back(text_of(entry.path()));
  }

  [[nodiscard]] bool in_some_shim(const std::string& part) const {
    return std::ranges::any_of(shims, [&](const auto& text) { return contains(text, part); });
  }

  /// What a command lacks.
  [[nodiscard]] std::vector<std::string> missing_of(const command_facts& facts) const {
    const std::string key(facts.key);
    const std::string word(facts.shim);
    std::vector<std::string> missing;
    const auto need = [&](bool there, const std::string& what) {
      if (!there) missing.push_back(what);
    };
    need(contains(handlers, "(const command::" + key + "&"), "a handler");
    need(in_some_shim("command::" + key + "{"), "a file in runtime/cli that gives it");
    need(in_some_shim("run(const " + word + "_options&") ||
             in_some_shim("run(const " + word + "_arguments&"),
         "a file in runtime/cli for its word");
    need(contains(manual, "\\fBsluice " + word + "\\fR"), "its place in the manual page");
    need(contains(readme, "`sluice " + word), "its row in README.md");
    for (const std::string shell : {"bash", "fish", "zsh"})
      need(contains(shim({"completion", shell}).output, word), "its completion for " + shell);
    need(!facts.name.empty(), "a name for people");
    return missing;
  }
};

template <class... Commands>
std::vector<command_facts> facts_of(command::pack<Commands...>) {
  return {Commands::facts...};
}

}  // namespace

TEST_CASE_FIXTURE(places, "every command has all that a command needs") {
  for (const auto& facts : facts_of(command::all{})) {
    CAPTURE(facts.key);
    CHECK(missing_of(facts) == std::vector<std::string>{});
  }
}

TEST_CASE_FIXTURE(places, "of a command that is nowhere but in the list everything is missing") {
  CHECK(missing_of({.key = "frobnicate", .name = "", .shim = "frobnicate"}).size() == 9);
}

TEST_CASE("no two commands share a type on the wire or an operation") {
  const auto all = facts_of(command::all{});
  for (const auto& a : all)
    for (const auto& b : all)
      if (&a != &b) {
        CHECK(a.key != b.key);
        CHECK(a.name != b.name);
      }
}
