// One request of an HTTP destination, and how its answer is read.
#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <set>
#include <span>

#include "messages/ascii.hpp"
#include "runtime/config/header_name.hpp"
#include "runtime/config/read_calls.hpp"
#include "runtime/config/read_http.hpp"
#include "runtime/config/read_http_body.hpp"
#include "runtime/config/references.hpp"
#include "runtime/config/section.hpp"
#include "runtime/config/suggestion.hpp"

namespace sluice::config {
namespace {

using variable = template_variable::name;

/// The part of a request that a template is in, which decides what it may name.
enum class request_part : std::uint8_t { url, header, body, item };

class request_reader {
 public:
  request_reader(const http_request_config& request, const shared_by_requests& shared)
      : erases_(request.name == "delete"),
        looks_up_(request.looks_up()),
        has_base_url_(shared.has_base_url),
        beside_(shared.beside),
        format_(request.format) {}

  std::string url(const json_value& url) {
    const auto text = url.as_written();
    if (!text) return "";
    check_url(url, *text);
    check(url, *text, request_part::url);
    return *text;
  }

  /// Body and item as compact JSON.
  void content(const json_value& body, const json_value& item, http_request_config& out) {
    if (body.present()) {
      check_body(body, format_);
      check_strings(body, request_part::body);
      out.body = body.raw().dump();
    }
    const auto of_items = body.present() ? format_of_items(format_, body.raw()) : body_format::json;
    if (of_items == body_format::xml && !item.present() && rows_)
      body.complain("has {{rows}}, and there is no \"item\"",
                    R"(write one: "<contact>{{row.email}}</contact>")");
    format_ = of_items;
    if (!item.present()) return;
    check_item(item, of_items);
    check_strings(item, request_part::item);
    out.item = item.raw().dump();
  }

  void headers(const json_value& headers, std::vector<std::pair<std::string, std::string>>& into) {
    if (!headers.is_object()) return;
    std::vector<std::pair<std::string, std::string>> own;
    for (const auto& [header, value] : headers.members()) {
      const auto text = value.as_written();
      if (!text) continue;
      check_header_name(value, header);
      if (text->find_first_of("\r\n") != std::string::npos)
        value.complain("holds a line break", "a header is one line");
      check(value, *text, request_part::header);
      own.emplace_back(header, *text);
    }
    // Of headers that differ only in spelling the last one counts.
    std::vector<std::pair<std::string, std::string>> kept;
    std::set<std::string> seen;
    std::move(own.begin(), own.end(), std::back_inserter(into));
    for (auto header = into.rbegin(); header != into.rend(); ++header)
      if (seen.insert(plain_header(header->first)).second) kept.push_back(std::move(*header));
    into.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
  }

  /// Rules about the request as a whole. Returns whether it is sent once for each row.
  [[nodiscard]] bool per_row(const section& request, const json_value& item) const {
    if (item.present() && !rows_)
      item.complain("is an element of {{rows}}, which the request does not name",
                    "put \"{{rows}}\" into the body, or remove the item");
    if (rows_ && row_outside_item_)
      request.complain("names {{rows}} and a single row",
                       "a request is sent for a batch or for a row: move what is about a row into "
                       "\"item\"");
    if (!rows_ && !row_outside_item_)
      request.complain("names no row",
                       "write {{rows}} for a request per batch, {{row}} or {{key.…}} for one per "
                       "row");
    return row_outside_item_ && !rows_;
  }

 private:
  /// A row must not choose the server that gets the request and its secrets.
  void check_url(const json_value& value, const std::string& url) const {
    if (has_base_url_) {
      if (!url.starts_with('/') || url.starts_with("//"))
        value.complain(value.quoted() + " does not begin with a path",
                       "\"base_url\" says which server it is: for example \"/v1/contacts\"");
      if (url.find('#') != std::string::npos)
        value.complain("has a fragment, which is never sent", "remove it from the # on");
      return;
    }
    const auto authority =
        check_address(value, {.url = url, .example = "https://api.example.com/v1/contacts"});
    if (authority.find("{{") != std::string::npos)
      value.complain("has a template in the name of the server", "write the server out");
    if (authority.find('@') != std::string::npos)
      value.complain("holds a user or password", "use \"basic_auth\"");
  }

