#include "runtime/destinations/http/row_results.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <utility>

#include "messages/row.hpp"
#include "runtime/diff/row_identity.hpp"
#include "runtime/http/answer_text.hpp"
#include "runtime/http/json_places.hpp"

namespace sluice::destinations {
namespace {

using nlohmann::json;
using kind = row_verdict::kind;

std::string message_of(const json& item, const config::http_results& results) {
  const json* found = results.error ? http::value_at(item, *results.error) : nullptr;
  return http::shown_text(http::compared_text(found == nullptr ? item : *found));
}

using listing = config::http_results::listing;

/// Whether `value` means that there is no failure: `"errors": false`, or an empty value of any
/// type.
bool no_failures(const json* value) {
  return value == nullptr || !http::says_something(*value) || *value == false;
}

/// Rows by one of their values, as the API identifies it.
class rows_by_value {
 public:
  using positions = std::vector<std::size_t>;

  rows_by_value(std::span<const std::string> values, const identity_column& identity)
      : identity_(identity_rule{{identity}}) {
    for (std::size_t i = 0; i < values.size(); ++i) rows_[identity_of(values[i])].push_back(i);
  }

  /// `text` may be another spelling of the value, or the form in which the API stores it.
  [[nodiscard]] positions of(const std::string& text) {
    auto rows = rows_.find(identity_of(text));
    if (rows == rows_.end()) rows = rows_.find(packed(text));
    return rows == rows_.end() ? positions{} : rows->second;
  }

 private:
  static std::string packed(std::string_view text) {
    std::string out;
    append_value(out, value_kind::text, text);
    return out;
  }
  std::string identity_of(std::string_view text) { return std::string(identity_.of(packed(text))); }

  diff::row_identity identity_;
  std::unordered_map<std::string, positions> rows_;
};

/// Finds the row that an item is about.
class row_finder {
 public:
  row_finder(const config::http_results& results, std::size_t rows,
             std::span<const std::string> values, const identity_column& identity)
      : results_(results), rows_(rows), by_value_(values, identity) {}

  /// The rows, several if they share the value that is compared.
  std::vector<std::size_t> of(const json& item, std::size_t position) {
    if (std::holds_alternative<config::http_results::only_row>(results_.match)) return {0};
    if (const auto* const index = std::get_if<config::http_results::by_index>(&results_.match)) {
      const auto* const found = http::value_at(item, index->item);
      if (found == nullptr) return {};
      const auto text = http::compared_text(*found);
      std::size_t row = rows_;
      std::from_chars(text.data(), text.data() + text.size(), row);
      return row < rows_ && std::to_string(row) == text ? std::vector{row}
                                                        : std::vector<std::size_t>{};
    }
    if (const auto* const value = std::get_if<config::http_results::by_value>(&results_.match)) {
      const auto* const found = http::value_at(item, value->item);
      return found == nullptr ? std::vector<std::size_t>{}
                              : by_value_.of(http::compared_text(*found));
    }
    return position < rows_ ? std::vector<std::size_t>{position} : std::vector<std::size_t>{};
  }

 private:
  const config::http_results& results_;
  std::size_t rows_;
  rows_by_value by_value_;
};

/// A compiled condition on an item.
class item_condition {
 public:
  explicit item_condition(const config::http_results::condition& asked) : pointer_(asked.pointer) {
    std::ranges::transform(asked.in, std::back_inserter(values_),
                           [](auto& x) { return json::parse(x); });
  }
  [[nodiscard]] bool holds(const json& item) const {
    const auto* const found = http::value_at(item, pointer_);
    return found != nullptr && std::ranges::find(values_, *found) != values_.end();
  }

 private:
  std::string pointer_;
  std::vector<json> values_;
};

/// The verdict of an item on its row.
class item_outcome {
 public:
  explicit item_outcome(const config::http_results& results)
      : only_failed_(results.lists == listing::failed_rows) {
    if (results.ok) ok_.emplace(*results.ok);
    if (results.exists) exists_.emplace(*results.exists);
    if (results.missing) missing_.emplace(*results.missing);
  }
  [[nodiscard]] kind of(const json& item) const {
    if (exists_ && exists_->holds(item)) return kind::exists;
    if (missing_ && missing_->holds(item)) return kind::missing;
    if (only_failed_) return kind::rejected;
    return !ok_ || ok_->holds(item) ? kind::delivered : kind::rejected;
  }

