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

constexpr int rounds = 600;

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Valid connections that use every key, for mutations to find.
constexpr auto* table_connection = R"({
  "name": "customers",
  "source": {"odbc": "Driver=X;Pwd={a;b}}${env:SHOP_PASSWORD}}", "query": "SELECT '$${x}'",
             "key": ["id", "shop"], "change_detection": "snapshot"},
  "mode": "mirror",
  "mapping": {"id": "id", "shop": {"column": "shop"}, "a\\.b": {"column": "c", "as": "json"},
              "d": {"constant": {"x": [1, null, "y"]}}, "e": {"template": "{id}{{}} {shop}"}},
  "destination": {"kind": "odbc", "odbc": "Driver=X", "table": "t", "create": true},
  "schedule": {"every": "15m", "starting_at": "06:00", "timezone": "Europe/Zurich"},
  "delivery": {"writers": 2, "batch_rows": 1000, "window": 8, "drain_timeout": "60s"},
  "max_delete_percent": 30
})";

constexpr auto* api_connection = R"({
  "schedule": {"cron": "*/5 0-6 1,15 jan-mar mon", "timezone": "Europe/Zurich"},
  "source": {"odbc": "Driver=X", "table": "t", "key": ["id"]},
  "mode": "mirror",
  "mapping": {"id": "id", "name.first": "f"},
  "destination": {
    "kind": "http", "headers": {"Authorization": "Bearer ${env:SHOP_PASSWORD}", "X-Run": "{{run}}"},
    "basic_auth": {"user": "u", "password": "${env:SHOP_PASSWORD}"},
    "results": {"items": "/all", "match": {"key": "id", "item": "/id"},
                "ok": {"pointer": "/status", "in": ["ok", 200]}, "error": "/why/0"},
    "batch_rows": 10, "max_body": "500kB", "gzip": true,
    "rate_limit": {"requests": 5, "per": "1s"}, "timeout": "30s",
    "retry": {"base": "500ms", "cap": "60s", "give_up_after": "10m"},
    "idempotency_header": "Idempotency-Key",
    "identity": {"name.first": ["trim", "casefold"], "id": "number"},
    "tls": {"ca": "ca.pem", "certificate": "c.pem", "key": "k.pem"},
    "insert": {"method": "POST", "url": "https://a.example/v1?key=x", "headers": {"X-A": "b"},
               "body": {"people": "{{rows}}", "of": ["{{connection}} {{op}}", 1, null]},
               "item": {"n": "{{index}}", "row": "{{row}}", "id": "{{key.id|string}}"},
               "batch_rows": 5, "results": {"errors": "/bad", "match": {"index": "/i"}}},
    "update": {"method": "PUT", "url": "https://a.example/v1/{{key.id}}", "body": "{{row.name.first}}"},
    "delete": {"method": "DELETE", "url": "https://a.example/v1/{{key.id}}?id={{id}}"}}
})";

constexpr auto* preset_connection = R"({
  "source": {"odbc": "Driver=X", "table": "t", "key": ["id"]},
  "destination": {"kind": "http", "preset": "../people.json", "gzip": true,
                  "with": {"url": "https://a.example", "token": "${env:SHOP_PASSWORD}", "rows": 5}}
})";

constexpr auto* preset = R"({
  "preset": {"title": "People", "documentation": "https://a.example",
             "parameters": {"url": {"description": "address"}, "rows": {"default": 50},
                            "token": {"description": "token", "secret": true, "default": "x"}}},
  "destination": {"headers": {"Authorization": "Bearer ${param:token}"}, "batch_rows": "${param:rows}",
                  "upsert": {"method": "POST", "url": "${param:url}/v1",
                             "body": {"${param:token}": "{{rows}}"}}}
})";

/// One valid file of the configuration, to be spoilt, and where it stands.
struct victim {
  const char* file;
  std::string text;
  const char* connection = nullptr;  ///< what connections/customers.json holds, where not this
};

std::vector<victim> victims(const config_folder& folder) {
  return {{"node.json", content(folder.path() / "node.json"), table_connection},
          {"connections/customers.json", table_connection},
          {"connections/customers.json", api_connection},
          {"connections/customers.json", preset_connection},
          {"people.json", preset, preset_connection}};
}

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
  folder.write("people.json", preset);
  for (const auto& victim : victims(folder)) {
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
