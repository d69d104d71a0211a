#include "runtime/web/console/console_files.hpp"

#include <algorithm>

namespace sluice::web {

const console_file* find_console_file(std::string_view path) {
  if (path.empty()) path = "index.html";
  const auto all = console_files();
  const auto found = std::ranges::lower_bound(all, path, {}, &console_file::path);
  return found != all.end() && found->path == path ? &*found : nullptr;
}

}  // namespace sluice::web
