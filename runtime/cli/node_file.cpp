#include "runtime/cli/node_file.hpp"

#include <string>
#include <utility>

#include "messages/error.hpp"

namespace sluice::cli {

config::node_config node_of(const std::filesystem::path& file) {
  auto loaded = config::load_node(file);
  if (loaded.config) return std::move(*loaded.config);
  std::string problems;
  for (const auto& p : loaded.problems)
    problems += (problems.empty() ? "" : "; ") + config::to_text(p);
  throw failure(errc::invalid_config, "read configuration", file.string(), problems, {});
}

}  // namespace sluice::cli
