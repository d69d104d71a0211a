#include "runtime/cli/render_preset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/cli/text_table.hpp"

namespace sluice::cli {
namespace {

using config::preset_page;
using nlohmann::ordered_json;

constexpr std::size_t widest = 100;  ///< longer lines are hard to read

/// `text` in lines, the first behind `head`, the others under it.
std::string wrapped(const std::string& head, std::string_view text, std::size_t width) {
  const std::string indent(display_width(head), ' ');
  auto line = head;
  std::string out;
  bool fresh = true;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(' ', at), text.size());
    const auto word = text.substr(at, end - at);
    if (!fresh && display_width(line) + 1 + display_width(word) > width) {
      out += line + "\n";
      line = indent;
      fresh = true;
    }
    line += (fresh ? "" : " ") + std::string(word);
    fresh = false;
    at = end + 1;
  }
  return out + line + "\n";
}

std::string written(const ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string modes_of(const preset_page& page) {
  std::string out;
  for (const auto& mode : page.modes)
    if (mode.refused.empty()) out += (out.empty() ? "" : ", ") + std::string(to_string(mode.is));
  return out;
}

class page_text {
 public:
  page_text(const preset_page& page, const palette& paint, std::size_t width)
      : page_(page), paint_(paint), width_(std::min(width, widest)) {}

  std::string text() {
    out_ = wrapped("", paint_.bold(page_.name) + "  " + page_.title, width_);
    out_ += page_.documentation + "\n";
    bullets("", page_.notes);
    modes();
    parameters();
    mapping();
    if (!page_.credential.empty()) {
      heading("Credential");
      out_ += wrapped("  ", page_.credential, width_);
    }
    limits();
    heading("A connection, as connections/" + page_.name + ".json");
    out_ += page_.example.dump(2) + "\n";
    if (page_.credentials.is_null()) return std::move(out_);
    heading("In node.json");
    out_ += "\"credentials\": " + page_.credentials.dump(2) + "\n";
    return std::move(out_);
  }

 private:
  void heading(const std::string& words) { out_ += "\n" + paint_.bold(words) + "\n"; }

  void bullets(const std::string& words, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    words.empty() ? void(out_ += "\n") : heading(words);
    for (const auto& line : lines) out_ += wrapped("  - ", line, width_);
  }

  void modes() {
    heading("Modes");
    out_ += wrapped("  ", modes_of(page_), width_);
    for (const auto& mode : page_.modes) {
      if (mode.refused.empty()) continue;
      out_ += wrapped("  not " + std::string(to_string(mode.is)) + ": ", mode.refused, width_);
    }
  }

  void parameters() {
    if (page_.parameters.empty()) return;
    heading("Parameters, in \"with\"");
    std::size_t names = 0;
    for (const auto& each : page_.parameters) names = std::max(names, each.name.size());
    for (const auto& each : page_.parameters) {
      auto about = each.description;
      if (!each.otherwise.is_null()) about += "; default: " + written(each.otherwise);
      if (each.secret) about += "; secret";
      out_ += wrapped(fmt::format("  {:<{}}  ", each.name, names), about, width_);
    }
  }

  void mapping() {
    if (page_.required.empty()) return;
    heading("The mapping must have");
    for (const auto& [fields, why] : page_.required)
      out_ += wrapped("  ", fmt::format("{}: {}", fmt::join(fields, ", or "), why), width_);
  }

  void limits() {
    auto lines = page_.limits;
    if (!page_.identity.empty()) lines.push_back("Rows are told apart by " + page_.identity + ".");
    bullets("Limits of the API, and what counts as one row", lines);
  }

  const preset_page& page_;
  const palette& paint_;
  std::size_t width_;
  std::string out_;
};

}  // namespace

std::string list_of(const std::vector<preset_page>& all, const palette& paint, std::size_t width) {
  text_table table{{{"PRESET"}, {"MODES"}, {"WHAT IT WRITES"}}};
  for (const auto& page : all) {
    const bool mirror = page.offers(sync_mode::mirror), upsert = page.offers(sync_mode::upsert);
    const auto* const most = mirror ? "upsert, mirror" : upsert ? "upsert" : nullptr;
    table.add({page.name, most == nullptr ? modes_of(page) : most, page.title});
  }
  return table.render(paint, width) +
         "\n`sluice presets NAME` shows what it needs, and an example.\n";
}

std::string text_of(const preset_page& page, const palette& paint, std::size_t width) {
  return page_text(page, paint, width).text();
}

ordered_json to_json(const preset_page& page) {
  auto modes = ordered_json::object();
  for (const auto& mode : page.modes)
    modes[std::string(to_string(mode.is))] =
        mode.refused.empty() ? ordered_json(true) : ordered_json(mode.refused);
  auto parameters = ordered_json::array();
  for (const auto& each : page.parameters)
    parameters.push_back({{"name", each.name},
                          {"description", each.description},
                          {"default", each.otherwise},
                          {"secret", each.secret}});
  auto required = ordered_json::array();
  for (const auto& [fields, why] : page.required)
    required.push_back({{"fields", fields}, {"why", why}});
  return {{"name", page.name},
          {"title", page.title},
          {"documentation", page.documentation},
          {"notes", page.notes},
          {"modes", modes},
          {"parameters", parameters},
          {"requires", required},
          {"credential", page.credential},
          {"limits", page.limits},
          {"destination", page.destination},
          {"example", page.example},
          {"credentials", page.credentials}};
}

}  // namespace sluice::cli
