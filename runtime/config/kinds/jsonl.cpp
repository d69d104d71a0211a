// The kind `jsonl`: a file that changes are appended to.
#include <nlohmann/json.hpp>

#include "runtime/config/destination_kind.hpp"
#include "runtime/config/section.hpp"

namespace sluice::config {

void read_kind(section& destination, jsonl_config& out) {
  out.path = destination.required("path", "name the file that deltas are appended to")
                 .as_path()
                 .value_or("");
}

void check_kind(const json_value&, const connection_config&, const jsonl_config&) {}

std::optional<unmet_requirement> no_marking(const jsonl_config&) { return std::nullopt; }

std::optional<sole_file> file_of(const jsonl_config& of) { return sole_file{of.path, "path"}; }

std::vector<late_secret> late_secrets(const jsonl_config&) { return {}; }

nlohmann::ordered_json identity_of(const jsonl_config& of) {
  return {{"kind", jsonl_config::kind_name}, {"path", of.path.string()}};
}

std::uint32_t usual_batch_rows(const jsonl_config&) { return defaults::batch_rows; }

std::optional<double> rows_per_second(const jsonl_config&, operation) { return std::nullopt; }

std::chrono::milliseconds request_timeout(const jsonl_config&) { return {}; }

bool remembers_answers(const jsonl_config&) { return false; }

}  // namespace sluice::config
