// The table of functions on the reference page against the one in the program.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "runtime/config/read_calls.hpp"
#include "runtime/json/json_text.hpp"
#include "runtime/values/chain.hpp"
#include "runtime/values/function_table.hpp"
#include "runtime/values/number_text.hpp"

using namespace sluice;

namespace {

struct documented {
  std::string function;
  std::vector<std::string> example;  ///< value, function, result, as JSON
};

/// What stands in back quotes.
std::vector<std::string> quoted_in(const std::string& text) {
  std::vector<std::string> out;
  for (auto at = text.find('`'); at != std::string::npos; at = text.find('`', at + 1)) {
    const auto end = text.find('`', at + 1);
    out.push_back(text.substr(at + 1, end - at - 1));
    at = end;
  }
  return out;
}

std::vector<documented> rows_of_page() {
  std::ifstream in(std::filesystem::path(SLUICE_SOURCE_DIR) / "config/reference.md");
  std::vector<documented> out;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("| ")) inside = false;
    if (line.starts_with("| function | arguments |")) inside = true;
    if (!inside || !line.starts_with("| `")) continue;
    const auto last_cell = line.rfind(" | ");
    out.push_back({quoted_in(line).front(), quoted_in(line.substr(last_cell))});
  }
  return out;
}

/// A value as JSON shows it; `bytes` holds it.
value_view value_of(const std::string& json, std::string& bytes) {
  if (json == "null") return {};
  bytes = json;
  if (json.front() == '{' || json.front() == '[') return {value_kind::json, bytes};
  if (json.front() == '"') {
    bytes = nlohmann::json::parse(json).get<std::string>();
    return {value_kind::text, bytes};
  }
  return {values::normalise_number(json, bytes).value(), bytes};
}

std::string result_of(const std::string& value, const std::string& function) {
  const auto document = config::ordered_json::parse(function);
  std::vector<config::problem> problems;
  const config::reading context("/page.json", problems);
  values::chain calls(config::read_calls(config::json_value(document, context)));
  REQUIRE_MESSAGE(problems.empty(), function);
  std::string bytes;
  const auto made = calls.apply(value_of(value, bytes));
  if (!made) return "refused: " + calls.problem();
  std::string out;
  append_json_value(out, *made);
  return out;
}

}  // namespace

TEST_CASE("the reference page tells of every function, and of none that there is not") {
  std::set<std::string> told;
  for (const auto& row : rows_of_page()) told.insert(row.function);
  std::set<std::string> known;
  for (const auto name : values::function_names()) known.insert(std::string(name));
  CHECK(told == known);
}

TEST_CASE("the examples of functions on the reference page come out as they say") {
  const auto rows = rows_of_page();
  CHECK(rows.size() > 30);
  for (const auto& row : rows) {
    CAPTURE(row.function);
    REQUIRE(row.example.size() == 3);
    CHECK(row.example[1].find("\"" + row.function + "\"") != std::string::npos);
    CHECK(result_of(row.example[0], row.example[1]) == row.example[2]);
  }
}
