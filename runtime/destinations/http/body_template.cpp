#include "runtime/destinations/http/body_template.hpp"

#include <algorithm>
#include <utility>

#include "runtime/config/field_path.hpp"
#include "runtime/config/json_document.hpp"

namespace sluice::destinations {
namespace {

using config::body_format;
using config::is_template_alone;
using name = config::template_variable::name;
using nlohmann::ordered_json;

/// `address[city]`: how forms name a field inside of another one.
std::string bracketed(const std::vector<std::string>& path) {
  auto out = path.front();
  for (std::size_t i = 1; i < path.size(); ++i) out += "[" + path[i] + "]";
  return out;
}

/// A name or a file name in a header of a part, as browsers write it (WHATWG HTML,
/// multipart/form-data).
std::string quoted_name(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') {
      out += "%22";
    } else if (c == '\r') {
      out += "%0D";
    } else if (c == '\n') {
      out += "%0A";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string carried(std::string_view text, carrier in) {
  std::string out;
  append_carried(out, text, in);
  return out;
}

/// The field that a text consists of, if it omits null.
std::optional<std::size_t> omitted_field(const ordered_json& value, const row_schema& schema) {
  if (!value.is_string()) return std::nullopt;
  const auto text = config::parse_http_template(value.get_ref<const std::string&>()).value;
  if (!text.stands_alone()) return std::nullopt;
  const auto& variable = *text.pieces.front().variable;
  if (variable.what != name::row || variable.path.empty()) return std::nullopt;
  const auto position = position_of(variable, schema);
  return schema.fields[position].omit_null ? std::optional(position) : std::nullopt;
}

}  // namespace

class body_template::compiler {
 public:
  compiler(const config::http_request_config& request, const text_template::context& c)
      : request_(request), context_(c) {}

  body_template body(const ordered_json& written) {
    out_.multipart_ = request_.format == body_format::multipart;
    compile(request_.format, written, config::xml_extent::document);
    if (request_.format == body_format::csv && !is_template_alone(written, "rows"))
      out_.begin_ = header(written);
    return std::move(out_);
  }

  body_template item(body_format format, const ordered_json& written) {
    compile(format, written, config::xml_extent::content);
    // In a form the array is a value, escaped like its items.
    const auto in = carrier_of_items();
    if (format == body_format::json)
      out_.frame_ = {carried("[", in), carried(",", in), carried("]", in)};
    if (format == body_format::csv) out_.frame_.before = header(written);
    return std::move(out_);
  }

 private:
  [[nodiscard]] carrier carrier_of_items() const {
    return request_.format == body_format::form ? carrier::form : carrier::plain;
  }

  void compile(body_format format, const ordered_json& written, config::xml_extent extent) {
    switch (format) {
      case body_format::json:
        return add(text_template::of_json(written, context_, carrier_of_items()));
      case body_format::xml:
        return add(text_template::of_xml(written.get_ref<const std::string&>(), extent, context_));
      case body_format::ndjson:
        return lines(written);
      case body_format::form:
        out_.separator_ = "&";
        return pairs(written);
      case body_format::multipart:
        return pairs(written);
      case body_format::csv:
        return cells(written);
    }
  }

  void add(text_template text, std::optional<std::size_t> field = {}) {
    out_.entries_.push_back({std::move(text), field});
  }

  void lines(const ordered_json& written) {
    const auto line = [&](const ordered_json& document) {
      auto text = text_template::of_json(document, context_);
      // Items end their lines themselves.
      if (!is_template_alone(document, "rows")) text.append_literal("\n");
      add(std::move(text));
    };
    if (!written.is_array()) return line(written);
    for (const auto& document : written) line(document);
  }

  void pairs(const ordered_json& written) {
    if (written.is_array()) {
      for (const auto& each : written) pairs(each);
    } else if (is_template_alone(written, "row")) {
      fields(name::row, context_.run.schema.fields);
    } else if (is_template_alone(written, "key")) {
      fields(name::key, context_.run.schema.keys);
    } else {
      for (const auto& [key, value] : written.items())
        add(named(key, value), omitted_field(value, context_.run.schema));
    }
  }

  void fields(name what, const std::vector<field>& all) {
    const bool form = request_.format == body_format::form;
    for (std::size_t i = 0; i < all.size(); ++i) {
      auto text = text_template::of_value({what, all[i].path},
                                          form ? carrier::form : carrier::plain, context_);
      text.prepend(form ? carried(bracketed(all[i].path), carrier::form) + "="
                        : part_head(bracketed(all[i].path)));
      add(std::move(text), what == name::row && all[i].omit_null ? std::optional(i) : std::nullopt);
    }
  }

  /// `name=value`, or a part without its boundary.
  text_template named(const std::string& key, const ordered_json& value) {
    auto context = context_;
    context.name = key;
    if (request_.format == body_format::form) {
      auto text = value_of(value, carrier::form, context);
      text.prepend(carried(key, carrier::form) + "=");
      return text;
    }
    if (!value.is_object()) {
      auto text = value_of(value, carrier::plain, context);
      text.prepend(part_head(key));
      return text;
    }
    const auto part = config::body_part_of(value);
    const bool is_text = part.format == body_format::xml && !is_template_alone(part.body, "rows");
    auto text = is_text ? text_template::of_xml(part.body.get_ref<const std::string&>(),
                                                config::xml_extent::document, context)
                        : text_template::of_json(part.body, context);
    text.prepend(part_head(key, &part));
    return text;
  }

