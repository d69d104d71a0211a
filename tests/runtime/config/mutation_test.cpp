// Whatever a configuration file holds, loading it ends with a configuration or with problems.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "tests/runtime/config/config_folder.hpp"
#include "tests/runtime/config/every_key.hpp"

using namespace sluice;
using test::config_folder;

namespace {

constexpr int rounds = 600;

/// One valid file of the configuration, to be spoilt, and where it stands.
struct victim {
  const char* file;
  std::string text;
  const char* connection = nullptr;  ///< what connections/customers.json holds, where not this
};

std::vector<victim> victims() {
  using namespace test::every_key;
  return {{"node.json", node, table_connection},
          {"connections/customers.json", table_connection},
          {"connections/customers.json", cursor_connection},
          {"connections/customers.json", api_connection},
          {"connections/customers.json", preset_connection},
          {"people.json", preset, preset_connection}};
}

/// Checks the one promise that holds for any input.
void check_outcome(const config_folder& folder) {
  const auto result =
      config::load(folder.path() / "node.json", config::references::left, config::effective::seen);
  CHECK(result.config.has_value() == result.problems.empty());
  for (const auto& problem : result.problems) {
    CHECK_FALSE(problem.message.empty());
    CHECK_FALSE(problem.file.empty());
    CHECK((problem.pointer.empty() || problem.pointer.front() == '/'));
  }
  CHECK(result.config.has_value() == result.effective.has_value());
  if (!result.effective) return;
  CHECK(nlohmann::json::accept(result.effective->node.json));
  for (const auto& [name, file] : result.effective->connections)
    CHECK(nlohmann::json::accept(file.json));
}

class mutator {
 public:
  explicit mutator(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
  }

  /// Overwrites, removes, repeats or inserts a stretch of bytes.
  void spoil_bytes(std::string& text) {
    static const std::vector<std::string> inserts{"{",
                                                  "}",
                                                  "[",
                                                  "]",
                                                  ",",
                                                  ":",
                                                  "\"",
                                                  "\\",
                                                  "${",
                                                  "$${",
                                                  "${env:",
                                                  "${file:/}",
                                                  "${param:",
                                                  "{{",
                                                  "}}",
                                                  "\xff",
                                                  "//",
                                                  "/*",
                                                  "null",
                                                  "-1",
                                                  "1e999",
                                                  "0.12345678901234567",
                                                  "\\u0000",
                                                  "\\ud800",
                                                  ";",
                                                  "=",
                                                  std::string(1, '\0')};
    if (text.empty()) text = "{}";
    const auto at = below(text.size());
    const auto length = 1 + below(std::min<std::size_t>(text.size() - at, 20));
    switch (below(4)) {
      case 0:
        text[at] = static_cast<char>(below(256));
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(at, length));
        break;
      default:
        text.insert(at, inserts[below(inserts.size())]);
    }
  }

  /// Replaces, removes or repeats a value somewhere in the tree: the result is valid JSON.
  void spoil_value(nlohmann::ordered_json& value) {
    using json = nlohmann::ordered_json;
    static const std::vector<json> others{nullptr,
                                          true,
                                          0,
                                          -1,
                                          1.5,
                                          4'294'967'296,
                                          "",
                                          "${env:SHOP_PASSWORD}",
                                          "x",
                                          "a.b",
                                          "{{rows}}",
                                          "{{row.a}} {{key}}",
                                          "${param:url}",
                                          "https://a.example/{{key.id}}",
                                          json::array(),
                                          json::object(),
                                          json::array({json::object()}),
                                          {{"every", "15m"}},
                                          std::string(1000, 'x')};
    if (value.is_structured() && !value.empty() && below(4) != 0) {
      auto member = std::next(value.begin(), static_cast<std::ptrdiff_t>(below(value.size())));
      switch (below(6)) {
        case 0:
          value.erase(member);
          return;
        case 1:
          if (value.is_object())
            value[member.key() + "x"] = json(*member);
          else
            value.push_back(json(*member));
          return;
        default:
          return spoil_value(*member);
      }
    }
    value = others[below(others.size())];
  }

 private:
  std::mt19937 random_;
};

/// Spoils each file in turn, `rounds` times each.
template <class Spoil>
void check_spoilt(const Spoil& spoil) {
  const config_folder folder;
  const test::variable password("SHOP_PASSWORD", "canary");
  folder.write("people.json", test::every_key::preset);
  for (const auto& victim : victims()) {
    CAPTURE(victim.text);
    if (victim.connection != nullptr) folder.write("connections/customers.json", victim.connection);
    folder.write(victim.file, victim.text);
    REQUIRE(folder.problems() == "");
    for (int seed = 0; seed < rounds; ++seed) {
      CAPTURE(seed);
      mutator mutate(static_cast<unsigned>(seed));
      folder.write(victim.file, spoil(mutate, victim.text));
      check_outcome(folder);
    }
    folder.write(victim.file, victim.text);
  }
}

}  // namespace

TEST_CASE("files with random bytes changed give a configuration or problems") {
  check_spoilt([](mutator& mutate, std::string text) {
    for (std::size_t i = 0; i <= mutate.below(3); ++i) mutate.spoil_bytes(text);
    return text;
  });
}

TEST_CASE("files with random values changed give a configuration or problems") {
  check_spoilt([](mutator& mutate, const std::string& text) {
    auto tree = nlohmann::ordered_json::parse(text);
    for (std::size_t i = 0; i <= mutate.below(3); ++i) mutate.spoil_value(tree);
    return tree.dump();
  });
}
