#include "runtime/http/reference_value.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "messages/error.hpp"
#include "runtime/log/redactor.hpp"

using namespace sluice;
using namespace sluice::http;
using kind = http::reference_place::kind;

namespace {

/// The value of `${env:NAME}` set to `value`, standing at `place`; or why it is refused.
std::string value(const std::string& text, const http::reference_place& place,
                  const std::string& name = "SLUICE_TEST_VALUE") {
  ::setenv(name.c_str(), text.c_str(), 1);
  try {
    auto out = reference_value({config::text_piece::kind::env, name}, place, {});
    ::unsetenv(name.c_str());
    return out;
  } catch (const failure& f) {
    ::unsetenv(name.c_str());
    CHECK(f.info().code == errc::invalid_config);
    CHECK(f.info().object == "${env:" + name + "}");
    CHECK(f.info().message().find("canary") == std::string::npos);
    return f.info().cause.substr(0, f.info().cause.find(", and stands in "));
  }
}

bool masked(const std::string& text) { return log::secrets().masked(text) == "***"; }

}  // namespace

TEST_CASE("an empty or blank secret is refused wherever it stands") {
  for (const auto& place :
       {http::reference_place{kind::header, "Authorization"},
        http::reference_place{kind::header, "X-Tenant"}, http::reference_place{kind::query, "key"},
        http::reference_place{kind::credential, "password"},
        http::reference_place{kind::json, "api_key"}}) {
    CHECK(value("", place) == "the environment variable is empty");
    CHECK(value(" \t", place) == "the environment variable holds nothing but blanks");
  }
  // What is no secret may be empty: a prefix of a path, a text.
  CHECK(value("", {kind::path}) == "");
  CHECK(value("", {kind::json, "region"}) == "");
}

TEST_CASE("a line break is refused where it cannot stand") {
  const std::string why =
      "the environment variable holds a line break or another control character";
  for (const auto& place :
       {http::reference_place{kind::header, "X"}, http::reference_place{kind::query, "x"},
        http::reference_place{kind::path}, http::reference_place{kind::credential, "user"}}) {
    for (const auto* broken : {"canary\n", "\r\ncanary", "can\nary", "canary\x1b", "canary\x7f"})
      CHECK(value(broken, place) == why);
  }
  CHECK(value("canary\n", {kind::json, "token"}) == why);
  CHECK(value("-----BEGIN\nkey-----", {kind::json, "private_key"}) == "-----BEGIN\nkey-----");
  CHECK(value("two\nlines\n", {kind::json, "note"}) == "two\nlines\n");
  for (const auto where : {kind::path, kind::query})
    CHECK(value("a b", {where, "q"}) == "the environment variable holds a blank");
}

TEST_CASE("values are masked where a name says so, or where they are unlike words") {
  static_cast<void>(value("reforder", {kind::header, "X-Tenant"}));
  static_cast<void>(value("refstage", {kind::query, "env"}));
  static_cast<void>(value("refeurope", {kind::json, "region"}));
  static_cast<void>(value("https://ref.example/q8Zk2mWx7PtR4", {kind::path}));
  for (const auto* shown :
       {"reforder", "refstage", "refeurope", "https://ref.example/q8Zk2mWx7PtR4"})
    CHECK_FALSE(masked(shown));
  // Of an address the server is shown, and what follows it as it looks.
  static_cast<void>(value("a-server.of-a-long-name.example", {kind::server}));
  static_cast<void>(value("https://ref.example/v3/r7Zk2mWx7PtR4", {kind::server}));
  for (const auto* shown : {"a-server.of-a-long-name.example", "https://ref.example/v3/"})
    CHECK(log::secrets().masked(shown) == shown);
  for (const auto* hidden : {"q8Zk2mWx7PtR4", "r7Zk2mWx7PtR4"}) CHECK(masked(hidden));

  static_cast<void>(value("refheader", {kind::header, "X-Api-Key"}));
  static_cast<void>(value("refquery", {kind::query, "sig"}));
  static_cast<void>(value("refmember", {kind::json, "client_secret"}));
  static_cast<void>(value("refvariable", {kind::header, "X-Tenant"}, "SLUICE_TEST_TOKEN"));
  static_cast<void>(value("q8Zk2mWx", {kind::header, "X-Tenant"}));
  static_cast<void>(value("correct horse battery staple", {kind::json, "phrase"}));
  for (const auto* hidden : {"refheader", "refquery", "refmember", "refvariable", "q8Zk2mWx",
                             "correct horse battery staple"})
    CHECK(masked(hidden));
}

TEST_CASE("a user is a secret where it is the key") {
  ::setenv("SLUICE_TEST_USER", "userword", 1);
  ::setenv("SLUICE_TEST_PW", "passwordword", 1);
  const auto both = resolved({"${env:SLUICE_TEST_USER}", "${env:SLUICE_TEST_PW}"}, {});
  CHECK(both.user == "userword");
  CHECK(both.password == "passwordword");
  CHECK_FALSE(masked("userword"));
  CHECK(masked("passwordword"));
  CHECK(masked("userword:passwordword"));
  CHECK(resolved({"userword", ""}, {}).password == "");
  CHECK(masked("userword"));
  static_cast<void>(resolved({"Xq71mmZ02bca", "x"}, {}));  // a key, and a password of no meaning
  CHECK(masked("Xq71mmZ02bca"));
  ::setenv("SLUICE_TEST_PW", "", 1);
  CHECK_THROWS_AS(resolved({"user", "${env:SLUICE_TEST_PW}"}, {}), failure);
  ::unsetenv("SLUICE_TEST_USER");
  ::unsetenv("SLUICE_TEST_PW");
}
