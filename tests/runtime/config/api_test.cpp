#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "messages/error.hpp"
#include "runtime/log/redactor.hpp"
#include "tests/runtime/config/config_folder.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::config_folder;

namespace {

constexpr auto one_token =
    R"("tokens": [{"name": "airflow", "role": "operator", "token": "0123456789abcdef"}])";

/// The problems of a node whose section `api` has these members.
std::string api_problems(const std::string& members) {
  return config_folder().problems_with_node(R"({"api": {)" + members + "}}");
}

/// The same beside a good address.
std::string api_problems_beside(const std::string& members) {
  return api_problems(R"("listen": "127.0.0.1:9470", )" + members);
}

config::api_config api_of(const std::string& members) {
  const config_folder folder;
  folder.patch_node(R"({"api": {)" + members + "}}");
  const auto node = folder.valid();
  REQUIRE(node.api);
  return *node.api;
}

std::string with_token(const std::string& token) {
  return api_problems_beside(R"("tokens": [{"name": "a", "role": "observer", "token": ")" + token +
                             "\"}]");
}

}  // namespace

TEST_CASE("a node has no API unless it is told where") {
  CHECK_FALSE(config_folder().valid().api);
  const auto api = api_of(R"("listen": "localhost:9470")");
  CHECK(api.listen == config::numeric_address{"127.0.0.1", 9470});
  CHECK(api.url() == "http://127.0.0.1:9470");
  CHECK(api.console);
  CHECK(api.tokens.empty());
  CHECK(api.session_idle == 1h);
  CHECK(api.session_longest == 12h);
}

TEST_CASE("all members of the section are read") {
  const auto api = api_of(
      R"("listen": "[::1]:9470", "hosts": ["Sluice.Example.com", "10.0.0.1:80", "[fe80::1]:9"],
         "tls": {"certificate": "api.pem", "key": "api.key"}, "console": false,
         "tokens": [{"name": "airflow", "role": "operator", "token": "0123456789abcdef"},
                    {"name": "wall", "role": "observer", "token": "fedcba9876543210", "rows": false}],
         "session": {"idle": "5m", "longest": "1h"})");
  CHECK(api.url() == "https://[::1]:9470");
  CHECK(api.hosts == std::vector<std::string>{"sluice.example.com", "10.0.0.1:80", "[fe80::1]:9"});
  REQUIRE(api.tls);
  CHECK(api.tls->certificate == api.directory / "api.pem");
  CHECK(api.tls->key == api.directory / "api.key");
  CHECK_FALSE(api.console);
  REQUIRE(api.tokens.size() == 2);
  CHECK(api.tokens[0] == config::api_token{"airflow", true, true, "0123456789abcdef"});
  CHECK(api.tokens[1] == config::api_token{"wall", false, false, "fedcba9876543210"});
  CHECK(api.session_idle == 5min);
  CHECK(api.session_longest == 1h);
}

TEST_CASE("an API that other machines reach has to be encrypted, or called insecure") {
  CHECK(
      api_problems(R"("listen": "0.0.0.0:9470")") ==
      "node.json:/api/listen: \"0.0.0.0:9470\" can be reached from other machines, who would send "
      "tokens that anybody between can read; add \"tls\", listen on 127.0.0.1, or add "
      "\"insecure\": true where a proxy encrypts\n");
  CHECK(api_problems(R"("listen": "0.0.0.0:9470", "insecure": true)") == "");
  CHECK(api_problems(R"("listen": "[::]:9470", "tls": {"certificate": "a.pem", "key": "a.key"})") ==
        "");
}

TEST_CASE("an API that nobody could use is a problem") {
  CHECK(api_problems_beside(R"("console": false)")
            .starts_with("node.json:/api/tokens: is missing, and there is no console: nobody could "
                         "use the API; name who may, "));
  CHECK(api_problems_beside(std::string(R"("console": false, )") + one_token) == "");
  CHECK(api_problems_beside(R"("console": false, "tokens": [])")
            .starts_with("node.json:/api/tokens: "));
}

TEST_CASE("what is wrong with the section is told with its place") {
  CHECK(api_problems("").starts_with("node.json:/api/listen: is missing; name an address"));
  CHECK(api_problems(R"("listen": "example.org:1")")
            .starts_with("node.json:/api/listen: \"example.org:1\" does not begin with a numeric"));
  CHECK(api_problems_beside(R"("host": [])")
            .starts_with("node.json:/api/host: unknown key \"host\"; did you mean \"hosts\"?"));
  CHECK(api_problems_beside(R"("tls": {"certificate": "a.pem"})")
            .starts_with("node.json:/api/tls/key: is missing; "));
  CHECK(api_problems_beside(R"("session": {"idle": "2h", "longest": "1h"})") ==
        "node.json:/api/session: ends before it can be idle for so long; make \"longest\" at least "
        "as long as \"idle\"\n");
  CHECK(api_problems_beside(R"("session": {"idle": "1s"})")
            .starts_with("node.json:/api/session/idle: "));
}

