#include "runtime/destinations/http/answer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>
#include <utility>

#include "messages/utf8.hpp"
#include "runtime/log/printable.hpp"

namespace sluice::destinations {
namespace {

using nlohmann::json;
using kind = row_verdict::kind;

/// Of the API's own words.
constexpr std::size_t longest_message = 2048;

std::string shortened(std::string_view text) {
  return std::string(whole_characters(text, longest_message));
}

/// The document; discarded if it is not JSON, or nested more deeply than can be gone through.
json parse(std::string_view body) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > config::limits::depth) return json::value_t::discarded;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return json::parse(body, nullptr, false);
}

/// The value at `pointer`, or null if there is none.
const json* find(const json& document, const std::string& pointer) {
  const json::json_pointer at(pointer);
  return document.contains(at) ? &document[at] : nullptr;
}

/// A value as the text that rows' values are compared with.
std::string compared_text(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string message_of(const json& item, const config::http_results& results) {
  const json* found = results.error ? find(item, *results.error) : nullptr;
  if (found == nullptr) found = &item;
  return shortened(log::printable(
      found->is_string() ? found->get<std::string>()
                         : found->dump(-1, ' ', false, json::error_handler_t::replace)));
}

/// Finds the row that an item is about.
class row_finder {
 public:
  row_finder(const config::http_results& results, std::size_t rows,
             std::span<const std::string> values)
      : results_(results), rows_(rows) {
    for (std::size_t i = 0; i < values.size(); ++i) by_value_[values[i]].push_back(i);
  }

  /// The rows, several if they share the value that is compared.
  std::vector<std::size_t> of(const json& item, std::size_t position) const {
    if (const auto* const index = std::get_if<config::http_results::by_index>(&results_.match)) {
      const auto* const found = find(item, index->item);
      if (found == nullptr) return {};
      const auto text = compared_text(*found);
      std::size_t row = rows_;
      std::from_chars(text.data(), text.data() + text.size(), row);
      return row < rows_ && std::to_string(row) == text ? std::vector{row}
                                                        : std::vector<std::size_t>{};
    }
    if (const auto* const value = std::get_if<config::http_results::by_value>(&results_.match)) {
      const auto* const found = find(item, value->item);
      const auto rows = found == nullptr ? by_value_.end() : by_value_.find(compared_text(*found));
      return rows == by_value_.end() ? std::vector<std::size_t>{} : rows->second;
    }
    return position < rows_ ? std::vector<std::size_t>{position} : std::vector<std::size_t>{};
  }

 private:
  const config::http_results& results_;
  std::size_t rows_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_value_;
};

/// `successes`: the values of `results.ok`.
bool is_ok(const json& item, const config::http_results& results,
           const std::vector<json>& successes) {
  if (results.lists == config::http_results::listing::failed_rows) return false;
  if (!results.ok) return true;
  const auto* const found = find(item, results.ok->pointer);
  return found != nullptr && std::ranges::find(successes, *found) != successes.end();
}

}  // namespace

row_verdicts read_results(const config::http_results& results, std::string_view body,
                          std::size_t rows, std::span<const std::string> values) {
  row_verdicts out;
  const bool only_failed = results.lists == config::http_results::listing::failed_rows;
  const auto document = parse(body);
  if (document.is_discarded()) {
    out.unreadable = "the answer is not JSON that can be read";
    return out;
  }
  const auto* const items = find(document, results.items);
  if (items == nullptr || items->is_null()) {
    if (!only_failed) out.unreadable = "the answer has nothing at \"" + results.items + "\"";
    out.rows.assign(rows, {only_failed ? kind::delivered : kind::unknown, {}});
    return out;
  }
  if (!items->is_array()) {
    out.unreadable = "what the answer has at \"" + results.items + "\" is no array";
    return out;
  }

  std::vector<std::optional<row_verdict>> told(rows);
  const row_finder finder(results, rows, values);
  std::vector<json> successes;
  if (results.ok)
    std::ranges::transform(results.ok->in, std::back_inserter(successes),
                           [](auto& x) { return json::parse(x); });
  bool stray = false;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const auto& item = (*items)[i];
    const auto about = finder.of(item, i);
    stray = stray || about.empty();
    for (const auto row : about) {
      // A row that is told of twice failed if it failed once.
      if (told[row] && told[row]->what == kind::rejected) continue;
      told[row] = is_ok(item, results, successes)
                      ? row_verdict{kind::delivered, {}}
                      : row_verdict{kind::rejected, message_of(item, results)};
    }
  }
  // An error that is about no row of the request may be about any of them.
  const auto untold = only_failed && !stray ? kind::delivered : kind::unknown;
  for (auto& verdict : told)
    out.rows.push_back(verdict ? std::move(*verdict) : row_verdict{untold, {}});
  if (rows > 0 &&
      std::ranges::all_of(out.rows, [](const row_verdict& r) { return r.what == kind::unknown; }))
    out.unreadable = "the answer tells of no row of the request";
  return out;
}

std::string failure_text(std::string_view body) {
  static const std::array places{
      json::json_pointer("/message"), json::json_pointer("/error/message"),
      json::json_pointer("/error"),   json::json_pointer("/detail"),
      json::json_pointer("/title"),   json::json_pointer("/errors/0/message")};
  const auto document = parse(body);
  if (!document.is_discarded()) {
    for (const auto& place : places) {
      if (document.contains(place) && document[place].is_string())
        return shortened(log::printable(document[place].get<std::string>()));
    }
  }
  return shortened(log::printable(whole_characters(body, longest_message)));
}

std::string status_text(int status) {
  static constexpr std::array<std::pair<int, std::string_view>, 24> names{{
      {301, "Moved Permanently"},
      {302, "Found"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {402, "Payment Required"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {407, "Proxy Authentication Required"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {413, "Content Too Large"},
      {415, "Unsupported Media Type"},
      {422, "Unprocessable Content"},
      {423, "Locked"},
      {425, "Too Early"},
      {429, "Too Many Requests"},
      {500, "Internal Server Error"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
  }};
  auto text = "HTTP " + std::to_string(status);
  for (const auto& [code, name] : names) {
    if (code == status) text += " " + std::string(name);
  }
  return text;
}

}  // namespace sluice::destinations