  static std::string part_head(const std::string& key, const config::body_part* part = nullptr) {
    auto out = "Content-Disposition: form-data; name=" + quoted_name(key);
    if (part == nullptr) return out + "\r\n\r\n";
    if (!part->filename.empty()) out += "; filename=" + quoted_name(part->filename);
    const auto type = part->type.empty() ? config::content_type_of(part->format) : part->type;
    return out + "\r\nContent-Type: " + std::string(type) + "\r\n\r\n";
  }

  /// The value of a pair, a part or a cell: a text is a text, anything else JSON.
  static text_template value_of(const ordered_json& value, carrier in,
                                const text_template::context& c) {
    const bool whole = is_template_alone(value, "row") || is_template_alone(value, "key") ||
                       is_template_alone(value, "rows");
    if (value.is_string() && !whole)
      return text_template::of_text(value.get_ref<const std::string&>(), in, c);
    if (value.is_structured() || whole) return text_template::of_json(value, c, in);
    return text_template::of_text(value.is_null() ? std::string() : value.dump(), in, c);
  }

  void cells(const ordered_json& written) {
    // Items have their own header and ends of lines.
    if (is_template_alone(written, "rows")) return add(text_template::of_json(written, context_));
    out_.separator_ = request_.csv.delimiter;
    out_.end_ = line_end();
    const auto whole = [&](name what, const std::vector<field>& all) {
      for (const auto& each : all)
        add(text_template::of_value({what, each.path}, carrier::csv_cell, context_));
    };
    if (is_template_alone(written, "row")) {
      whole(name::row, context_.run.schema.fields);
    } else if (is_template_alone(written, "key")) {
      whole(name::key, context_.run.schema.keys);
    } else {
      for (const auto& [key, value] : written.items()) {
        auto context = context_;
        context.name = key;
        add(value_of(value, carrier::csv_cell, context));
      }
    }
    out_.lone_cell_ = out_.entries_.size() == 1;
  }

  [[nodiscard]] std::string line_end() const { return request_.csv.crlf ? "\r\n" : "\n"; }

  /// The columns' names.
  [[nodiscard]] std::string header(const ordered_json& written) const {
    if (!request_.csv.header) return {};
    std::string out;
    const auto add_name = [&](std::string_view column) {
      if (!out.empty()) out += request_.csv.delimiter;
      append_carried(out, column, carrier::csv_cell);
    };
    const bool of_key = is_template_alone(written, "key");
    if (of_key || is_template_alone(written, "row")) {
      const auto& schema = context_.run.schema;
      for (const auto& each : of_key ? schema.keys : schema.fields)
        add_name(config::field_path_text(each.path));
    } else {
      for (const auto& [column, value] : written.items()) add_name(column);
    }
    return out + line_end();
  }

  const config::http_request_config& request_;
  const text_template::context& context_;
  body_template out_;
};

body_template body_template::of_body(const config::http_request_config& request,
                                     const text_template::context& c) {
  return compiler(request, c).body(config::parse_dumped(request.body));
}

body_template body_template::of_item(const config::http_request_config& request,
                                     const text_template::context& c) {
  const auto* const whole_row = request.name == "delete" ? R"("{{key}}")" : R"("{{row}}")";
  const auto body = request.body.empty() ? ordered_json() : config::parse_dumped(request.body);
  const auto format = config::format_of_items(request.format, body);
  if (format == body_format::xml && request.item.empty()) return {};
  return compiler(request, c)
      .item(format, config::parse_dumped(request.item.empty() ? whole_row : request.item));
}

text_template::fit body_template::append_within(std::string& out, const template_row& row,
                                                std::string_view rows, object_renderers& render,
                                                std::size_t most, std::string_view boundary,
                                                std::string& problem) const {
  using fit = text_template::fit;
  const auto delimiter = [&](std::string_view behind) {
    out.append("--").append(boundary).append(behind);
  };
  out += begin_;
  bool first = true;
  for (const auto& each : entries_) {
    if (is_left_out(each, row)) continue;
    if (!std::exchange(first, false)) out += separator_;
    if (multipart_) delimiter("\r\n");
    const auto before = out.size();
    const auto is = each.text.append_within(out, row, rows, render, most, problem);
    if (is != fit::yes) return is;
    if (multipart_) out += "\r\n";
    if (lone_cell_ && out.size() == before) out += R"("")";
  }
  if (multipart_) delimiter("--\r\n");
  out += end_;
  return out.size() <= most ? fit::yes : fit::too_long;
}

bool body_template::is_left_out(const entry& each, const template_row& row) {
  return each.field && row.row_values[*each.field].kind == value_kind::null;
}

std::size_t body_template::boundaries(const template_row& row) const {
  return 1 + static_cast<std::size_t>(std::ranges::count_if(
                 entries_, [&](const entry& e) { return !is_left_out(e, row); }));
}

bool body_template::names(name what) const {
  return std::ranges::any_of(entries_, [&](const entry& e) { return e.text.names(what); });
}

bool body_template::names_values() const {
  return std::ranges::any_of(
      entries_, [](const entry& e) { return e.field.has_value() || e.text.names_values(); });
}

}  // namespace sluice::destinations
