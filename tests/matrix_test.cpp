// The table of faults in README.md names tests: each of them is there.
#include <doctest/doctest.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

const std::filesystem::path tests = SLUICE_TESTS_DIR;

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// C++ source with literals that follow each other joined, as the compiler joins them.
std::string with_joined_literals(const std::string& source) {
  std::string out;
  for (const char c : source) {
    out += c;
    if (c != '"') continue;
    auto before = out.size() - 1;
    while (before > 0 && std::isspace(static_cast<unsigned char>(out[before - 1])) != 0) --before;
    if (before > 0 && before < out.size() - 1 && out[before - 1] == '"') out.resize(before - 1);
  }
  return out;
}

struct row {
  std::string number;
  std::string tests;
};

/// The rows of the table: `| number | fault | tests |`.
std::vector<row> rows_of_table() {
  std::vector<row> out;
  std::ifstream in(tests / "README.md");
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("| ") || std::isdigit(static_cast<unsigned char>(line[2])) == 0) continue;
    const auto fault = line.find(" | ");
    const auto named = line.find(" | ", fault + 1);
    REQUIRE(named != std::string::npos);
    out.push_back({line.substr(2, fault - 2), line.substr(named + 3)});
  }
  return out;
}

/// The next text between two such characters from `at` on, which goes behind it.
std::string next_between(const std::string& text, char mark, std::size_t& at) {
  const auto end = text.find(mark, at + 1);
  REQUIRE(end != std::string::npos);
  const auto found = text.substr(at + 1, end - at - 1);
  at = end + 1;
  return found;
}

}  // namespace

TEST_CASE("the table of faults has all its rows, and every test that it names exists") {
  const auto rows = rows_of_table();
  REQUIRE(rows.size() == 40);
  std::size_t named = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(rows[i].number == std::to_string(i + 1));
    std::string file, source;
    for (std::size_t at = 0; (at = rows[i].tests.find_first_of("`\"", at)) != std::string::npos;) {
      if (rows[i].tests[at] == '`') {
        file = next_between(rows[i].tests, '`', at);
        source = with_joined_literals(text_of(tests / file));
        CHECK_MESSAGE(!source.empty(), file);
      } else {
        const auto name = next_between(rows[i].tests, '"', at);
        ++named;
        CHECK_MESSAGE(source.find('"' + name + '"') != std::string::npos, file, ": ", name);
      }
    }
  }
  CHECK(named > 80);
}
