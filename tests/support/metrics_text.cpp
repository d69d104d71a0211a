#include "tests/support/metrics_text.hpp"

#include <charconv>
#include <cmath>
#include <regex>
#include <set>

namespace sluice::test {
namespace {

const std::regex comment("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)");
// A value of a label escapes backslash, quote and line end, and nothing else.
const std::regex sample(
    R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_]\w*="(?:[^"\\]|\\[\\"n])*"(?:,[a-zA-Z_]\w*="(?:[^"\\]|\\[\\"n])*")*\})? (\S+))re");

struct reader {
  metrics_text out;
  std::string family;          ///< whose samples come
  std::set<std::string> seen;  ///< families

  void complain(const std::string& what, const std::string& line) {
    out.problems.push_back(what + ": " + line);
  }

  void head(const std::smatch& m, const std::string& line) {
    const bool help = m[1] == "HELP";
    if (help) {
      family = m[2];
      if (!seen.insert(family).second) complain("a family in two pieces", line);
      return;
    }
    if (m[2] != family) complain("a type without a help before it", line);
    if (m[3] != "counter" && m[3] != "gauge") complain("not a type that is used here", line);
    if ((m[3] == "counter") != family.ends_with("_total"))
      complain("counters, and only they, are called _total", line);
    if (!out.types.emplace(m[2], m[3]).second) complain("a second type", line);
  }

  void value(const std::smatch& m, const std::string& line) {
    if (m[1] != family || !out.types.contains(family)) complain("a sample out of place", line);
    const auto text = m[3].str();
    double number = 0;
    const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc{} || rest != text.data() + text.size() || !std::isfinite(number))
      complain("not a finite number", line);
    if (number < 0) complain("negative", line);
    if (!out.series.emplace(m[1].str() + m[2].str(), number).second)
      complain("a second sample of the series", line);
  }

  void take(const std::string& line) {
    std::smatch m;
    if (std::regex_match(line, m, comment)) {
      head(m, line);
    } else if (std::regex_match(line, m, sample)) {
      value(m, line);
    } else {
      complain("not a line of the format", line);
    }
  }
};

}  // namespace

metrics_text read_metrics(std::string_view text) {
  reader r;
  if (!text.ends_with('\n')) r.complain("the last line does not end", "");
  while (!text.empty()) {
    const auto end = text.find('\n');
    r.take(std::string(text.substr(0, end)));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return std::move(r.out);
}

std::vector<std::string> gone_back(const metrics_text& before, const metrics_text& after) {
  std::vector<std::string> worse;
  for (const auto& [name, value] : before.series) {
    const auto type = before.types.find(name.substr(0, name.find('{')));
    if (type == before.types.end() || type->second != "counter") continue;
    const auto now = after.series.find(name);
    if (now == after.series.end() || now->second < value) worse.push_back(name);
  }
  return worse;
}

}  // namespace sluice::test