  void check(const json_value& value, const std::string& text, request_part where) {
    const auto parsed = parse_http_template(text);
    if (!parsed.malformed.empty()) {
      value.complain(
          parsed.malformed,
          "known here: {{rows}}, {{row}}, {{row.FIELD}}, {{key}}, {{key.COLUMN}}, {{op}}, "
          "{{connection}}, {{run}}, {{index}}, {{id}}, {{lookup.NAME}}");
      return;
    }
    const bool json = where == request_part::body || where == request_part::item;
    for (const auto& piece : parsed.value.pieces) {
      if (where == request_part::url && has_blank(piece.literal))
        value.complain("has a blank, which an address cannot have", "write %20 for a space");
      if (!piece.variable) continue;
      const auto& v = *piece.variable;
      const bool structured = v.what == variable::rows || (v.of_row() && v.path.empty());
      const bool in_xml = json && format_ == body_format::xml;
      if (structured && in_xml && v.of_row())
        value.complain("has " + to_text(v) + " in XML",
                       "name its values: <email>{{row.email}}</email>");
      else if (structured && !in_xml && !(json && parsed.value.stands_alone()))
        value.complain("has " + to_text(v) + " inside a text",
                       "it is an array or an object: it stands alone in a string of a body");
      if (structured && (v.as_string || !v.apply.empty()))
        value.complain(
            "has " + to_text(v),
            "only single values become strings and have functions: {{row.FIELD|string}}");
      check_functions(value, v);
      if (v.beside_row()) check_beside(value, v);
      if (looks_up_ && (v.what == variable::op || v.what == variable::id))
        value.complain("names " + to_text(v) + " in a look-up",
                       "what it finds is the same whatever is done with the row");
      if (v.what == variable::rows && where == request_part::item)
        value.complain("names {{rows}}", "an item is one of them");
      if (v.what == variable::row && erases_)
        value.complain("names " + to_text(v), "of a deleted row only the key is known: {{key.…}}");
      if (v.what == variable::index && where != request_part::item)
        value.complain("names {{index}}", "it is the position of an \"item\" in its request");
      if (v.what == variable::rows) rows_ = true;
      if (v.of_row() && where != request_part::item) row_outside_item_ = true;
    }
  }

  /// A value beside the row comes from a source that has it.
  void check_beside(const json_value& value, const template_variable& v) const {
    const bool of_lookup = v.what == variable::lookup;
    if (of_lookup && looks_up_)
      return value.complain("names " + to_text(v) + ", which it is to find",
                            "ask with what is known of the row: {{row.FIELD}}, {{key.COLUMN}}");
    const auto& names = of_lookup ? beside_.lookup : beside_.known;
    if (names.empty())
      return value.complain(
          "names " + to_text(v) + ", which nothing provides",
          of_lookup ? R"(say what "lookup" takes: {")" + v.path.front() + R"(": "/results/0/id"})"
                    : R"(say in the request that gets the value: "remember": {")" + v.path.front() +
                          R"(": "/id"})");
    if (std::ranges::find(names, v.path.front()) != names.end()) return;
    const std::vector<std::string_view> known(names.begin(), names.end());
    value.complain("names " + to_text(v) + ", which " +
                       (of_lookup ? "the look-up does not take" : "is not remembered"),
                   suggestion(v.path.front(), known));
  }

  static void check_functions(const json_value& value, const template_variable& v) {
    check_calls(value, v.apply);
    for (const auto& call : v.apply)
      for (const auto& argument : call.arguments)
        if (argument.bytes.find("${") != std::string::npos)
          value.complain("has a reference as an argument of \"" + call.name + "\"",
                         "apply the function in the mapping, where references are resolved");
  }

  /// Every string inside `value`.
  void check_strings(const json_value& value, request_part where) {
    if (value.raw().is_string() && !value.is_empty_text()) {
      if (const auto text = value.as_written()) check(value, *text, where);
    } else if (value.raw().is_object()) {
      for (const auto& [key, member] : value.members()) {
        check_strings(member, where);
        if (key == spread_name && !is_template_alone(member.raw(), "row") &&
            !is_template_alone(member.raw(), "key"))
          member.complain("has no members that could stand here",
                          R"("...": "{{row}}" or "{{key}}")");
      }
    } else if (value.raw().is_array() && !value.raw().empty()) {
      for (const auto& element : value.elements("")) check_strings(element, where);
    }
  }

  bool erases_;
  bool looks_up_;
  bool has_base_url_;
  const names_beside& beside_;
  body_format format_;
  bool rows_ = false;
  bool row_outside_item_ = false;
};

void read_statuses(const json_value& statuses, http_statuses& out) {
  if (!statuses.present()) return;
  if (!statuses.raw().is_object()) {
    statuses.complain("must be an object: status ← class",
                      R"(for example {"430": "retry", "52x": "retry"})");
    return;
  }
  for (const auto& [key, value] : statuses.members()) {
    const auto meaning = value.as_word<status_class>({{"delivered", status_class::delivered},
                                                      {"retry", status_class::retry},
                                                      {"credentials", status_class::credentials},
                                                      {"road", status_class::road},
                                                      {"row", status_class::row},
                                                      {"exists", status_class::exists},
                                                      {"missing", status_class::missing}});
    if (!out.add(key, meaning.value_or(status_class::row)))
      value.complain("\"" + key + "\" names no status",
                     R"(a status from 200 to 999, or a range such as "52x" or "5xx")");
  }
}