TEST_CASE("hosts are names as addresses have them") {
  for (const std::string host : {"https://a.example", "a.example/", "a example", "a:b", "a:", ":1",
                                 "[::1", "*", "a.example:123456", "[x]:1"})
    CHECK_MESSAGE(
        api_problems_beside(R"("hosts": [")" + host + "\"]")
            .starts_with("node.json:/api/hosts/0: \"" + host + "\" is no host name; write what "),
        host);
  CHECK(api_problems_beside(R"("hosts": ["a.example", "A.example"])")
            .starts_with("node.json:/api/hosts/1: \"A.example\" is listed twice"));
}

TEST_CASE("a token that can be guessed, or sent by nobody, is refused") {
  CHECK(with_token("0123456789abcde") ==
        "node.json:/api/tokens/0/token: is shorter than 16 characters; let chance make it, for "
        "example: openssl rand -hex 32\n");
  CHECK(with_token("0123456789abcdef") == "");
  for (const std::string bad : {"0123456789 abcdef", "0123456789\\nabcdef", "0123456789äabcdef"})
    CHECK(with_token(bad) ==
          "node.json:/api/tokens/0/token: has characters that a header cannot hold; use letters, "
          "digits and signs, without blanks\n");
  CHECK(with_token("${env:SLUICE_NO_SUCH_VARIABLE}")
            .starts_with("node.json:/api/tokens/0/token: ${env:SLUICE_NO_SUCH_VARIABLE}"));
  const test::variable shorter("SLUICE_TEST_TOKEN", "short");
  CHECK(with_token("${env:SLUICE_TEST_TOKEN}").find("shorter than 16") != std::string::npos);
}

TEST_CASE("tokens are told apart by their names and by their values") {
  const auto tokens = [](const std::string& first, const std::string& second) {
    return api_problems_beside(R"("tokens": [{"role": "operator", )" + first +
                               R"(}, {"role": "operator", )" + second + "}]");
  };
  CHECK(tokens(R"("name": "a", "token": "0123456789abcdef")",
               R"("name": "a", "token": "0123456789abcdeg")") ==
        "node.json:/api/tokens/1/name: is the same as a token that is named before; each token has "
        "a name and a value of its own\n");
  const test::variable same("SLUICE_TEST_TOKEN", "0123456789abcdef");
  CHECK(tokens(R"("name": "a", "token": "0123456789abcdef")",
               R"("name": "b", "token": "${env:SLUICE_TEST_TOKEN}")") ==
        "node.json:/api/tokens/1/token: is the same as that of a token before; each token has a "
        "name and a value of its own\n");
}

TEST_CASE("a token lacks neither name nor role nor value") {
  CHECK(api_problems_beside(R"("tokens": [{}])") ==
        "node.json:/api/tokens/0/name: is missing; say who uses it: \"airflow\"\n"
        "node.json:/api/tokens/0/role: is missing; say \"operator\" or \"observer\"\n"
        "node.json:/api/tokens/0/token: is missing; best as \"${env:AIRFLOW_TOKEN}\"\n");
  CHECK(api_problems_beside(
            R"("tokens": [{"name": "a", "role": "admin", "token": "0123456789abcdef"}])")
            .starts_with("node.json:/api/tokens/0/role: "));
}

TEST_CASE("no token is printed, and its value is masked in all texts") {
  const config_folder folder;
  const test::variable value("SLUICE_TEST_TOKEN", "value-of-the-variable");
  folder.patch_node(R"({"api": {"listen": "127.0.0.1:9470", "tokens": [
      {"name": "a", "role": "operator", "token": "literal-canary-token"},
      {"name": "b", "role": "operator", "token": "${env:SLUICE_TEST_TOKEN}"}]}})");
  const auto shown = nlohmann::json::parse(folder.effective())["node"]["api"];
  CHECK(shown["tokens"][0]["token"] == "***");
  CHECK(shown["tokens"][1]["token"] == "${env:SLUICE_TEST_TOKEN}");
  CHECK(shown["console"] == true);

  const auto api = *folder.valid().api;
  CHECK(config::token_value(api, api.tokens[1]) == "value-of-the-variable");
  CHECK(log::secrets().masked("it is value-of-the-variable") == "it is ***");
}

TEST_CASE("a change of the section takes effect with a restart") {
  const config_folder folder;
  const auto before = folder.valid();
  folder.patch_node(R"({"api": {"listen": "127.0.0.1:9470"}})");
  const auto after = folder.valid();
  CHECK(config::changed_fixed_settings(before, after) == std::vector<std::string>{"api"});
  folder.patch_node(R"({"api": {"listen": "127.0.0.1:9470", "console": true}})");
  CHECK(config::changed_fixed_settings(after, folder.valid()).empty());
}
