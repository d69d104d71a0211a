// The http destination: the settings that its requests share.
#include "runtime/config/read_http.hpp"

#include <algorithm>
#include <utility>

#include "messages/ascii.hpp"
#include "runtime/config/destination_kind.hpp"
#include "runtime/config/preset.hpp"
#include "runtime/config/read_credentials.hpp"
#include "runtime/config/read_limits.hpp"
#include "runtime/config/secret_names.hpp"
#include "runtime/config/xml_template.hpp"

namespace sluice::config {
namespace {

std::optional<http_config::credentials> read_basic_auth(const json_value& value) {
  http_config::credentials out;
  section basic_auth(value);
  out.user = basic_auth.required("user", "name the user").as_written().value_or("");
  // Many APIs take a key as user, and an empty password.
  const auto password = basic_auth.member("password");
  if (password.present() && !password.is_empty_text())
    out.password = password.as_written().value_or("");
  return basic_auth ? std::optional(std::move(out)) : std::nullopt;
}

/// The name of a credential of the node, or a credential.
std::optional<http_config::authority> read_authority(const json_value& auth) {
  if (!auth.present()) return std::nullopt;
  http_config::authority out;
  if (auth.raw().is_string()) {
    out.name = auth.as_name().value_or("");
    return out;
  }
  out.own = read_credential(auth);
  if (out.own && is_kept(*out.own))
    auth.complain("has a refresh token, which needs a name to be kept under",
                  "put it into \"credentials\" of node.json, and name it here");
  return out.own ? std::optional(std::move(out)) : std::nullopt;
}

/// Complains about what two of the settings would say in two ways.
void check_authority(const section& destination, const http_config& out) {
  const auto member = [&](const char* key) { return destination.value().member(key); };
  if (!out.auth) {
    if (out.base_url)
      member("base_url")
          .complain("comes from the answer of a token server, and there is none",
                    "name the credential in \"auth\"");
    return;
  }
  if (out.basic_auth)
    member("basic_auth").complain("goes without \"auth\"", "remove one of the two");
  if (out.auth->own)
    for (const auto& unfit : unfit_settings(out, *out.auth->own))
      member(unfit.key.c_str()).complain(unfit.problem, unfit.hint);
  const bool in_header = std::ranges::any_of(every_request(out), [](const auto* request) {
    return std::ranges::any_of(request->headers, [](const auto& header) {
      return same_word(header.first, "Authorization");
    });
  });
  if (in_header)
    member("auth").complain("goes without a header Authorization", "remove one of the two");
}

http_config::retrying read_retrying(const json_value& value) {
  http_config::retrying out;
  section retry(value);
  const auto duration = [&](std::string_view key, std::chrono::milliseconds otherwise) {
    return retry.duration(key, limits::http_time_min, limits::http_time_max, otherwise);
  };
  out.base = duration("base", out.base);
  out.cap = duration("cap", out.cap);
  out.give_up_after = duration("give_up_after", out.give_up_after);
  return out;
}

/// The destination's `results` apply to requests for batches. They apply to requests for single
/// rows only if there are no others, since for these the status is enough.
void settle_results(const json_value& section, http_config& out) {
  const bool batches =
      std::ranges::any_of(out.requests, [](const auto& request) { return !request.per_row; });
  for (auto& request : out.requests) {
    const auto own = section.member(request.name).member("results");
    if (!own.present() && request.per_row && batches) request.results.reset();
    if (request.results && request.name == "delete")
      check_results_of_delete(own.present() ? own : section.member("results"), *request.results);
    check_remember(section.member(request.name).member("remember"), request);
  }
}

/// Reads a request for each operation; `upsert` is for insert and update.
void read_requests(section& destination, http_config& out) {
  const shared_by_requests shared(destination);
  const auto read = [&](const char* name, std::initializer_list<operation> serves) {
    const auto value = destination.member(name);
    if (!value.present()) return;
    for (const auto op : serves) {
      auto& request = out.request_for[static_cast<std::size_t>(op)];
      if (request)
        value.complain("repeats what \"upsert\" does",
                       "give \"upsert\", or \"insert\" and \"update\"");
      request = out.requests.size();
    }
    out.requests.push_back(read_http_request(value, name, shared));
  };
  read("upsert", {operation::insert, operation::update});
  read("insert", {operation::insert});
  read("update", {operation::update});
  read("delete", {operation::erase});
  settle_results(destination.value(), out);
  const auto lookup = destination.member("lookup");
  out.lookup = read_lookup(lookup, shared);
  check_lookup(lookup, out);
  // Another function checks which of them the mode needs.
  if (out.requests.empty())
    destination.complain("says not how rows are written",
                         R"(give an "upsert" request, or "insert" and "update")");
}

/// Takes the conditions on answers, and what is taken from them, out of a section while secrets are
/// masked: they are no secrets, even if their keys look so.
class set_aside {
 public:
  explicit set_aside(ordered_json& section) {
    take(section, "answer");
    for (const auto* request : {"upsert", "insert", "update", "delete"})
      if (section.contains(request))
        for (const auto* key : {"answer", "remember"}) take(section[request], key);
    if (!section.contains("lookup") || !section["lookup"].is_object()) return;
    take(section["lookup"], "take");
    if (section["lookup"].contains("request")) take(section["lookup"]["request"], "answer");
  }
  void put_back() {
    for (auto& [section, conditions] : taken_) *section = std::move(conditions);
  }