/// The request's own statuses take precedence over the destination's.
void read_statuses(const json_value& own, const json_value& common, http_statuses& out) {
  read_statuses(own, out);
  read_statuses(common, out);
}

}  // namespace

void check_header_name(const json_value& value, const std::string& name) {
  const bool fits = !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
  if (!fits)
    value.complain("\"" + name + "\" cannot name a header",
                   "a name has letters, digits and dashes");
}

std::string check_address(const json_value& value, const written_address& written) {
  const auto& url = written.url;
  const auto hint = "for example \"" + std::string(written.example) + "\"";
  const bool known_scheme = url.starts_with("https://") || url.starts_with("http://");
  if (!known_scheme && !url.starts_with("${")) {
    value.complain(value.quoted() + " is no http or https address", hint);
    return {};
  }
  const auto begin = known_scheme ? url.find("://") + 3 : 0;
  auto authority = url.substr(begin, url.find_first_of("/?#", begin) - begin);
  if (authority.empty()) value.complain("names no server", hint);
  if (url.find('#') != std::string::npos)
    value.complain("has a fragment, which is never sent", "remove it from the # on");
  return authority;
}

bool has_blank(const std::string& written) {
  return std::ranges::any_of(parse_references(written).pieces, [](const text_piece& p) {
    return p.what == text_piece::kind::literal &&
           std::ranges::any_of(p.text, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
  });
}

shared_by_requests::shared_by_requests(section& destination)
    : headers(destination.member("headers")),
      results(destination.member("results")),
      answer(destination.member("answer")),
      statuses(destination.member("statuses")),
      format(read_body_format(destination.member("format"), body_format::json)),
      batch_rows(
          destination.number("batch_rows", limits::http_batch_rows, defaults::http_batch_rows)),
      has_base_url(destination.member("base_url").present()),
      beside{names_taken(destination.member("lookup"), "take"), {}} {
  for (const auto* request : {"upsert", "insert", "update"})
    for (auto& name : names_taken(destination.member(request), "remember"))
      if (std::ranges::find(beside.known, name) == beside.known.end())
        beside.known.push_back(std::move(name));
  read_csv_layout(destination.member("csv"), csv);
}

http_request_config read_http_request(const json_value& at, const std::string& name,
                                      const shared_by_requests& shared) {
  http_request_config out;
  out.name = name;
  section request(at);
  const bool looks_up = out.looks_up();
  static constexpr std::array<std::string_view, 4> writing{"POST", "PUT", "PATCH", "DELETE"};
  static constexpr std::array<std::string_view, 2> asking{"GET", "POST"};
  using words = std::span<const std::string_view>;
  const words methods = looks_up ? words(asking) : words(writing);
  const auto method = request.required("method", "for example \"POST\"").as_one_of(methods);
  const auto url = request.required("url", "say where to send it");
  const auto body = request.member("body");
  const auto item = request.member("item");
  const auto headers = request.member("headers");
  const auto batch_rows = request.member("batch_rows");
  const auto results = request.member("results");
  const auto answer = request.member("answer");
  const auto statuses = request.member("statuses");
  if (!looks_up) out.remember = read_taken(request.member("remember"), "known");
  out.format = read_body_format(request.member("format"), shared.format);
  out.csv = shared.csv;
  read_csv_layout(request.member("csv"), out.csv);
  out.batch_rows = batch_rows.as_number(limits::http_batch_rows).value_or(shared.batch_rows);
  if (!request) return out;
  if (method) out.method = methods[*method];

  request_reader reader(out, shared);
  out.url = reader.url(url);
  reader.headers(shared.headers, out.headers);
  reader.headers(headers, out.headers);
  reader.content(body, item, out);
  if (out.format == body_format::multipart &&
      std::ranges::any_of(
          out.headers, [](const auto& header) { return same_word(header.first, "Content-Type"); }))
    request.complain("has a header Content-Type beside the format \"multipart\"",
                     "remove the header: the format names the boundary of its parts in it");
  out.per_row = reader.per_row(request, item);
  read_statuses(statuses, shared.statuses, out.statuses);
  // Those of all requests are about rows that were written.
  const bool shares_results = !results.present() && !looks_up;
  out.results = read_http_results(shares_results ? shared.results : results, out.per_row);
  out.answer = read_answer_rules(answer.present() ? answer : shared.answer);
  return out;
}

}  // namespace sluice::config
