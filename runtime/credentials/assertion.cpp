#include "runtime/credentials/assertion.hpp"

#include <nlohmann/json.hpp>

#include "messages/base64.hpp"
#include "runtime/crypto/crypto.hpp"

namespace sluice::credentials {
namespace {

using nlohmann::ordered_json;

void add(ordered_json& to, const char* name, const std::string& value) {
  if (!value.empty()) to[name] = value;
}

}  // namespace

std::string signed_assertion(const assertion_claims& claims, const signing_key& key,
                             timestamp now) {
  ordered_json header{{"alg", "RS256"}, {"typ", "JWT"}};
  add(header, "kid", key.id);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
  ordered_json body;
  add(body, "iss", claims.issuer);
  add(body, "sub", claims.subject);
  add(body, "aud", claims.audience);
  add(body, "scope", claims.scope);
  body["iat"] = seconds.count();
  body["exp"] = (seconds + claims.life).count();
  // Servers refuse an assertion that they have seen (RFC 7523, section 3, item 7).
  constexpr std::size_t id_bytes = 16;
  body["jti"] = base64url(crypto::random_bytes(id_bytes));
  const auto text = base64url(header.dump()) + '.' + base64url(body.dump());
  return text + '.' + base64url(crypto::rsa_signature({key.pem}, text));
}

}  // namespace sluice::credentials
