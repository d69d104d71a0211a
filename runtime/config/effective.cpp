#include "runtime/config/effective.hpp"

namespace sluice::config {

effective_file effective_of(const reading& read, const ordered_json& document) {
  auto out = document;
  effective_file file{read.file, {}, {}};
  for (const auto& [pointer, shown] : read.notes.shown) {
    const ordered_json::json_pointer place(pointer);
    // Not in `out`: it is in a preset, which is shown filled in.
    if (out.contains(place)) out[place] = shown;
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

}  // namespace sluice::config
