#include "runtime/config/secret_names.hpp"

#include <doctest/doctest.h>

#include "runtime/log/redactor.hpp"

using namespace sluice;
using config::names_a_secret;
using config::plain_name;
using config::shown_secret;

TEST_CASE("names are compared by their letters and digits") {
  CHECK(plain_name("X-Api_Key 2") == "xapikey2");
  CHECK(plain_name("-_ ") == "");
}

TEST_CASE("names of secrets are known in every spelling") {
  for (const auto* name :
       {"PWD", "Password", "db_passwd", "Passphrase", "client_secret", "AccessToken", "X-Api-Key",
        "api_key", "Access Key", "private-key", "Credentials", "authorization",
        "Proxy-Authorization", "Cookie", "writeKey", "X-Auth-Key", "Ocp-Apim-Subscription-Key"})
    CHECK_MESSAGE(names_a_secret(name), name);
}

TEST_CASE("other names are no secrets") {
  for (const auto* name : {"", "key", "user", "url", "method", "Idempotency-Key", "Content-Type",
                           "X-Source", "primary_key", "author", "pass"})
    CHECK_MESSAGE(!names_a_secret(name), name);
}

TEST_CASE("a secret is shown if it is made of references, behind a scheme at most") {
  for (const auto* text : {"${env:X}", "${file:/run/x}", "Bearer ${env:X}", "${env:X}${env:Y}",
                           "Zoho-oauthtoken ${env:X}"})
    CHECK(shown_secret(text) == text);
  for (const auto* text : {"", "hunter2", "Bearer hunter2", "hunter2${env:X}", "${env:X}hunter2",
                           "Basic 0123 ${env:X}", "$${env:X}", "${env:X", "{{row.token}}",
                           "a long pass phrase of words ${env:X}"})
    CHECK_MESSAGE(shown_secret(text) == "***", text);
}

TEST_CASE("what is a secret where it is printed is one wherever it is repeated") {
  config::keep_secret("Bearer keptbearer");
  config::keep_secret("keptword");
  config::keep_secret("${env:X}-keptprefix9-{{row.id}}");
  config::keep_secret("kept phrase of words");
  config::keep_secret("Bearer ${env:X}");
  config::keep_secret("bearer");
  config::keep_secrets_of_url("https://kept.example/x?api_key=keptquery&room=keptroom");
  const auto masked = [](const char* text) { return log::secrets().masked(text); };
  for (const auto* hidden :
       {"keptbearer", "keptword", "-keptprefix9-", "kept phrase of words", "keptquery"})
    CHECK(masked(hidden) == "***");
  for (const auto* shown : {"Bearer", "bearer", "phrase", "keptroom", "kept.example", "row.id"})
    CHECK(masked(shown) == shown);
}