 private:
  void take(ordered_json& from, const char* key) {
    if (!from.is_object() || !from.contains(key)) return;
    taken_.emplace_back(&from[key], nullptr);
    std::swap(*taken_.back().first, taken_.back().second);
  }

  std::vector<std::pair<ordered_json*, ordered_json>> taken_;
};

/// A text of XML without the values of elements and attributes whose names tell of a secret, which
/// are masked in every text from now on. Any other text stays as it is.
std::string shown_xml(const std::string& written) {
  const auto parsed = parse_xml_template(written, xml_extent::content);
  if (!parsed.malformed.empty()) return written;
  std::string out;
  for (const auto& piece : parsed.pieces) {
    const bool secret = piece.is_value && !piece.written.empty() && names_a_secret(piece.owner);
    if (secret) keep_secret(piece.written);
    out += secret ? shown_secret(piece.written) : piece.written;
  }
  return out;
}

/// `secret`: `section` belongs to a secret key. A value masked here is masked in every text from
/// now on.
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
    } else if (section.is_object() && (key == "body" || key == "item") && value.is_string()) {
      value = shown_xml(value.get<std::string>());
    }
  }
}

/// The section in printable form.
ordered_json masked(ordered_json section) {
  set_aside conditions(section);
  auto auth = section.contains("auth") ? shown_credential(section["auth"]) : ordered_json();
  if (section.contains("auth")) section["auth"] = nullptr;  // it tells itself what is secret
  mask_secrets(section, false);
  conditions.put_back();
  if (section.contains("auth")) section["auth"] = std::move(auth);
  // For many APIs the user is a key; whether it is secret depends on its use (reference_value.hpp).
  if (section.contains("basic_auth") && section["basic_auth"].is_object())
    for (const auto& [key, value] : section["basic_auth"].items())
      value = value.is_string() ? shown_secret(value.get<std::string>()) : "***";
  return section;
}

/// Reads the requests of a section whose secrets are masked.
void read_shown(const ordered_json& masked, const json_value& value, http_config& out) {
  // Masks may cause problems of their own, which are dropped; the real request's problems are
  // recorded elsewhere.
  std::vector<problem> of_masks;
  const reading context{value.file(), of_masks};
  section destination(json_value(masked, context));
  const shared_by_requests shared(destination);
  const auto read = [&](const json_value& at, const http_request_config& request) {
    auto shown = read_http_request(at, request.name, shared);
    shown.per_row = request.per_row;  // a mask may hide the row
    shown.results.reset();
    shown.answer.reset();
    return shown;
  };
  for (const auto& request : out.requests)
    out.shown_requests.push_back(read(destination.member(request.name), request));
  if (out.lookup)
    out.lookup->shown_request =
        read(destination.member("lookup").member("request"), out.lookup->request);
}

/// The name of an account of the node. Its limits count in place of those of a preset.
std::string read_account(section& destination, const json_value& written) {
  const auto account = destination.member("account");
  for (const auto* key : {"rate_limit", "concurrency", "quota_headers"})
    if (account.present() && written.member(key).present())
      destination.member(key).complain("goes without \"account\", which has limits of its own",
                                       "write it in \"accounts\" of node.json");
  return account.as_name().value_or("");
}

/// The name of a header, "" for none.
std::string read_header_name(const json_value& value) {
  auto name = value.as_text().value_or("");
  if (!name.empty()) check_header_name(value, name);
  return name;
}

}  // namespace

tls_files read_tls(const json_value& tls) {
  tls_files out;
  section files(tls);
  out.ca = files.member("ca").as_path().value_or("");
  out.certificate = files.member("certificate").as_path().value_or("");
  out.key = files.member("key").as_private_key().value_or("");
  if (out.certificate.empty() != out.key.empty())
    files.complain("\"certificate\" and \"key\" go together",
                   "give both, or neither if the server asks for no certificate");
  return out;
}

void read_kind(section& destination, http_config& out) {
  const auto written = destination.value();
  out.directory = written.directory();
  auto expanded = expand_preset(destination);
  if (!expanded) return destination.dismiss();
  destination.read_from(std::move(expanded->section));
  out.required = std::move(expanded->required);
  out.refused_modes = std::move(expanded->refused);

  read_requests(destination, out);
  out.basic_auth = read_basic_auth(destination.member("basic_auth"));
  out.auth = read_authority(destination.member("auth"));
  out.base_url = read_base_url(destination.member("base_url"));
  out.max_body =
      destination.bytes("max_body", limits::max_body_min, limits::max_body_max, out.max_body);
  out.max_answer = destination.bytes("max_answer", limits::max_answer_min, limits::max_answer_max,
                                     out.max_answer);
  out.gzip = destination.boolean("gzip", out.gzip);
  out.limits = read_limits(destination);
  out.account = read_account(destination, written);
  if (const auto problem = too_many_rows(out, out.limits); out.account.empty() && !problem.empty())
    destination.member("rate_limit").complain(problem, "lower batch_rows");
  out.timeout =
      destination.duration("timeout", limits::http_time_min, limits::http_time_max, out.timeout);
  out.retry = read_retrying(destination.member("retry"));
  out.idempotency_header = read_header_name(destination.member("idempotency_header"));
  const auto identity = destination.member("identity");
  identity.defaults_to("exact");
  out.identity = read_identity({.whole = identity, .own = written.member("identity")});
  out.tls = read_tls(destination.member("tls"));
  check_authority(destination, out);

  const auto shown = masked(std::move(expanded->shown));
  written.is_shown_as(shown);
  read_shown(shown, written, out);
}

}  // namespace sluice::config
