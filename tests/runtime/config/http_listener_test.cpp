#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/runtime/config/config_folder.hpp"

using namespace sluice;
using test::config_folder;

namespace {

/// What is wrong with that address, without file and pointer.
std::string problem_of(const std::string& listen) {
  const config_folder folder;
  const std::string at = "node.json:/http/listen: ";
  const auto text = folder.problems_with_node(R"({"http": {"listen": ")" + listen + "\"}}");
  CHECK((text.empty() || text.starts_with(at)));
  return text.empty() ? text : text.substr(at.size(), text.size() - at.size() - 1);
}

config::http_listener_config listener(const std::string& http) {
  const config_folder folder;
  folder.patch_node(R"({"http": )" + http + "}");
  const auto node = folder.valid();
  REQUIRE(node.http);
  return *node.http;
}

}  // namespace

TEST_CASE("a node listens for HTTP only where it is told to") {
  const config_folder folder;
  CHECK_FALSE(folder.valid().http);
  CHECK(listener(R"({"listen": "127.0.0.1:9464"})") ==
        config::http_listener_config{"127.0.0.1", 9464, false});
}

TEST_CASE("addresses of this machine are taken in every form") {
  CHECK(listener(R"({"listen": "localhost:1"})").url() == "http://127.0.0.1:1");
  CHECK(listener(R"({"listen": "127.1.2.3:65535"})").url() == "http://127.1.2.3:65535");
  CHECK(listener(R"({"listen": "[::1]:9464"})").url() == "http://[::1]:9464");
  CHECK(listener(R"({"listen": "[::1]:9464"})").host == "::1");
}

TEST_CASE("an address that other machines reach has to be called insecure") {
  for (const std::string address : {"0.0.0.0:9464", "10.0.0.1:9464", "[::]:9464", "[fe80::1]:1"}) {
    CHECK(problem_of(address) ==
          "\"" + address +
              "\" can be reached from other machines; there is no authentication: "
              "listen on 127.0.0.1, or add \"insecure\": true");
    const auto allowed = listener(R"({"insecure": true, "listen": ")" + address + "\"}");
    CHECK(allowed.insecure);
    CHECK(allowed.url() == "http://" + address);
  }
}

TEST_CASE("what is no address and port is reported with an example") {
  const std::string example = "name an address and a port: \"127.0.0.1:9464\"";
  for (const std::string address : {"127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536",
                                    "127.0.0.1:http", "127.0.0.1:-1", "localhost: 9464", "[::1]"})
    CHECK_MESSAGE(problem_of(address).find(example) != std::string::npos, address);
  CHECK(problem_of("127.0.0.1:0") == "\"127.0.0.1:0\" has no port from 1 to 65535; " + example);
  for (const std::string address :
       {"example.org:9464", ":9464", "9464", "::1:9464", "[127.0.0.1]:1", "127.1:9464",
        "http://127.0.0.1:9464", "[]:1", "[::1:9464"})
    CHECK(problem_of(address) ==
          "\"" + address + "\" does not begin with a numeric address; " + example);
  const config_folder folder;
  CHECK(folder.problems_with_node(R"({"http": {}})") ==
        "node.json:/http/listen: is missing; " + example + "\n");
  CHECK(folder.problems_with_node(R"({"http": {"listen": "127.0.0.1:1", "port": 1}})") ==
        "node.json:/http/port: unknown key \"port\"; known here: \"listen\", \"insecure\"\n");
  CHECK(folder.problems_with_node(R"({"http": {"listen": 9464, "insecure": "yes"}})") ==
        "node.json:/http/insecure: is a string; it must be true or false\n"
        "node.json:/http/listen: is a number; it must be a string\n");
}

TEST_CASE("the effective configuration says whether others may ask") {
  const config_folder folder;
  folder.patch_node(R"({"http": {"listen": "127.0.0.1:9464"}})");
  const auto node = nlohmann::json::parse(folder.effective())["node"];
  CHECK(node["http"] == nlohmann::json{{"listen", "127.0.0.1:9464"}, {"insecure", false}});
}
