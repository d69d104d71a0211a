#include "runtime/cli/render_preview.hpp"

#include <fmt/format.h>

#include <string_view>

#include "runtime/cli/humanize.hpp"
#include "runtime/cli/labelled_lines.hpp"

namespace sluice::cli {
namespace {

std::string counts_text(const preview_result& p) {
  const auto& n = p.counters;
  labelled_lines lines;
  lines.add_count("read", n.read);
  lines.add_count("unchanged", n.unchanged);
  lines.add_count("invalid", n.invalid, n.invalid > 0 ? "not sent" : "");
  lines.add_count("inserts", n.inserts);
  lines.add_count("updates", n.updates);
  lines.add_count("deletes", n.deletes, p.guarded ? "held back by the delete guard" : "");
  if (p.rejected_retried > 0)
    lines.add_count("of these", p.rejected_retried, "were rejected before");
  return lines.render();
}

/// The text with its lines indented; other control characters are replaced.
std::string indented(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    out += "    " + printable(text.substr(0, end)) + '\n';
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

std::string sample_text(const preview_sample& s, const palette& paint) {
  const auto what = s.operation == "read" ? std::string("invalid") : printable(s.operation);
  auto out = fmt::format("\n  {} {}\n", paint.bold(what), printable(s.key));
  if (!s.reason.empty()) out += "    " + paint.red(printable(s.reason)) + '\n';
  return out + indented(s.rendered);
}

}  // namespace

std::string preview_text(const preview_result& p, const palette& paint) {
  auto out = fmt::format("{}: a run now would be {}, mode {}{}\n",
                         paint.bold(printable(p.connection)), to_string(p.type), to_string(p.mode),
                         p.reason.empty() ? "" : ": " + printable(p.reason));
  out += counts_text(p);
  for (const auto& warning : p.warnings)
    out += "  " + paint.yellow("warning: " + printable(warning)) + '\n';
  if (p.guarded) out += "  " + paint.red(printable(p.guarded.text())) + '\n';
  for (const auto& s : p.samples) out += sample_text(s, paint);
  return out;
}

}  // namespace sluice::cli
