// One request of an HTTP destination, and how its answer is read.
#include <algorithm>
#include <cctype>

#include "runtime/config/field_path.hpp"
#include "runtime/config/header_name.hpp"
#include "runtime/config/read_http.hpp"
#include "runtime/config/references.hpp"

namespace sluice::config {
namespace {

using name = template_variable::name;

/// Where a template stands decides what it may name.
enum class place : std::uint8_t { url, header, body, item };

class request_reader {
 public:
  request_reader(const json_value& request, const std::string& request_name)
      : request_(request), erases_(request_name == "delete") {}

  std::string url() {
    const auto url = request_.required("url", "say where to send it");
    const auto text = url.as_written();
    if (!text) return "";
    check_url(url, *text);
    check(url, *text, place::url);
    return *text;
  }

  /// A JSON value as compact text.
  std::string json(const char* member, place where) {
    const auto value = request_.member(member);
    if (!value.present()) return "";
    check_strings(value, where);
    return value.raw().dump();
  }

  void headers(const json_value& headers, std::vector<std::pair<std::string, std::string>>& into) {
    if (!headers.present()) return;
    if (!headers.raw().is_object()) {
      static_cast<void>(headers.is_object_of({}));  // says so
      return;
    }
    for (const auto& [header, value] : headers.members()) {
      const auto text = value.as_written();
      if (!text) continue;
      check_header_name(value, header);
      if (text->find_first_of("\r\n") != std::string::npos)
        value.complain("holds a line break", "a header is one line");
      check(value, *text, place::header);
      std::erase_if(into,
                    [&wanted = header](const auto& x) { return same_header(x.first, wanted); });
      into.emplace_back(header, *text);
    }
  }

  /// Rules about the request as a whole. Returns whether it is sent once for each row.
  bool per_row() {
    if (request_.member("item").present() && !rows_)
      request_.member("item").complain("is an element of {{rows}}, which the request does not name",
                                       "put \"{{rows}}\" into the body, or remove the item");
    if (rows_ && row_outside_item_)
      request_.complain("names {{rows}} and a single row",
                        "a request is sent for a batch or for a row: move what is about a row into "
                        "\"item\"");
    if (!rows_ && !row_outside_item_)
      request_.complain("names no row",
                        "write {{rows}} for a request per batch, {{row}} or {{key.…}} for one per "
                        "row");
    return row_outside_item_ && !rows_;
  }

 private:
  /// A row must not choose whom a request, with its secrets, is sent to.
  static void check_url(const json_value& value, const std::string& url) {
    const auto authority = check_address(value, url, "https://api.example.com/v1/contacts");
    if (authority.find("{{") != std::string::npos)
      value.complain("has a template in the name of the server", "write the server out");
    if (authority.find('@') != std::string::npos)
      value.complain("holds a user or password", "use \"basic_auth\"");
  }

  void check(const json_value& value, const std::string& text, place where) {
    const auto parsed = parse_http_template(text);
    if (!parsed.malformed.empty()) {
      value.complain(
          parsed.malformed,
          "known here: {{rows}}, {{row}}, {{row.FIELD}}, {{key}}, {{key.COLUMN}}, {{op}}, "
          "{{connection}}, {{run}}, {{index}}, {{id}}");
      return;
    }
    const bool json = where == place::body || where == place::item;
    for (const auto& piece : parsed.value.pieces) {
      if (where == place::url && has_blank(piece.literal))
        value.complain("has a blank, which an address cannot have", "write %20 for a space");
      if (!piece.variable) continue;
      const auto& v = *piece.variable;
      const bool structured = v.what == name::rows || (v.of_row() && v.path.empty());
      if (structured && !(json && parsed.value.stands_alone()))
        value.complain("has " + to_text(v) + " inside a text",
                       "it is an array or an object: it stands alone in a string of a body");
      if (structured && v.as_string)
        value.complain("has " + to_text(v),
                       "only single values become strings: {{row.FIELD|string}}");
      if (v.what == name::rows && where == place::item)
        value.complain("names {{rows}}", "an item is one of them");
      if (v.what == name::row && erases_)
        value.complain("names " + to_text(v), "of a deleted row only the key is known: {{key.…}}");
      if (v.what == name::index && where != place::item)
        value.complain("names {{index}}", "it is the position of an \"item\" in its request");
      if (v.what == name::rows) rows_ = true;
      if (v.of_row() && where != place::item) row_outside_item_ = true;
    }
  }

  /// Every string inside `value`.
  void check_strings(const json_value& value, place where) {
    if (value.raw().is_string() && !value.is_empty_text()) {
      if (const auto text = value.as_written()) check(value, *text, where);
    } else if (value.raw().is_object()) {
      for (const auto& [key, member] : value.members()) check_strings(member, where);
    } else if (value.raw().is_array() && !value.raw().empty()) {
      for (const auto& element : value.elements("")) check_strings(element, where);
    }
  }

