// How the answers of an HTTP destination are read: `results` and `answer`.
#include <algorithm>
#include <array>

#include "runtime/config/field_path.hpp"
#include "runtime/config/read_http.hpp"
#include "runtime/config/section.hpp"
#include "runtime/config/text_pattern.hpp"

namespace sluice::config {
namespace {

using name = template_variable::name;
using part = answer_condition::part;
using test = answer_condition::test;

template_variable read_row_value(const json_value& value, name what) {
  template_variable out{what, {}, false};
  const auto text = value.as_text();
  if (!text) return out;
  if (auto path = parse_field_path(*text)) {
    out.path = std::move(*path);
  } else {
    value.complain(value.quoted() + " is no field", "for example \"id\" or \"name.first\"");
  }
  return out;
}

decltype(http_results::match) read_match(const json_value& value) {
  section match(value);
  const auto row = match.member("row");
  const auto key = match.member("key");
  const auto item = match.member("item");
  const auto index = match.member("index");
  if (!match) return http_results::by_position{};
  if (index.present()) {
    if (value.raw().size() > 1)
      index.complain("stands alone", "rows are matched by position or by a value, not by both");
    return http_results::by_index{read_pointer(index).value_or("")};
  }
  http_results::by_value out;
  if (row.present() == key.present())
    match.complain(
        "must name one value of the row",
        R"(for example {"row": "email", "item": "/email"} or {"key": "id", "item": "/id"})");
  out.row = row.present() ? read_row_value(row, name::row) : read_row_value(key, name::key);
  if (!item.present()) item.complain("is missing", "say where the item holds that value");
  out.item = read_pointer(item).value_or("");
  return out;
}

/// `values`: for example.
std::optional<http_results::condition> read_condition(const json_value& value,
                                                      const std::string& hint,
                                                      const std::string& values) {
  section condition(value);
  http_results::condition out;
  out.pointer = read_pointer(condition.required("pointer", "say where the item tells its outcome"))
                    .value_or("");
  for (const auto& each : condition.required("in", hint + values).elements(values))
    out.in.push_back(each.raw().dump());
  return condition ? std::optional(std::move(out)) : std::nullopt;
}

/// Whether rows are matched by a mapped field.
bool matches_field(const http_results& results) {
  const auto* const value = std::get_if<http_results::by_value>(&results.match);
  return value != nullptr && value->row.what == name::row;
}

/// 200, or "4xx" for a whole hundred.
std::optional<answer_rule::range> read_status(const json_value& status) {
  if (status.raw().is_number()) {
    const auto number = status.as_number({100, 599});
    if (!number) return std::nullopt;
    return answer_rule::range{static_cast<int>(*number), static_cast<int>(*number)};
  }
  static constexpr std::array<std::string_view, 4> hundreds{"2xx", "3xx", "4xx", "5xx"};
  const auto hundred = status.as_one_of(hundreds);
  if (!hundred) return std::nullopt;
  const int first = 200 + static_cast<int>(*hundred) * 100;
  return answer_rule::range{first, first + 99};
}

std::vector<answer_rule::range> read_statuses(const json_value& status) {
  constexpr answer_rule::range successes{200, 299};
  if (!status.present()) return {successes};
  std::vector<answer_rule::range> out;
  const auto add = [&](const json_value& one) {
    if (const auto read = read_status(one)) out.push_back(*read);
  };
  if (status.raw().is_array()) {
    for (const auto& one : status.elements(R"([200, "4xx"])")) add(one);
  } else {
    add(status);
  }
  return out;
}

/// `present` and `absent` can only be true.
void check_said(const json_value& said) {
  if (said.raw() != true)
    said.complain("is not true", R"(write "present": true or "absent": true)");
}

std::string read_pattern(const json_value& matches) {
  if (!matches.raw().is_string() || matches.is_empty_text())
    return matches.as_text().value_or("");  // says so
  auto written = matches.raw().get<std::string>();
  if (const auto problem = text_pattern(written).problem(); !problem.empty())
    matches.complain("is no regular expression: " + problem,
                     R"(the syntax is RE2's, for example "(?i)duplicate")");
  return written;
}

/// The test of `condition`; nothing if it has none.
std::optional<answer_condition> read_question(section& condition) {
  answer_condition out;
  const auto header = condition.member("header");
  const auto pointer = condition.member("pointer");
  if (header.present() && pointer.present())
    pointer.complain("stands beside \"header\"", "ask both in \"all\": a list of conditions");
  if (header.present()) {
    out.of = part::header;
    out.name = header.as_text().value_or("");
    if (!out.name.empty()) check_header_name(header, out.name);
  } else if (pointer.present()) {
    out.of = part::value;
    out.name = read_pointer(pointer).value_or("");
  }

  std::size_t tests = 0;
  const auto is = [&](const char* key, test what) {
    auto member = condition.member(key);
    if (member.present()) {
      ++tests;
      out.is = what;
    }
    return member;
  };
  if (const auto in = is("in", test::in); in.present())
    for (const auto& value : in.elements(R"(["ok", 0, true])"))
      out.in.push_back(value.raw().dump());
  if (const auto present = is("present", test::present); present.present()) check_said(present);
  if (const auto absent = is("absent", test::absent); absent.present()) check_said(absent);
  if (const auto matches = is("matches", test::matches); matches.present())
    out.matches = read_pattern(matches);

  const bool placed = header.present() || pointer.present();
  if (tests == 0 && !placed) return std::nullopt;
  if (tests != 1)
    condition.complain("must ask one thing",
                       R"(give one of "in", "present", "absent" and "matches")");
  else if (!placed && out.is != test::matches)
    condition.complain("says not what it asks",
                       R"(name a "pointer" into the body or a "header"; without them "matches" )"
                       "asks the text of the body");
  return out;
}

answer_rule read_rule(const json_value& value) {
  answer_rule out;
  section rule(value);
  const auto status = rule.member("status");
  const auto all = rule.member("all");
  out.statuses = read_statuses(status);
  if (auto question = read_question(rule)) out.all.push_back(std::move(*question));
  if (!rule) return out;
  if (!all.present()) {
    if (out.all.empty() && !status.present())
      rule.complain("asks nothing", R"(for example {"pointer": "/ok", "in": [false]})");
    return out;
  }
  if (!out.all.empty()) all.complain("stands beside another question", "put that into the list");
  for (const auto& element : all.elements(R"([{"pointer": "/errors", "present": true}])")) {
    section each(element);
    if (auto question = read_question(each)) {
      out.all.push_back(std::move(*question));
    } else if (each) {
      each.complain("asks nothing", R"(for example {"pointer": "/ok", "in": [false]})");
    }
  }
  return out;
}

/// One rule, or a list of which one is enough.
std::vector<answer_rule> read_rules(const json_value& rules) {
  std::vector<answer_rule> out;
  if (!rules.present()) return out;
  if (rules.raw().is_array()) {
    for (const auto& rule : rules.elements(R"([{"pointer": "/ok", "in": [false]}])"))
      out.push_back(read_rule(rule));
  } else {
    out.push_back(read_rule(rules));
  }
  return out;
}

}  // namespace

std::optional<std::string> read_pointer(const json_value& value) {
  if (!value.present()) return std::nullopt;
  // The empty pointer means the whole answer; as_text would refuse it.
  if (value.is_empty_text()) return "";
  auto text = value.as_text();
  if (!text) return std::nullopt;
  try {
    static_cast<void>(ordered_json::json_pointer(*text));
  } catch (const ordered_json::exception&) {
    value.complain(value.quoted() + " is no JSON pointer", "for example \"/results\" or \"/0/id\"");
    return std::nullopt;
  }
  return text;
}

std::optional<http_results> read_http_results(const json_value& value, bool per_row) {
  if (!value.present() || value.raw().is_null()) return std::nullopt;
  http_results out;
  section results(value);
  const auto items = results.member("items");
  const auto errors = results.member("errors");
  const auto match = results.member("match");
  const auto ok = results.member("ok");
  const auto exists = results.member("exists");
  const auto missing = results.member("missing");
  const auto error = results.member("error");
  if (!results) return std::nullopt;
  if (items.present() == errors.present())
    results.complain("must have either \"items\" or \"errors\"",
                     "\"items\" lists every row of the request, \"errors\" only those that failed");
  out.lists =
      errors.present() ? http_results::listing::failed_rows : http_results::listing::every_row;
  out.items = read_pointer(errors.present() ? errors : items).value_or("");
  out.match = read_match(match);
  if (!match.present() && per_row) out.match = http_results::only_row{};
  if (errors.present() && !match.present() && !per_row)
    results.complain("\"errors\" needs \"match\"",
                     "a list of failed rows does not tell by position which they are");
  if (ok.present() && errors.present())
    ok.complain("goes with \"items\" only", "every entry of \"errors\" is a row that failed");
  out.ok = read_condition(ok, "list what means success: ", R"(["created", "updated"])");
  out.exists = read_condition(exists, "list what says so: ", R"(["DUPLICATE"])");
  out.missing = read_condition(missing, "list what says so: ", R"(["NOT_FOUND"])");
  out.error = read_pointer(error);
  return out;
}

void check_results_of_delete(const json_value& results, const http_results& read) {
  if (matches_field(read))
    results.member("match").member("row").complain(
        "names a field for \"delete\"",
        R"(of a deleted row only the key is known: match a "key" column)");
}

bool answer_rule::is_about(int status) const {
  return std::ranges::any_of(statuses,
                             [&](const range& r) { return status >= r.from && status <= r.to; });
}

std::optional<answer_rules> read_answer_rules(const json_value& value) {
  if (!value.present() || value.raw().is_null()) return std::nullopt;
  answer_rules out;
  section answer(value);
  out.credentials = read_rules(answer.member("credentials"));
  out.road = read_rules(answer.member("road"));
  out.retry = read_rules(answer.member("retry"));
  out.exists = read_rules(answer.member("exists"));
  out.missing = read_rules(answer.member("missing"));
  out.reject = read_rules(answer.member("reject"));
  out.delivered = read_rules(answer.member("delivered"));
  return answer ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace sluice::config
