#include <doctest/doctest.h>

#include <fstream>

#include "messages/error.hpp"
#include "runtime/credentials/credential.hpp"
#include "runtime/credentials/keyring.hpp"
#include "runtime/log/redactor.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::credentials;

namespace {

log::logger quiet() { return log::logger({.level = log::level::error}); }

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
