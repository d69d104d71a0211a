// Whatever a configuration file holds, loading it ends with a configuration or with problems.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/runtime/config/config_folder.hpp"

using namespace sluice;
using test::config_folder;

namespace {

constexpr int rounds = 1500;

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A valid connection that uses every key, for mutations to find.
constexpr auto* rich_connection = R"({
  "name": "customers",
  "source": {"odbc": "Driver=X;Pwd={a;b}}${env:SHOP_PASSWORD}}", "query": "SELECT '$${x}'",
             "key": ["id", "shop"], "change_detection": "snapshot"},
  "mode": "mirror",
  "mapping": {"id": "id", "shop": {"column": "shop"}, "a\\.b": {"column": "c", "as": "json"},
              "d": {"constant": {"x": [1, null, "y"]}}, "e": {"template": "{id}{{}} {shop}"}},
  "destination": {"kind": "odbc", "odbc": "Driver=X", "table": "t", "create": true},
  "schedule": "manual",
  "delivery": {"writers": 2, "batch_rows": 1000, "window": 8, "drain_timeout": "60s"},
  "max_delete_percent": 30
})";

/// Checks the one promise that holds for any input.
void check_outcome(const config_folder& folder) {
  const auto result = folder.load();
  CHECK(result.config.has_value() == result.problems.empty());
  for (const auto& problem : result.problems) {
    CHECK_FALSE(problem.message.empty());
    CHECK_FALSE(problem.file.empty());
    CHECK((problem.pointer.empty() || problem.pointer.front() == '/'));
  }
  if (result.config) CHECK(nlohmann::json::accept(config::explain(*result.config)));
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

}  // namespace

TEST_CASE("files with random bytes changed give a configuration or problems") {
  const config_folder folder;
  folder.write("connections/customers.json", rich_connection);
  REQUIRE(folder.load().config);
  const auto node = content(folder.path() / "node.json");
  for (int seed = 0; seed < rounds; ++seed) {
    CAPTURE(seed);
    mutator mutate(static_cast<unsigned>(seed));
    const bool spoil_node = seed % 4 == 0;
    auto text = spoil_node ? node : rich_connection;
    for (std::size_t i = 0; i <= mutate.below(3); ++i) mutate.spoil_bytes(text);
    folder.write("node.json", spoil_node ? text : node);
    folder.write("connections/customers.json", spoil_node ? rich_connection : text);
    check_outcome(folder);
  }
}

TEST_CASE("files with random values changed give a configuration or problems") {
  const config_folder folder;
  const auto node = content(folder.path() / "node.json");
  for (int seed = 0; seed < rounds; ++seed) {
    CAPTURE(seed);
    mutator mutate(static_cast<unsigned>(seed));
    const bool spoil_node = seed % 4 == 0;
    auto tree = nlohmann::ordered_json::parse(spoil_node ? node : rich_connection);
    for (std::size_t i = 0; i <= mutate.below(3); ++i) mutate.spoil_value(tree);
    folder.write("node.json", spoil_node ? tree.dump() : node);
    folder.write("connections/customers.json", spoil_node ? rich_connection : tree.dump());
    check_outcome(folder);
  }
}
