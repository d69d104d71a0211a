#include "runtime/config/effective.hpp"

#include <ranges>
#include <set>
#include <string_view>

#include "runtime/config/commented_json.hpp"
#include "runtime/log/printable.hpp"

namespace sluice::config {

effective_file effective_of(const reading& read, const ordered_json& document) {
  auto out = document;
  effective_file file{read.file, {}, {}};
  for (const auto& [pointer, shown] : read.notes.shown) {
    const ordered_json::json_pointer place(pointer);
    if (out.contains(place)) out[place] = shown;  // else within a preset, which is shown filled in
  }
  for (const auto& [pointer, value] : read.notes.defaults) {
    const ordered_json::json_pointer place(pointer);
    if (out.contains(place)) continue;
    out[place] = value;
    file.defaults.push_back(pointer);
  }
  file.json = out.dump(2);
  return file;
}

std::string text_of(const effective_file& file) {
  constexpr std::size_t width = 80;
  auto text = "// " + log::printable(file.file.string()) + "\n";
  const std::set<std::string> defaults(file.defaults.begin(), file.defaults.end());
  const auto settings = commented_json(parse_dumped(file.json), defaults, "// default", width);
  for (const auto line : std::views::split(settings, '\n'))
    if (!line.empty()) text += log::printable(std::string_view(line.begin(), line.end())) + "\n";
  return text;
}

ordered_json to_json(const effective_file& file) {
  return {{"file", file.file.string()},
          {"settings", parse_dumped(file.json)},
          {"defaults", file.defaults}};
}

}  // namespace sluice::config
