// Documents and comments name what is there: links lead somewhere, and files that are named exist.
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

namespace fs = std::filesystem;

const fs::path root = fs::path(SLUICE_TESTS_DIR).parent_path();

/// The lines of a document, those of examples apart.
struct document {
  fs::path file;
  std::vector<std::string> prose;
  std::vector<std::string> examples;
};

document read(const fs::path& file) {
  document out{file, {}, {}};
  std::ifstream in(file);
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("```"))
      inside = !inside;
    else
      (inside ? out.examples : out.prose).push_back(line);
  }
  return out;
}

/// The files of the root, and of the folders with sources.
std::vector<fs::path> files() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(root))
    if (entry.is_regular_file()) found.push_back(entry.path());
  for (const auto* folder : {"actors", "config", "messages", "runtime", "tests"})
    for (const auto& entry : fs::recursive_directory_iterator(root / folder))
      if (entry.is_regular_file()) found.push_back(entry.path());
  return found;
}

std::vector<document> documents() {
  std::vector<document> found;
  for (const auto& file : files())
    if (file.extension() == ".md") found.push_back(read(file));
  return found;
}

/// The examples of a document in one language, each as a whole.
std::vector<std::string> examples_in(const fs::path& file, const std::string& language) {
  std::vector<std::string> found;
  std::ifstream in(file);
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("```")) {
      inside = line == "```" + language;
      if (inside) found.emplace_back();
    } else if (inside) {
      found.back() += line + "\n";
    }
  }
  return found;
}

std::vector<std::string> matches(const std::string& line, const std::regex& what) {
  std::vector<std::string> found;
  for (auto at = std::sregex_iterator(line.begin(), line.end(), what); at != std::sregex_iterator();
       ++at)
    found.push_back((*at)[1].str());
  return found;
}

/// What a link to a heading says: small letters, blanks as hyphens, no other marks.
std::string anchor_of(const std::string& heading) {
  std::string out;
  for (const char c : heading.substr(std::min(heading.find_first_not_of("# "), heading.size()))) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ') out += '-';
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || byte >= 0x80)
      out += static_cast<char>(std::tolower(byte));
  }
  return out;
}

bool has_anchor(const fs::path& file, const std::string& anchor) {
  const auto lines = read(file).prose;
  return std::ranges::any_of(lines, [&](const std::string& line) {
    return line.starts_with("#") && anchor_of(line) == anchor;
  });
}

bool leads_somewhere(const fs::path& from, const std::string& link) {
  const auto hash = std::min(link.find('#'), link.size());
  const auto file = hash == 0 ? from : from.parent_path() / link.substr(0, hash);
  return fs::exists(file) && (hash == link.size() || has_anchor(file, link.substr(hash + 1)));
}

/// A file or folder, or a header and its source without their ending; named from the root or from
/// the document's folder.
bool exists(const fs::path& document, const std::string& name) {
  for (const auto& folder : {root, document.parent_path()})
    for (const auto* suffix : {"", ".hpp", ".cpp"})
      if (fs::exists(folder / (name + suffix))) return true;
  return false;
}

}  // namespace

TEST_CASE("every link of a document leads somewhere") {
  const std::regex link(R"(\]\(([^)]+)\))");
  std::size_t seen = 0;
  for (const auto& document : documents())
    for (const auto& line : document.prose)
      for (const auto& target : matches(line, link)) {
        if (target.find("://") != std::string::npos) continue;
        ++seen;
        CHECK_MESSAGE(leads_somewhere(document.file, target), document.file, ": ", target);
      }
  CHECK(seen > 20);
}

TEST_CASE("every file that a document names exists") {
  const std::regex quoted("`((?:actors|config|messages|runtime|tests)/[A-Za-z0-9_./-]+)`");
  const std::regex began(R"(^([a-z_]+(?:/[a-z_]+)+)(?:\s.*)?$)");
  std::size_t seen = 0;
  const auto check = [&](const document& document, const std::vector<std::string>& lines,
                         const std::regex& what) {
    for (const auto& line : lines)
      for (const auto& name : matches(line, what)) {
        ++seen;
        CHECK_MESSAGE(exists(document.file, name), document.file, ": ", name);
      }
  };
  for (const auto& document : documents()) {
    check(document, document.prose, quoted);
    check(document, document.examples, began);
  }
  CHECK(seen > 100);
}

TEST_CASE("every example in Python can be read by Python") {
  const sluice::test::temp_dir dir;
  const auto script = dir.path() / "example.py";
  std::size_t seen = 0;
  for (const auto& document : documents())
    for (const auto& example : examples_in(document.file, "python")) {
      ++seen;
      std::ofstream(script) << example;
      const auto read = sluice::test::run_program(
          {.program = "python3",
           .arguments = {"-c", "compile(open('example.py').read(), 'example.py', 'exec')"},
           .directory = dir.path()},
          std::chrono::seconds(30));
      CHECK_MESSAGE(read.exit_code == 0, document.file, ":\n", example, read.errors);
    }
  CHECK(seen >= 3);
}

TEST_CASE("every file that a comment names exists") {
  const std::regex in_folder(
      R"(\b((?:actors|config|messages|runtime|tests)/[a-z0-9_/]+\.(?:hpp|cpp|md))\b)");
  const std::regex by_name(R"((?:^|[^A-Za-z0-9_./])([A-Z]+\.md|[a-z0-9_]+\.hpp)\b)");
  std::set<std::string> names;
  for (const auto& file : files()) names.insert(file.filename().string());
  std::size_t seen = 0;
  for (const auto& file : files()) {
    if (file.extension() != ".hpp" && file.extension() != ".cpp") continue;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      const auto comment = line.substr(std::min(line.find("//"), line.size()));
      for (const auto& name : matches(comment, in_folder)) {
        ++seen;
        CHECK_MESSAGE(fs::exists(root / name), file, ": ", name);
      }
      for (const auto& name : matches(comment, by_name)) {
        ++seen;
        CHECK_MESSAGE(names.contains(name), file, ": ", name);
      }
    }
  }
  CHECK(seen > 10);
}
