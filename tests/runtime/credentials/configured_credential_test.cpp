#include <doctest/doctest.h>

#include <fstream>

#include "messages/base64.hpp"
#include "messages/error.hpp"
#include "messages/hex.hpp"
#include "runtime/credentials/credential.hpp"
#include "runtime/credentials/hmac_signature.hpp"
#include "runtime/credentials/keyring.hpp"
#include "runtime/crypto/crypto.hpp"
#include "runtime/log/redactor.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::credentials;

namespace {

log::logger quiet() { return log::logger({.level = log::level::error}); }

std::string hmac(std::string_view key, std::string_view text) {
  return crypto::hmac_of(crypto::digest::sha256, crypto::key{key}, text);
}

std::shared_ptr<credential> make(decltype(config::credential_config::kind) kind,
                                 const std::filesystem::path& base = {}) {
  config::credential_config config;
  config.kind = std::move(kind);
  config.directory = base;
  return make_credential(config, {"x", node_name("a"), {}, quiet()});
}

http::http_request authorized(credential& with, const std::string& url = "https://a.example/v1") {
  http::http_request request{"POST", url, {}, "{}", true};
  static_cast<void>(with.authorize(request, nullptr, {}));
  return request;
}

}  // namespace

TEST_CASE("each kind shows what it has where the API looks for it") {
  using api_key = config::api_key_credential;
  CHECK(authorized(*make(config::bearer_credential{"t1"})).headers ==
        std::vector<std::string>{"Authorization: Bearer t1"});
  CHECK(authorized(*make(config::basic_credential{"Aladdin", "open sesame"})).headers ==
        std::vector<std::string>{"Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="});
  CHECK(authorized(*make(api_key{api_key::place::header, "X-Key", "k1"})).headers ==
        std::vector<std::string>{"X-Key: k1"});
  const auto in_query = make(api_key{api_key::place::query, "key", "k/1"});
  CHECK(authorized(*in_query).url == "https://a.example/v1?key=k%2F1");
  CHECK(authorized(*in_query, "https://a.example/?a=b").url == "https://a.example/?a=b&key=k%2F1");
  const auto signed_request = authorized(
      *make(config::aws_credential{"AKID", "secret", {}, "eu-central-1", "execute-api"}));
  CHECK(signed_request.headers.back().starts_with(
      "Authorization: AWS4-HMAC-SHA256 Credential=AKID/"));
}

TEST_CASE("a body is signed as the receiver wants it, with the time") {
  config::hmac_credential plain{.secret = "key",
                                .message = "{timestamp}.{body}",
                                .header = "X-Sign",
                                .format = "t={timestamp},v1={signature}"};
  http::http_request request{"POST", "https://a.example/v1?a=b", {"webhook-id: msg_1"}, "{}", true};
  const timestamp then{std::chrono::seconds(1'700'000'000)};
  sign_by_hmac(request, plain, then);
  CHECK(request.headers.back() ==
        "X-Sign: t=1700000000,v1=" + to_small_hex(hmac("key", "1700000000.{}")));
  plain.message = "{method} {target} {webhook-id} {body}";
  plain.secret = "whsec_a2V5";
  plain.secret_encoding = config::hmac_credential::encoding::base64;
  plain.signature_encoding = config::hmac_credential::encoding::base64;
  plain.format = "v1,{signature}";
  plain.timestamp_header = "webhook-timestamp";
  sign_by_hmac(request, plain, then);
  std::string expected = "X-Sign: v1,";
  append_base64(expected, hmac("key", "POST /v1?a=b msg_1 {}"));
  CHECK(request.headers[request.headers.size() - 2] == expected);
  CHECK(request.headers.back() == "webhook-timestamp: 1700000000");
  plain.message = "{X-Nowhere}";
  CHECK_THROWS_AS(sign_by_hmac(request, plain, then), failure);
  plain.secret = "no base64!";
  CHECK_THROWS_AS(sign_by_hmac(request, plain, then), failure);
  CHECK(authorized(*make(config::hmac_credential{.secret = "CANARY-hmac",
                                                 .message = "{body}",
                                                 .header = "X-Sign",
                                                 .format = "{signature}"}))
            .headers ==
        std::vector<std::string>{"X-Sign: " + to_small_hex(hmac("CANARY-hmac", "{}"))});
}

// The examples of https://github.com/standard-webhooks/standard-webhooks,
// spec/standard-webhooks.md.
TEST_CASE("a signature of Standard Webhooks is the one of its specification") {
  http::http_request request{"POST",
                             "https://a.example/",
                             {"webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek"},
                             R"({"test": 2432232314})",
                             true};
  const config::hmac_credential with{
      .secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      .secret_encoding = config::hmac_credential::encoding::base64,
      .message = "{webhook-id}.{timestamp}.{body}",
      .header = "webhook-signature",
      .format = "v1,{signature}",
      .signature_encoding = config::hmac_credential::encoding::base64};
  sign_by_hmac(request, with, timestamp{std::chrono::seconds(1'614'265'330)});
  CHECK(request.headers.back() ==
        "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("what is refused is read again, and shown once more only if it has changed") {
  const test::temp_dir dir;
  std::ofstream(dir.path() / "token") << "CANARY-first";
  const auto with = make(config::bearer_credential{"${file:token}"}, dir.path());
  http::http_request request{"POST", "https://a.example/", {}, {}, false};
  const auto shown = with->authorize(request, nullptr, {});
  CHECK(request.headers.back() == "Authorization: Bearer CANARY-first");
  CHECK_FALSE(with->ended(shown));
  std::ofstream(dir.path() / "token") << "CANARY-second";
  CHECK(with->ended(shown));
  CHECK(with->ended(shown));  // of another writer, which had shown the first one, too
  CHECK(authorized(*with).headers.back() == "Authorization: Bearer CANARY-second");
  CHECK(log::secrets().masked("CANARY-first CANARY-second") == "*** ***");
}

TEST_CASE("a credential without a value names its reference, and no base url") {
  const auto with = make(config::bearer_credential{"${file:none}"}, "/nowhere");
  CHECK_THROWS_WITH_AS(static_cast<void>(authorized(*with)), doctest::Contains("${file:none}"),
                       failure);
  const config::base_url_config base{"/instance_url", {"*.salesforce.com"}};
  http::http_request request{"POST", "/v1", {}, {}, false};
  CHECK_THROWS_WITH_AS(
      static_cast<void>(make(config::bearer_credential{"t"})->authorize(request, &base, {})),
      doctest::Contains("no token server"), failure);
}

TEST_CASE("a keyring keeps what a reload does not change, and knows what it does not have") {
  config::credential_config one;
  one.kind = config::bearer_credential{"t1"};
  auto other = one;
  other.kind = config::bearer_credential{"t2"};
  keyring keys(node_name("a"), {}, quiet(), {{"x", one}, {"y", one}});
  const auto x = keys.find("x");
  CHECK(x != keys.find("y"));
  keys.configure({{"x", one}, {"y", other}});
  CHECK(x == keys.find("x"));
  CHECK(authorized(*keys.find("y")).headers.back() == "Authorization: Bearer t2");
  keys.configure({});
  CHECK_THROWS_WITH_AS(static_cast<void>(keys.find("x")),
                       doctest::Contains("node a has none of that name"), failure);
  CHECK(authorized(*x).headers.back() == "Authorization: Bearer t1");
}
