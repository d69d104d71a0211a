#include "runtime/credentials/aws_signature.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/ascii.hpp"
#include "messages/hex.hpp"
#include "runtime/crypto/crypto.hpp"
#include "runtime/http/percent_encoding.hpp"

namespace sluice::credentials {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view last_step = "aws4_request";

/// SHA-256 in small hexadecimal digits.
std::string hex_digest(std::string_view bytes) {
  return to_small_hex(crypto::hash_of(crypto::digest::sha256, bytes));
}

std::string mac_of(crypto::key key, std::string_view bytes) {
  return crypto::hmac_of(crypto::digest::sha256, key, bytes);
}

/// The parts of an address that are signed.
struct target {
  std::string_view host;
  std::string_view path;
  std::string_view query;
};

target parts_of(std::string_view url) {
  const auto scheme = url.find("://");
  auto rest = scheme == std::string_view::npos ? url : url.substr(scheme + 3);
  rest = rest.substr(0, rest.find('#'));
  const auto query = std::min(rest.find('?'), rest.size());
  const auto path = std::min(rest.find('/'), query);
  return {rest.substr(0, path), rest.substr(path, query - path),
          query < rest.size() ? rest.substr(query + 1) : std::string_view{}};
}

/// Of a service other than S3: without `.`, `..` and empty steps, each step encoded once more than
/// it is sent.
std::string canonical_path(std::string_view path) {
  std::vector<std::string_view> steps;
  for (std::size_t begin = 0; begin < path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    const auto step = path.substr(begin, end - begin);
    begin = end + 1;
    if (step == "..") {
      if (!steps.empty()) steps.pop_back();
    } else if (!step.empty() && step != ".") {
      steps.push_back(step);
    }
  }
  std::string out;
  for (const auto step : steps) {
    out += '/';
    http::append_percent_encoded(out, step);
  }
  if (out.empty() || path.ends_with('/')) out += '/';
  return out;
}

/// Of S3: as it is sent, in the one spelling that counts.
std::string object_path(std::string_view path) {
  std::string out;
  for (std::size_t begin = 0; begin < path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    http::append_percent_encoded(out, http::percent_decoded(path.substr(begin, end - begin)));
    if (end < path.size()) out += '/';
    begin = end + 1;
  }
  return out.empty() ? "/" : out;
}

/// Sorted by name, then by value, both in the one spelling that counts.
std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> settings;
  for (std::size_t begin = 0; begin < query.size();) {
    const auto end = std::min(query.find('&', begin), query.size());
    const auto setting = query.substr(begin, end - begin);
    begin = end + 1;
    if (setting.empty()) continue;
    const auto equals = std::min(setting.find('='), setting.size());
    const auto value = setting.substr(std::min(equals + 1, setting.size()));
    settings.emplace_back(http::percent_encoded(http::percent_decoded(setting.substr(0, equals))),
                          http::percent_encoded(http::percent_decoded(value)));
  }
  std::ranges::sort(settings);
  std::string out;
  for (const auto& [name, value] : settings)
    out += fmt::format("{}{}={}", out.empty() ? "" : "&", name, value);
  return out;
}

/// Without white space around it, and with one blank for each stretch of it.
std::string canonical_value(std::string_view value) {
  std::string out;
  for (const char c : trimmed(value)) {
    const bool blank = c == ' ' || c == '\t';
    if (!blank || out.back() != ' ') out += blank ? ' ' : c;
  }
  return out;
}

/// By name in lower case; the values of one name with commas between them.
std::map<std::string, std::string> canonical_headers(const http::http_request& request,
                                                     std::string_view host) {
  std::map<std::string, std::string> out{{"host", std::string(host)}};
  for (const auto& line : request.headers) {
    const auto colon = line.find(':');
    std::string name(trimmed(std::string_view(line).substr(0, colon)));
    std::ranges::transform(name, name.begin(), lower);
    const auto value =
        canonical_value(colon == std::string::npos ? "" : std::string_view(line).substr(colon + 1));
    const auto [place, added] = out.try_emplace(name, value);
    if (!added && name != "host") place->second += ',' + value;
  }
  return out;
}

}  // namespace

void sign_for_aws(http::http_request& request, const aws_keys& keys, const aws_scope& scope,
                  timestamp now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const auto time =
      fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
  const auto day = time.substr(0, time.find('T'));
  const auto at = parts_of(request.url);
  const bool s3 = scope.service == "s3";
  const auto body_hash = hex_digest(request.has_body ? request.body : std::string());
  request.headers.push_back("X-Amz-Date: " + time);
  if (!keys.session_token.empty())
    request.headers.push_back("X-Amz-Security-Token: " + keys.session_token);
  if (s3) request.headers.push_back("X-Amz-Content-Sha256: " + body_hash);

  std::string headers;
  std::string names;
  for (const auto& [name, value] : canonical_headers(request, at.host)) {
    headers += fmt::format("{}:{}\n", name, value);
    names += (names.empty() ? "" : ";") + name;
  }
  const auto canonical = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method,
                                     s3 ? object_path(at.path) : canonical_path(at.path),
                                     canonical_query(at.query), headers, names, body_hash);
  const auto good_for = fmt::format("{}/{}/{}/{}", day, scope.region, scope.service, last_step);
  const auto to_sign =
      fmt::format("{}\n{}\n{}\n{}", algorithm, time, good_for, hex_digest(canonical));
  auto key = "AWS4" + keys.secret;
  for (const std::string_view part : {std::string_view(day), std::string_view(scope.region),
                                      std::string_view(scope.service), last_step})
    key = mac_of({key}, part);
  request.headers.push_back(
      fmt::format("Authorization: {} Credential={}/{}, SignedHeaders={}, Signature={}", algorithm,
                  keys.id, good_for, names, to_small_hex(mac_of({key}, to_sign))));
}

}  // namespace sluice::credentials
