// The http destination: what its requests share.
#include "runtime/config/read_http.hpp"
#include "messages/mode_rules.hpp"

#include <algorithm>

#include "runtime/config/byte_size.hpp"
#include "runtime/config/duration.hpp"
#include "runtime/config/preset.hpp"
#include "runtime/config/secret_names.hpp"
#include "runtime/config/sections.hpp"

namespace sluice::config {
namespace {

std::optional<http_config::credentials> read_credentials(const json_value& basic_auth) {
  if (!basic_auth.present() || !basic_auth.is_object_of({"user", "password"})) return std::nullopt;
  http_config::credentials out;
  out.user = basic_auth.required("user", "name the user").as_written().value_or("");
  // Many APIs take a key as the user and no password.
  const auto password = basic_auth.member("password");
  if (password.present() && !password.is_empty_text())
    out.password = password.as_written().value_or("");
  return out;
}

std::optional<http_config::rate> read_rate(const json_value& rate_limit) {
  if (!rate_limit.present() || !rate_limit.is_object_of({"requests", "per"})) return std::nullopt;
  http_config::rate out;
  out.requests = rate_limit.required("requests", "say how many requests may be sent")
                     .as_number(limits::rate_requests)
                     .value_or(1);
  out.per = rate_limit.required("per", R"(say in which time, for example "1s")")
                .as_duration(limits::http_time_min, limits::http_time_max)
                .value_or(std::chrono::seconds(1));
  return out;
}

http_config::retrying read_retrying(const json_value& retry) {
  http_config::retrying out;
  if (!retry.present() || !retry.is_object_of({"base", "cap", "give_up_after"})) return out;
  const auto duration = [&](std::string_view key, std::chrono::milliseconds otherwise) {
    return retry.member(key)
        .as_duration(limits::http_time_min, limits::http_time_max)
        .value_or(otherwise);
  };
  out.base = duration("base", out.base);
  out.cap = duration("cap", out.cap);
  out.give_up_after = duration("give_up_after", out.give_up_after);
  return out;
}

http_config::tls_files read_tls(const json_value& tls) {
  http_config::tls_files out;
  if (!tls.present() || !tls.is_object_of({"ca", "certificate", "key"})) return out;
  out.ca = tls.member("ca").as_path().value_or("");
  out.certificate = tls.member("certificate").as_path().value_or("");
  out.key = tls.member("key").as_path().value_or("");
  if (out.certificate.empty() != out.key.empty())
    tls.complain("\"certificate\" and \"key\" go together",
                 "give both, or neither if the server asks for no certificate");
  return out;
}

/// The destination's `results` are about requests for batches, and about those for single rows only
/// where there are no others: their status tells already.
void settle_results(const json_value& section, http_config& out) {
  const bool batches =
      std::ranges::any_of(out.requests, [](const auto& request) { return !request.per_row; });
  for (auto& request : out.requests) {
    const auto own = section.member(request.name).member("results");
    if (!own.present() && request.per_row && batches) request.results.reset();
    if (request.results && request.name == "delete")
      check_results_of_delete(own.present() ? own : section.member("results"), *request.results);
  }
}

/// A request for each operation: `upsert` stands for insert and update.
void read_requests(const json_value& section, http_config& out) {
  const auto read = [&](const char* name, std::initializer_list<operation> serves) {
    const auto place = section.member(name);
    if (!place.present()) return;
    for (const auto op : serves) {
      auto& request = out.request_for[static_cast<std::size_t>(op)];
      if (request)
        place.complain("repeats what \"upsert\" does",
                       "give \"upsert\", or \"insert\" and \"update\"");
      request = out.requests.size();
    }
    out.requests.push_back(read_http_request(place, name, section));
  };
  read("upsert", {operation::insert, operation::update});
  read("insert", {operation::insert});
  read("update", {operation::update});
  read("delete", {operation::erase});
  settle_results(section, out);
  // Which of them the mode needs is checked elsewhere.
  if (out.requests.empty())
    section.complain("says not how rows are written",
                     R"(give an "upsert" request, or "insert" and "update")");
}

/// The conditions on answers of a destination or a request: no secrets, whatever their keys say.
class set_aside {
 public:
  explicit set_aside(ordered_json& section) {
    take(section);
    for (const auto* request : {"upsert", "insert", "update", "delete"})
      if (section.contains(request)) take(section[request]);
  }
  void put_back() {
    for (auto& [place, conditions] : taken_) *place = std::move(conditions);
  }

 private:
  void take(ordered_json& from) {
    if (!from.is_object() || !from.contains("answer")) return;
    taken_.emplace_back(&from["answer"], nullptr);
    std::swap(*taken_.back().first, taken_.back().second);
  }

