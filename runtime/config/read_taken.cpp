// Values that are taken from answers: by look-ups, or to be remembered.
#include <algorithm>
#include <cctype>

#include "runtime/config/read_http.hpp"

namespace sluice::config {
namespace {

/// Whether a template can name it without escapes.
bool is_plain(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-';
  });
}

}  // namespace

std::vector<taken_value> read_taken(const json_value& taken, const std::string& source) {
  std::vector<taken_value> out;
  if (!taken.present() || !taken.is_object()) return out;
  for (const auto& [name, pointer] : taken.members()) {
    if (!is_plain(name))
      pointer.complain(
          "\"" + name + "\" cannot name a value",
          "a name has letters, digits, dashes and underscores: {{" + source + ".account_id}}");
    out.push_back({name, read_pointer(pointer).value_or("")});
  }
  return out;
}

std::vector<std::string> names_taken(const json_value& section, const char* key) {
  std::vector<std::string> out;
  if (!section.present() || !section.raw().is_object()) return out;
  const auto taken = section.member(key);
  if (!taken.present() || !taken.raw().is_object()) return out;
  for (const auto& [name, pointer] : taken.raw().items()) out.push_back(name);
  return out;
}

void check_remember(const json_value& remember, const http_request_config& request) {
  if (request.remember.empty()) return;
  if (request.name == "delete")
    return remember.complain("is about rows that are there", "remove it");
  if (request.per_row) return;
  if (!request.results)
    return remember.complain(
        "is about single rows, and the answer to a batch does not say which item is about which",
        "say it in \"results\", or send a request for each row");
  if (request.results->lists == http_results::listing::failed_rows)
    remember.complain("is about delivered rows, and \"results\" has only the failed ones",
                      "name the list of all rows in \"results\".\"items\"");
}

}  // namespace sluice::config