  const json_value& request_;
  bool erases_;
  bool rows_ = false;
  bool row_outside_item_ = false;
};

/// A JSON pointer; complains about anything else.
std::optional<std::string> read_pointer(const json_value& value) {
  if (!value.present()) return std::nullopt;
  // The whole answer is the empty pointer, which as_text refuses.
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

decltype(http_results::match) read_match(const json_value& match) {
  if (!match.present()) return http_results::by_position{};
  if (!match.is_object_of({"row", "key", "item", "index"})) return http_results::by_position{};
  const auto row = match.member("row");
  const auto key = match.member("key");
  if (const auto index = match.member("index"); index.present()) {
    if (match.raw().size() > 1)
      index.complain("stands alone", "rows are matched by position or by a value, not by both");
    return http_results::by_index{read_pointer(index).value_or("")};
  }
  http_results::by_value out;
  if (row.present() == key.present())
    match.complain(
        "must name one value of the row",
        R"(for example {"row": "email", "item": "/email"} or {"key": "id", "item": "/id"})");
  out.row = row.present() ? read_row_value(row, name::row) : read_row_value(key, name::key);
  out.item =
      read_pointer(match.required("item", "say where the item holds that value")).value_or("");
  return out;
}

std::optional<http_results::condition> read_condition(const json_value& ok) {
  if (!ok.present() || !ok.is_object_of({"pointer", "in"})) return std::nullopt;
  http_results::condition out;
  out.pointer =
      read_pointer(ok.required("pointer", "say where the item tells its outcome")).value_or("");
  for (const auto& value : ok.required("in", R"(list what means success: ["created", "updated"])")
                               .elements(R"(["created", "updated"])"))
    out.in.push_back(value.raw().dump());
  return out;
}

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
                                                      {"row", status_class::row}});
    if (!out.add(key, meaning.value_or(status_class::row)))
      value.complain("\"" + key + "\" names no status",
                     R"(a status from 200 to 999, or a range such as "52x" or "5xx")");
  }
}

/// A request's own ones go before those of the destination.
void read_statuses(const json_value& own, const json_value& common, http_statuses& out) {
  read_statuses(own, out);
  read_statuses(common, out);
}

/// Whether rows are told apart by a mapped field.
bool matches_field(const http_results& results) {
  const auto* const value = std::get_if<http_results::by_value>(&results.match);
  return value != nullptr && value->row.what == name::row;
}

}  // namespace

void check_header_name(const json_value& place, const std::string& name) {
  const bool fits = !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
  if (!fits)
    place.complain("\"" + name + "\" cannot name a header",
                   "a name has letters, digits and dashes");
}

std::string check_address(const json_value& place, const std::string& url,
                          const std::string& example) {
  const bool known_scheme = url.starts_with("https://") || url.starts_with("http://");
  if (!known_scheme && !url.starts_with("${")) {
    place.complain(place.quoted() + " is no http or https address",
                   "for example \"" + example + "\"");
    return {};
  }
  const auto begin = known_scheme ? url.find("://") + 3 : 0;
  auto authority = url.substr(begin, url.find_first_of("/?#", begin) - begin);
  if (authority.empty()) place.complain("names no server", "for example \"" + example + "\"");
  if (url.find('#') != std::string::npos)
    place.complain("has a fragment, which is never sent", "remove it from the # on");
  return authority;
}

bool has_blank(const std::string& written) {
  return std::ranges::any_of(parse_references(written).pieces, [](const text_piece& p) {
    return p.what == text_piece::kind::literal &&
           std::ranges::any_of(p.text, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
  });
}

std::optional<http_results> read_http_results(const json_value& results) {
  if (!results.present() || results.raw().is_null()) return std::nullopt;
  if (!results.is_object_of({"items", "errors", "match", "ok", "error"})) return std::nullopt;
  http_results out;
  const auto items = results.member("items");
  const auto errors = results.member("errors");
  if (items.present() == errors.present())
    results.complain("must have either \"items\" or \"errors\"",
                     "\"items\" lists every row of the request, \"errors\" only those that failed");
  out.lists =
      errors.present() ? http_results::listing::failed_rows : http_results::listing::every_row;
  out.items = read_pointer(errors.present() ? errors : items).value_or("");
  const auto match = results.member("match");
  out.match = read_match(match);
  if (errors.present() && !match.present())
    results.complain("\"errors\" needs \"match\"",
                     "a list of failed rows does not tell by position which they are");
  if (const auto ok = results.member("ok"); ok.present() && errors.present())
    ok.complain("goes with \"items\" only", "every entry of \"errors\" is a row that failed");
  out.ok = read_condition(results.member("ok"));
  out.error = read_pointer(results.member("error"));
  return out;
}

http_request_config read_http_request(const json_value& request, const std::string& request_name,
                                      const json_value& section) {
  http_request_config out;
  out.name = request_name;
  const auto common = section.member("batch_rows").as_number(limits::http_batch_rows);
  out.batch_rows = common.value_or(out.batch_rows);
  if (!request.is_object_of(
          {"method", "url", "body", "item", "headers", "batch_rows", "results", "statuses"}))
    return out;
  static constexpr std::array<std::string_view, 4> methods{"POST", "PUT", "PATCH", "DELETE"};
  const auto method = request.required("method", "for example \"POST\"").as_one_of(methods);
  if (method) out.method = methods[*method];

  request_reader reader(request, request_name);
  out.url = reader.url();
  reader.headers(section.member("headers"), out.headers);
  reader.headers(request.member("headers"), out.headers);
  out.body = reader.json("body", place::body);
  out.item = reader.json("item", place::item);
  out.per_row = reader.per_row();
  out.batch_rows =
      request.member("batch_rows").as_number(limits::http_batch_rows).value_or(out.batch_rows);
  read_statuses(request.member("statuses"), section.member("statuses"), out.statuses);
  const auto own = request.member("results");
  const auto results = own.present() ? own : section.member("results");
  out.results = read_http_results(results);
  if (out.per_row) {
    if (own.present() && out.results)
      own.complain("goes with {{rows}} only", "the status tells what became of a single row");
    out.results.reset();
  }
  if (out.results && request_name == "delete" && matches_field(*out.results))
    results.member("match").member("row").complain(
        "names a field for \"delete\"",
        R"(of a deleted row only the key is known: match a "key" column)");
  return out;
}

}  // namespace sluice::config
