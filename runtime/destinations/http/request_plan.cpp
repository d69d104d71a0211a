#include "runtime/destinations/http/request_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "messages/ascii.hpp"
#include "messages/delivery_name.hpp"
#include "messages/expect.hpp"
#include "runtime/config/byte_size.hpp"
#include "runtime/config/text_hash.hpp"
#include "runtime/destinations/http/api_identity.hpp"
#include "runtime/diff/fingerprint.hpp"

namespace sluice::destinations {
namespace {

using name = config::template_variable::name;

// Far more than servers take.
constexpr std::size_t longest_url = 64u << 10;
constexpr std::size_t longest_header = 64u << 10;

void unpack_into(std::vector<value_view>& values, std::string_view packed) {
  values.clear();
  row_reader reader(packed);
  while (const auto value = reader.next()) values.push_back(*value);
}

/// The fields that are known of a delta: for a deleted row, those of the key.
row_schema schema_of(const config::http_request_config& request, const delivery_context& run) {
  auto schema = run.schema;
  if (request.name == "delete") schema.fields.clear();
  return schema;
}

bool has_header(const config::http_request_config& request, std::string_view wanted) {
  return std::ranges::any_of(request.headers,
                             [&](const auto& header) { return same_word(header.first, wanted); });
}

[[noreturn]] void refuse(const config::http_request_config& request, std::string cause,
                         std::string hint) {
  throw failure(errc::invalid_config, "lay out request", "destination." + request.name,
                std::move(cause), std::move(hint));
}

}  // namespace

request_plan::request_plan(const config::http_request_config& request,
                           const config::http_config& destination, const delivery_context& run,
                           text_template::references refer, std::span<value_source* const> beside)
    : config_(request),
      reader_(request),
      max_body_(destination.max_body),
      has_base_url_(destination.base_url.has_value()),
      // An API that knows the id of a delivery would answer a question with what it said to that.
      idempotency_header_(request.looks_up() ? std::string() : destination.idempotency_header),
      at_work_(std::max(destination.timeout, config::defaults::http_timeout)),
      connection_(run.connection.text() + '\0'),
      run_(diff::fingerprint(run.run).high),
      beside_(beside),
      render_{json_row(schema_of(request, run).fields), json_row(run.schema.keys)} {
  delivery_context known = run;
  known.schema = schema_of(request, run);
  const text_template::context context{known, destination.directory, refer, {}, &beside_};

  url_ = text_template(request.url, text_template::line::url, context);
  if (refer == text_template::references::resolved) check_address();
  shown_ = request.method + " " + request.url.substr(0, request.url.find('?'));

  for (const auto& [header, value] : request.headers) {
    auto of_header = context;
    of_header.name = header;
    headers_.emplace_back(header, text_template(value, text_template::line::header, of_header));
    if (headers_.back().second.literals_have_line_break())
      refuse(request, "the header " + header + " has a line break",
             "check the value of its reference");
  }
  if (!request.body.empty()) {
    body_ = body_template::of_body(request, context);
    if (!body_.is_multipart() && !has_header(request, "Content-Type"))
      headers_.emplace_back("Content-Type",
                            text_template(std::string(config::content_type_of(request.format)),
                                          text_template::line::header, context));
  }
  item_ = body_template::of_item(request, context);

  const auto any = [&](auto&& wanted) {
    return wanted(url_) || wanted(body_) || wanted(item_) ||
           std::ranges::any_of(headers_, [&](const auto& h) { return wanted(h.second); });
  };
  needs_values_ = any([](const auto& t) { return t.names_values(); });
  needs_row_ids_ =
      !idempotency_header_.empty() || any([](const auto& t) { return t.names(name::id); });
  if (request.results) {
    if (const auto* const match =
            std::get_if<config::http_results::by_value>(&request.results->match)) {
      match_position_ = position_of(match->row, known.schema);
      match_identity_ = identity_of_value(destination, run.schema, match->row);
    }
  }
  if (!request.per_row) {
    built_request empty;
    static_cast<void>(finish(empty, {.op = config_.name, .id = config::text_hash({})}, {}));
    overhead_ = empty.request.body.size();
  }
}

void request_plan::check_address() {
  const auto address = url_.leading_literal();
  if (has_base_url_) {
    // Anything else could go on with the name of the server.
    if (!address.starts_with('/') || address.starts_with("//"))
      refuse(config_, "its url does not begin with a path",
             "destination.base_url says which server it is");
    return;
  }
  const auto scheme_end = address.find("://");
  const bool http = address.starts_with("http://") || address.starts_with("https://");
  const auto server_end = http ? address.find_first_of("/?", scheme_end + 3) : 0;
  server_ = address.substr(0, server_end);
  // A reference may have any value, and a row must not choose the server.
  const bool varies = url_.names_values() || url_.names(name::id) || url_.names(name::op);
  if (!http || server_.size() <= scheme_end + 3 ||
      (server_end == std::string_view::npos && varies) || server_.find('@') != std::string::npos)
    refuse(config_, "its url is no http or https address",
           "write scheme and server out: https://api.example.com/…");
}

std::string request_plan::id_of(const delta_view& delta) const {
  const auto name = delta.delivery != hash128{} ? delta.delivery
                                                : delivery_name(run_, delta.op, delta.fingerprint);
  // The id has the key's hash, not its spelling: a row whose key is spelled differently is the same
  // row.
  auto text = connection_;
  for (const auto& part : {name, delta.key_hash})
    text.append(reinterpret_cast<const char*>(&part), sizeof part);
  return config::text_hash(text);
}

bool request_plan::was_in_doubt(const delta_view& delta) const {
  return is_of_other_run(delta.delivery, run_) || (delta.delivery.high & follows_doubt) != 0;
}

template_row request_plan::row_of(const delta_view& delta, std::size_t index) {
  if (needs_values_) {
    unpack_into(row_values_, delta.row);
    unpack_into(key_values_, delta.key);
  }
  if (needs_row_ids_) id_ = id_of(delta);
  return {to_string(delta.op), delta.row, delta.key, row_values_,
          key_values_,         index,     id_,       beside_.values()};
}

std::string request_plan::too_large() const {
  return fmt::format("the row makes a larger body than is allowed: max_body is {}",
                     config::byte_size_text(max_body_));
}

built_request request_plan::build(const batch& deltas, std::span<const std::uint32_t> rows) {
  expect(!rows.empty(), "build request", "rows to send");
  built_request out;
  const auto reject = [&](std::uint32_t row, std::string reason) {
    out.unsendable.push_back({row, std::move(reason)});
  };
  if (config_.per_row) {
    const auto row = rows.front();
    out.consumed = 1;
    auto why = beside_.read(deltas[row]);
    if (!why) why = finish(out, row_of(deltas[row], 0), {});
    if (why) {
      reject(row, std::move(*why));
      out.request = {};
    } else {
      out.rows.push_back(row);
    }
    return out;
  }

  const auto& frame = item_.frame();
  rows_ = frame.before;
  std::string ids;
  const auto most = max_body_ - std::min<std::uint64_t>(max_body_, overhead_ + frame.behind.size());
  for (; out.consumed < rows.size() && out.rows.size() < config_.batch_rows; ++out.consumed) {
    const auto row = rows[out.consumed];
    if (auto why = beside_.read(deltas[row])) {
      reject(row, std::move(*why));
      continue;
    }
    const auto before = rows_.size();
    if (!out.rows.empty()) rows_ += frame.between;
    const auto values = row_of(deltas[row], out.rows.size());
    std::string problem;
    const auto fit = item_.append_within(rows_, values, {}, render_, most, {}, problem);
    if (fit != text_template::fit::yes) {
      rows_.resize(before);
      const bool too_long = fit == text_template::fit::too_long;
      if (too_long && !out.rows.empty()) break;
      reject(row, too_long ? too_large() : std::move(problem));
      continue;
    }
    ids += id_;
    out.rows.push_back(row);
  }
  rows_ += frame.behind;
  if (out.rows.empty()) return out;
  id_ = needs_row_ids_ ? config::text_hash(ids) : std::string();
  // This request names no row, so no row can make it impossible.
  static_cast<void>(finish(out, {.op = config_.name, .id = id_}, rows_));
  return out;
}

std::optional<std::string> request_plan::finish(built_request& out, const template_row& row,
                                                std::string_view rows) {
  using fit = text_template::fit;
  auto& request = out.request;
  request.method = config_.method;
  std::string problem;
  const auto render = [&](const text_template& what, std::string& into, std::size_t most) {
    return what.append_within(into, row, rows, render_, most, problem);
  };
  if (const auto is = render(url_, request.url, longest_url); is != fit::yes)
    return is == fit::refused ? problem : "the row makes an address of more than 64 KiB";
  for (const auto& [header, value] : headers_) {
    auto line = header + ": ";
    if (const auto is = render(value, line, longest_header); is != fit::yes)
      return is == fit::refused ? problem
                                : "the row makes a header " + header + " of more than 64 KiB";
    request.headers.push_back(std::move(line));
  }
  if (!idempotency_header_.empty())
    request.headers.push_back(idempotency_header_ + ": " + std::string(row.id));
  request.has_body = !config_.body.empty();
  if (!request.has_body) return std::nullopt;
  const auto is = render_body(request, row, rows, problem);
  if (is == fit::yes) return std::nullopt;
  return is == fit::refused ? problem : too_large();
}

text_template::fit request_plan::render_body(http::http_request& request, const template_row& row,
                                             std::string_view rows, std::string& problem) {
  const auto render = [&](std::string_view boundary) {
    return body_.append_within(request.body, row, rows, render_, max_body_, boundary, problem);
  };
  if (!body_.is_multipart()) return render({});
  // The same for the same rows; no value may have it in it, by chance or by somebody's wish.
  auto boundary = config::text_hash(fmt::format("{}\n{}\n{}", row.row, row.key, rows));
  for (;; boundary = config::text_hash(boundary)) {
    request.body.clear();
    const auto is = render("sluice-" + boundary);
    if (is != text_template::fit::yes) return is;
    std::size_t found = 0;
    for (auto at = request.body.find(boundary); at != std::string::npos;
         at = request.body.find(boundary, at + 1))
      ++found;
    if (found == body_.boundaries(row)) break;
  }
  request.headers.push_back("Content-Type: multipart/form-data; boundary=sluice-" + boundary);
  return text_template::fit::yes;
}

std::string request_plan::match_text(const delta_view& delta) {
  const auto& match = std::get<config::http_results::by_value>(config_.results->match);
  const bool of_key = match.row.what == name::key;
  auto& values = of_key ? key_values_ : row_values_;
  unpack_into(values, of_key ? delta.key : delta.row);
  return plain_text(values[match_position_]);
}

}  // namespace sluice::destinations
