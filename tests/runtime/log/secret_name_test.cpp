#include "runtime/log/secret_name.hpp"

#include <doctest/doctest.h>

using sluice::log::is_like_a_word;
using sluice::log::names_a_secret;
using sluice::log::path_of_address;
using sluice::log::secret_parts;
using sluice::log::secret_steps;
using sluice::log::user_of_address;
using parts = std::vector<std::string_view>;

TEST_CASE("the names that drivers have for secrets are known") {
  for (const auto* name :
       {"PWD", "SSLKeyPassword", "PRIV_KEY_FILE_PWD", "PRIV_KEY_BASE64", "PASSCODE",
        "Auth_AccessToken", "Token", "SessionToken", "Auth_Client_Secret", "ClientSecret",
        "SecretKey", "SecretAccessKey", "motherduck_token", "AccountKey", "SharedAccessSignature",
        "Client_Assertion", "AuthCode"})
    CHECK_MESSAGE(names_a_secret(name), name);
}

TEST_CASE("what is secret within a value is found and nothing else") {
  CHECK(secret_parts({"Pwd", "a b;c"}) == parts{"a b;c"});
  CHECK(secret_parts({"Pwd", ""}).empty());
  CHECK(secret_parts({"Url", "https://app:p@ss@ch:8443/shop?x=1&password=q"}) ==
        parts{"p@ss", "q"});
  CHECK(secret_parts({"pqopt", "sslpassword='a b' connect_timeout=5 password=c"}) ==
        parts{"a b", "c"});
  CHECK(secret_parts({"Database", "md:shop?motherduck_token=eyJ.a-b"}) == parts{"eyJ.a-b"});
  for (const auto* harmless :
       {"shop", "/var/lib/a@b.db", "https://ch:8443/shop?session=1", "file:/x?mode=ro", "a=b"})
    CHECK_MESSAGE(secret_parts({"Database", harmless}).empty(), harmless);
  CHECK(user_of_address("http://u@h/p?a@b") == "u");
  CHECK(user_of_address("http://h/p@q").empty());
  CHECK(user_of_address("u@h").empty());
}

TEST_CASE("the steps of a path that are secrets are told by their looks") {
  CHECK(secret_steps("/services/T0/B012345/q8Zk2mWx7PtR4") == parts{"q8Zk2mWx7PtR4"});
  CHECK(secret_steps("/crm/v3/objects/contacts").empty());
  CHECK(secret_steps("").empty());
  CHECK(path_of_address("https://a.example:8/x/y?z=/q#r") == "/x/y");
  CHECK(path_of_address("a.example/x") == "/x");
  CHECK(path_of_address("https://a.example").empty());
  CHECK(path_of_address("https://a.example?x=/y").empty());
}

TEST_CASE("words are told from secrets") {
  for (const auto* word : {"orders", "sluice", "Acme", "EU", "eu-west-1", "us21", "my_company",
                           "2026", "v1.2", "", "Acme Corp", "a.example", "zürich"})
    CHECK_MESSAGE(is_like_a_word(word), word);
  for (const auto* secret :
       {"q8Zk2mWx", "0123456789abcdef", "hunter2", "aBcDeFgH", "secret-12345", "p@ssword",
        "correct horse battery staple", "6f1ed002ab5595859014ebf0951522d9", "canary-\"x\"",
        "supercalifragilistic"})
    CHECK_MESSAGE(!is_like_a_word(secret), secret);
}