  std::vector<std::pair<ordered_json*, ordered_json>> taken_;
};

/// `secret`: what `section` stands for is one. What is masked here is masked in every text from now
/// on.
void mask_secrets(ordered_json& section, bool secret) {
  for (const auto& [key, value] : section.items()) {
    const bool of_secret = secret || (section.is_object() && names_a_secret(key));
    if (value.is_structured()) {
      mask_secrets(value, of_secret);
    } else if (of_secret && value.is_string()) {
      const auto written = value.get<std::string>();
      keep_secret(written);
      value = shown_secret(written);
    } else if (section.is_object() && key == "url" && value.is_string()) {
      keep_secrets_of_url(value.get<std::string>());
      value = shown_url(value.get<std::string>(), masked_settings::named);
    }
  }
}

std::string explained(ordered_json section, const http_config& config) {
  const auto otherwise = [&](const char* key, ordered_json value) {
    if (!section.contains(key)) section[key] = std::move(value);
  };
  otherwise("batch_rows", defaults::http_batch_rows);
  otherwise("max_body", byte_size_text(config.max_body));
  otherwise("max_answer", byte_size_text(config.max_answer));
  otherwise("gzip", config.gzip);
  otherwise("timeout", to_text(config.timeout));
  otherwise("identity", "exact");
  section["retry"] = {{"base", to_text(config.retry.base)},
                      {"cap", to_text(config.retry.cap)},
                      {"give_up_after", to_text(config.retry.give_up_after)}};
  set_aside conditions(section);
  mask_secrets(section, false);
  conditions.put_back();
  // The user is a key of many an API; its use tells (reference_value.hpp).
  if (section.contains("basic_auth") && section["basic_auth"].is_object())
    for (const auto& [key, value] : section["basic_auth"].items())
      value = value.is_string() ? shown_secret(value.get<std::string>()) : "***";
  return section.dump();
}

/// The requests of a section whose secrets are masked.
std::vector<http_request_config> read_shown(const ordered_json& masked,
                                            const json_value& destination,
                                            const std::vector<http_request_config>& requests) {
  // A mask may make an odd request; problems of what it covers are recorded elsewhere.
  std::vector<problem> of_masks;
  const reading context{destination.file(), of_masks};
  const json_value section(masked, context);
  std::vector<http_request_config> out;
  for (const auto& request : requests) {
    auto shown = read_http_request(section.member(request.name), request.name, section);
    shown.per_row = request.per_row;  // the row may be behind a mask
    shown.results.reset();
    shown.answer.reset();
    out.push_back(std::move(shown));
  }
  return out;
}

}  // namespace

const http_request_config* request_for(const http_config& config, operation op) {
  const auto& position = config.request_for[static_cast<std::size_t>(op)];
  return position && *position < config.requests.size() ? &config.requests[*position] : nullptr;
}

bool is_sent(const http_config& config, std::size_t request, sync_mode mode) {
  for (const auto op : {operation::insert, operation::update, operation::erase})
    if (sends(mode, op) && config.request_for[static_cast<std::size_t>(op)] == request) return true;
  return false;
}

std::optional<double> rows_per_second(const http_config& config, operation op) {
  const auto* const request = request_for(config, op);
  if (!config.rate_limit || request == nullptr) return std::nullopt;
  const auto& limit = *config.rate_limit;
  const auto rows = request->per_row ? 1 : request->batch_rows;
  return static_cast<double>(limit.requests) * rows * 1000 / static_cast<double>(limit.per.count());
}

destination_config read_http(const json_value& destination) {
  http_config out;
  out.directory = destination.directory();
  const auto expanded = expand_preset(destination);
  if (!expanded) return {out};
  const auto section = destination.standing_for(expanded->section);
  if (!section.is_object_of({"kind",
                             "preset",
                             "with",
                             "upsert",
                             "insert",
                             "update",
                             "delete",
                             "headers",
                             "basic_auth",
                             "results",
                             "answer",
                             "batch_rows",
                             "max_body",
                             "max_answer",
                             "gzip",
                             "rate_limit",
                             "timeout",
                             "retry",
                             "idempotency_header",
                             "identity",
                             "tls",
                             "statuses"}))
    return {out};
  read_requests(section, out);
  out.basic_auth = read_credentials(section.member("basic_auth"));
  out.max_body = section.member("max_body")
                     .as_bytes(limits::max_body_min, limits::max_body_max)
                     .value_or(out.max_body);
  out.max_answer = section.member("max_answer")
                       .as_bytes(limits::max_answer_min, limits::max_answer_max)
                       .value_or(out.max_answer);
  out.gzip = section.member("gzip").as_boolean().value_or(out.gzip);
  out.rate_limit = read_rate(section.member("rate_limit"));
  out.timeout = section.member("timeout")
                    .as_duration(limits::http_time_min, limits::http_time_max)
                    .value_or(out.timeout);
  out.retry = read_retrying(section.member("retry"));
  const auto idempotency_header = section.member("idempotency_header");
  out.idempotency_header = idempotency_header.as_text().value_or("");
  if (!out.idempotency_header.empty())
    check_header_name(idempotency_header, out.idempotency_header);
  out.identity = read_identity(section.member("identity"), destination.member("identity"));
  out.required = expanded->required;
  out.tls = read_tls(section.member("tls"));
  out.explained = explained(expanded->shown, out);
  out.shown_requests = read_shown(parse_dumped(out.explained), destination, out.requests);
  return {out};
}

}  // namespace sluice::config
