// `sluice presets`
#include <algorithm>
#include <nlohmann/json.hpp>

#include "messages/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/render_preset.hpp"
#include "runtime/cli/text_table.hpp"
#include "runtime/config/suggestion.hpp"

namespace sluice::cli {

exit_code run(const presets_options& what, output& out) {
  const auto all = config::builtin_pages();
  if (what.preset.empty()) {
    if (!out.json()) {
      out.result(list_of(all, out.paint(), what.wide ? text_table::unlimited : output::width()));
      return exit_code::done;
    }
    auto document = nlohmann::ordered_json::array();
    for (const auto& page : all) document.push_back(to_json(page));
    out.document(document);
    return exit_code::done;
  }
  const auto found = std::ranges::find(all, what.preset, &config::preset_page::name);
  if (found == all.end()) {
    std::vector<std::string_view> names;
    for (const auto& page : all) names.push_back(page.name);
    throw failure(errc::usage, "show preset", what.preset, "there is no such preset",
                  config::suggestion(what.preset, names));
  }
  if (out.json()) {
    out.document(to_json(*found));
  } else {
    out.result(text_of(*found, out.paint(), output::width()));
  }
  return exit_code::done;
}

}  // namespace sluice::cli