 private:
  bool only_failed_;
  std::optional<item_condition> ok_;
  std::optional<item_condition> exists_;
  std::optional<item_condition> missing_;
};

/// Whether an object stands for the list, as its only item. It must have a verdict: an object may
/// also be an answer of another shape, or a list that a program wrote as an object.
bool is_item(const config::http_results& results, const json& value) {
  if (!value.is_object() || !results.ok || results.lists == listing::failed_rows) return false;
  return http::value_at(value, results.ok->pointer) != nullptr ||
         (results.error && http::value_at(value, *results.error) != nullptr);
}

/// The items of an answer, or why there are none.
struct item_list {
  std::vector<const json*> items;
  std::string unreadable;
};

item_list items_of(const config::http_results& results, const http::answer_body& body) {
  const bool only_failed = results.lists == listing::failed_rows;
  // An API that only reports failures often sends no body if there are none.
  if (only_failed && body.blank() && body.problem().empty()) return {};
  const auto* const document = body.document();
  if (document == nullptr) return {{}, body.why_no_document()};
  const auto* const found = http::value_at(*document, results.items);
  if (only_failed && no_failures(found)) return {};
  if (found == nullptr || found->is_null())
    return {{}, "the answer has nothing at \"" + results.items + "\""};
  if (found->is_array()) {
    item_list out;
    for (const auto& item : *found) out.items.push_back(&item);
    return out;
  }
  const bool of_row = std::holds_alternative<config::http_results::only_row>(results.match);
  if (is_item(results, *found) || (only_failed && of_row)) return {{found}, {}};
  return {{},
          "what the answer has at \"" + results.items + "\" is no array" +
              (results.ok && found->is_object() ? " and tells no outcome" : "")};
}

/// Whether the answer is one object that is about all rows of a batch alike.
bool is_about_batch(const config::http_results& results, const item_list& list,
                    const http::answer_body& body) {
  return list.items.size() == 1 &&
         std::holds_alternative<config::http_results::by_position>(results.match) &&
         http::value_at(*body.document(), results.items)->is_object();
}

/// Beyond it not every whole number is a double.
constexpr double exact_doubles = 9007199254740992.0;  // 2^53

/// Appends a single value, packed. Returns what there is instead, if there is none.
std::string append_found(std::string& packed, const json& value) {
  if (value.is_null()) {
    append_value(packed, {});
  } else if (value.is_string()) {
    append_value(packed, value_kind::text, value.get_ref<const std::string&>());
  } else if (value.is_boolean()) {
    append_value(packed, value_kind::boolean, value.get<bool>() ? "1" : "0");
  } else if (value.is_number_integer()) {
    append_value(packed, value_kind::integer, value.dump());
  } else if (value.is_number_float()) {
    if (std::abs(value.get<double>()) >= exact_doubles)
      return "a number that is too large to be exact";
    append_value(packed, value_kind::real, value.dump());
  } else {
    return value.is_array() ? "an array" : "an object";
  }
  return {};
}

std::string place_of(const config::taken_value& what) { return " at \"" + what.pointer + "\""; }

row_verdict no_value(const std::string& instead, const std::string& place) {
  return {kind::rejected, "the answer has " + instead + place + ", and no value"};
}

/// What a look-up takes from the item about a row.
row_verdict found_in(const json& item, const std::vector<config::taken_value>& take) {
  static const json nothing;
  row_verdict out{kind::delivered, {}};
  for (const auto& each : take) {
    const auto* const found = http::value_at(item, each.pointer);
    const auto& value = found == nullptr ? nothing : *found;
    const auto at = place_of(each);
    if (const auto instead = append_found(out.found, value); !instead.empty())
      return no_value(instead, at);
    if (out.what != kind::delivered || !value.is_null()) continue;
    out.what = kind::missing;
    out.reason = "the answer has " + std::string(found == nullptr ? "nothing" : "null") + at;
  }
  return out;
}

row_verdict found_nothing(const std::vector<config::taken_value>& take, std::string why) {
  auto out = found_in(json(), take);
  out.reason = std::move(why);
  return out;
}

/// What the items of an answer have for each row.
row_verdicts found_by_row(const config::http_request_config& lookup, const item_list& list,
                          row_finder& finder, std::size_t rows) {
  std::vector<std::optional<row_verdict>> told(rows);
  const item_outcome outcome(*lookup.results);
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const auto& item = *list.items[i];
    for (const auto row : finder.of(item, i)) {
      if (told[row]) continue;
      const auto is = outcome.of(item);
      if (is == kind::delivered) {
        told[row] = found_in(item, lookup.take);
      } else if (is == kind::missing) {
        told[row] = found_nothing(lookup.take, message_of(item, *lookup.results));
      } else {
        told[row] = row_verdict{kind::rejected, message_of(item, *lookup.results)};
      }
    }
  }
  row_verdicts out;
  for (auto& verdict : told)
    out.rows.push_back(verdict ? std::move(*verdict)
                               : found_nothing(lookup.take, "the answer has no item for the row"));
  return out;
}

}  // namespace

