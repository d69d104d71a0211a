#include "runtime/credentials/hmac_signature.hpp"

#include <chrono>
#include <string_view>

#include "messages/ascii.hpp"
#include "messages/base64.hpp"
#include "messages/error.hpp"
#include "messages/hex.hpp"
#include "runtime/crypto/crypto.hpp"

namespace sluice::credentials {
namespace {

using encoding = config::hmac_credential::encoding;

[[noreturn]] void refuse(const std::string& object, const char* cause, const char* hint) {
  throw failure(errc::invalid_config, "sign request", object, cause, hint);
}

/// What is behind the server.
std::string target_of(const std::string& url) {
  const auto scheme = url.find("://");
  const auto begin = scheme == std::string::npos ? 0 : url.find_first_of("/?", scheme + 3);
  return begin == std::string::npos ? "/" : url.substr(begin);
}

/// The value of a header of the request.
std::string_view header_of(const http::http_request& request, std::string_view name) {
  for (const std::string_view line : request.headers)
    if (same_word(line.substr(0, line.find(':')), name))
      return line.substr(std::min(line.size(), line.find(':') + 2));
  refuse("{" + std::string(name) + "}", "the request has no such header",
         "known here: {timestamp}, {method}, {target}, {body}, and the headers of the request");
}

/// `text` with what stands in braces replaced.
template <class Value>
std::string filled(std::string_view text, const Value& value_of) {
  std::string out;
  for (;;) {
    const auto open = text.find('{');
    const auto close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) return out.append(text);
    out.append(text.substr(0, open)).append(value_of(text.substr(open + 1, close - open - 1)));
    text.remove_prefix(close + 1);
  }
}

}  // namespace

void sign_by_hmac(http::http_request& request, const config::hmac_credential& with, timestamp now) {
  const auto seconds =
      std::to_string(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  const auto message = filled(with.message, [&](std::string_view name) -> std::string {
    if (name == "timestamp") return seconds;
    if (name == "method") return request.method;
    if (name == "target") return target_of(request.url);
    if (name == "body") return request.has_body ? request.body : std::string();
    return std::string(header_of(request, name));
  });
  auto key = with.secret;
  if (with.secret_encoding == encoding::base64) {
    const std::string_view prefix = "whsec_";  // of Standard Webhooks
    const auto decoded = from_base64(key.starts_with(prefix) ? key.substr(prefix.size()) : key);
    if (!decoded) refuse("hmac", "the secret is no base64", "check the value of its reference");
    key = *decoded;
  }
  const auto bytes = crypto::hmac_of(crypto::digest::sha256, crypto::key{key}, message);
  std::string signature;
  with.signature_encoding == encoding::base64 ? append_base64(signature, bytes)
                                              : void(signature = to_small_hex(bytes));
  request.headers.push_back(with.header + ": " + filled(with.format, [&](std::string_view name) {
                              return name == "timestamp" ? seconds : signature;
                            }));
  if (!with.timestamp_header.empty())
    request.headers.push_back(with.timestamp_header + ": " + seconds);
}

}  // namespace sluice::credentials
