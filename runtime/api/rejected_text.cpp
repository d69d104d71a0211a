#include "runtime/api/rejected_text.hpp"

#include "messages/json.hpp"
#include "messages/timestamp.hpp"

namespace sluice::api {
namespace {

void append_cell(std::string& out, std::string_view text) {
  constexpr std::string_view formulas = "=+-@\t\r";
  out += '"';
  if (!text.empty() && formulas.find(text.front()) != std::string_view::npos) out += '\'';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace

std::string csv_lines(const std::vector<rejected_row>& rows) {
  std::string out;
  for (const auto& row : rows) {
    const char* separator = "";
    for (const auto& cell :
         {row.key, row.operation, row.reason, row.status ? std::to_string(*row.status) : "",
          std::to_string(row.attempts), format_timestamp(row.first_at),
          format_timestamp(row.last_at)}) {
      out += separator;
      append_cell(out, cell);
      separator = ",";
    }
    out += "\r\n";
  }
  return out;
}

std::string json_lines(const std::vector<rejected_row>& rows) {
  std::string out;
  for (const auto& row : rows) {
    const auto array = to_json_text({row});
    out.append(array, 1, array.size() - 2);
    out += '\n';
  }
  return out;
}

}  // namespace sluice::api