std::string remembered_in(const json& item, const std::vector<config::taken_value>& remember) {
  std::string out;
  for (const auto& each : remember) {
    const auto* const found = http::value_at(item, each.pointer);
    if (found == nullptr || !append_found(out, *found).empty()) append_value(out, {});
  }
  return out;
}

row_verdicts read_found(const config::http_request_config& lookup, const http::answer_body& body,
                        std::size_t rows, std::span<const std::string> values,
                        const identity_column& identity) {
  row_verdicts out;
  if (body.blank() && body.problem().empty()) {
    out.rows.assign(rows, found_nothing(lookup.take, "the answer has no body"));
  } else if (lookup.results) {
    const auto list = items_of(*lookup.results, body);
    row_finder finder(*lookup.results, rows, values, identity);
    const bool counts =
        std::holds_alternative<config::http_results::by_position>(lookup.results->match);
    if (!list.unreadable.empty()) {
      out.unreadable = list.unreadable;
    } else if (counts && list.items.size() != rows) {
      // One that was left out would give its place, and another row's value, to the next.
      out.unreadable = "the answer has " + std::to_string(list.items.size()) + " items for " +
                       std::to_string(rows) + " rows, which are matched by position";
    } else {
      return found_by_row(lookup, list, finder, rows);
    }
  } else if (const auto* const document = body.document()) {
    out.rows.assign(rows, found_in(*document, lookup.take));
  } else {
    out.unreadable = body.why_no_document();
  }
  return out;
}

bool refuses_batch(const config::http_results& results, const http::answer_body& body) {
  if (!results.ok || body.document() == nullptr) return false;
  const auto list = items_of(results, body);
  return list.unreadable.empty() && is_about_batch(results, list, body) &&
         item_outcome(results).of(*list.items.front()) != kind::delivered;
}

row_verdicts read_results(const config::http_results& results, const http::answer_body& body,
                          std::size_t rows, std::span<const std::string> values,
                          const identity_column& identity,
                          const std::vector<config::taken_value>& remember) {
  row_verdicts out;
  const bool only_failed = results.lists == listing::failed_rows;
  const auto list = items_of(results, body);
  if (!list.unreadable.empty()) {
    out.unreadable = list.unreadable;
    return out;
  }

  std::vector<std::optional<row_verdict>> told(rows);
  row_finder finder(results, rows, values, identity);
  const item_outcome outcome(results);
  const bool about_all = rows > 0 && !only_failed && is_about_batch(results, list, body);
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const auto& item = *list.items[i];
    auto about = finder.of(item, i);
    if (about_all) {
      about.resize(rows);
      std::iota(about.begin(), about.end(), std::size_t{0});
    }
    // The only item is about the only row, even if it names another.
    if (about.empty() && rows == 1 && (only_failed || list.items.size() == 1)) about = {0};
    out.stray = out.stray || about.empty();
    for (const auto row : about) {
      // A row with two verdicts failed if one of them is a failure.
      if (told[row] && told[row]->what != kind::delivered) continue;
      const auto what = outcome.of(item);
      told[row] =
          what == kind::delivered
              ? row_verdict{.what = what, .reason = {}, .found = remembered_in(item, remember)}
              : row_verdict{what, message_of(item, results)};
    }
  }
  // An error that is about no row of the request may be about any of them.
  const auto untold = only_failed && !out.stray ? kind::delivered : kind::unknown;
  for (auto& verdict : told)
    out.rows.push_back(verdict ? std::move(*verdict) : row_verdict{untold, {}});
  if (rows > 0 &&
      std::ranges::all_of(out.rows, [](const row_verdict& r) { return r.what == kind::unknown; }))
    out.unreadable = "the answer tells of no row of the request";
  return out;
}

}  // namespace sluice::destinations
