#include "runtime/web/console/console_files.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "tests/support/gzip.hpp"

namespace sluice::web {
namespace {

namespace fs = std::filesystem;

const fs::path source_dir = SLUICE_CONSOLE_DIR;

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// What a file names with `src`, `href` or `import … from`, as paths of the console. A link to
/// another place of the page (`#/…`) and what a module computes is none of them.
std::set<std::string> named_by(const console_file& file) {
  static const std::regex in_page{R"re((?:src|href)="([^"#:]+)")re"};
  static const std::regex in_module{R"re((?:from|import) '(\.[^']+)')re"};
  const auto text = test::gunzip(file.gzipped);
  const bool is_page = file.path.ends_with(".html");
  if (!is_page && !file.path.ends_with(".js")) return {};
  std::set<std::string> out;
  const auto folder = fs::path(file.path).parent_path();
  for (std::sregex_iterator at(text.begin(), text.end(), is_page ? in_page : in_module), end;
       at != end; ++at)
    out.insert((folder / (*at)[1].str()).lexically_normal().string());
  return out;
}

}  // namespace

TEST_CASE("each file of the console inflates to its source") {
  CHECK(console_files().size() > 20);
  for (const auto& file : console_files()) {
    CAPTURE(file.path);
    const auto text = test::gunzip(file.gzipped);
    CHECK(text == text_of(source_dir / file.path));
    CHECK(text.size() == file.size);
  }
}

TEST_CASE("every file in the console's folders is served") {
  for (const auto& entry : fs::recursive_directory_iterator(source_dir)) {
    const auto ending = entry.path().extension();
    if (ending != ".js" && ending != ".css" && ending != ".html" && ending != ".svg") continue;
    const auto path = fs::relative(entry.path(), source_dir).string();
    CAPTURE(path);
    CHECK(find_console_file(path) != nullptr);
  }
}

TEST_CASE("the console takes less than 100 kB") {
  std::size_t sum = 0;
  for (const auto& file : console_files()) sum += file.gzipped.size();
  CHECK(sum < 100'000);
}

TEST_CASE("whatever a file of the console names is there, and every file is named") {
  std::set<std::string> named{"index.html"};
  for (const auto& file : console_files())
    for (const auto& path : named_by(file)) {
      CAPTURE(file.path);
      CAPTURE(path);
      CHECK(find_console_file(path) != nullptr);
      named.insert(path);
    }
  CHECK(named.size() == console_files().size());
}

TEST_CASE("a file of the console is found by its path alone") {
  CHECK(find_console_file("")->path == "index.html");
  CHECK(find_console_file("index.html")->type == "text/html; charset=utf-8");
  CHECK(find_console_file("screens/run.js")->type == "text/javascript; charset=utf-8");
  for (const auto* path :
       {"/", "/index.html", "INDEX.HTML", "screens", "screens/", "../web/listener.cpp",
        "screens/../app.js", "index.htm", "index.html "}) {
    CAPTURE(path);
    CHECK(find_console_file(path) == nullptr);
  }
}

TEST_CASE("no two files of the console share an entity tag") {
  std::set<std::string_view> tags;
  for (const auto& file : console_files()) {
    CHECK(file.etag.size() == 34);
    CHECK(file.etag.front() == '"');
    CHECK(file.etag.back() == '"');
    tags.insert(file.etag);
  }
  CHECK(tags.size() == console_files().size());
}

TEST_CASE("the page has no script and no style of its own, which its policy forbids") {
  const auto page = test::gunzip(find_console_file("")->gzipped);
  CHECK_FALSE(std::regex_search(
      page, std::regex{R"re(<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=)re"}));
  CHECK_FALSE(std::regex_search(page, std::regex{R"re((src|href)="(https?:)?//)re"}));
}

}  // namespace sluice::web
