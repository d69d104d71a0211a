#include "runtime/credentials/base_url.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "messages/error.hpp"

using namespace sluice;
using namespace sluice::credentials;
using nlohmann::json;

namespace {

const config::base_url_config salesforce{"/instance_url", {"*.salesforce.com", "127.0.0.1"}};

std::string base_url_cause(const json& answer) {
  try {
    return "taken: " + base_url_in(answer, salesforce);
  } catch (const failure& f) {
    CHECK(f.info().code == errc::destination_failed);
    return f.info().cause;
  }
}
std::string base_url_cause(const char* url) { return base_url_cause(json{{"instance_url", url}}); }

}  // namespace

TEST_CASE("a host is within a name of its own, and within those that it is below") {
  CHECK(is_within("acme.my.salesforce.com", {"*.salesforce.com"}));
  CHECK(is_within("ACME.Salesforce.COM", {"*.salesforce.com"}));
  CHECK(is_within("login.example.com", {"a.example.com", "login.example.com"}));
  for (const auto* host : {"salesforce.com", "evilsalesforce.com", ".salesforce.com.evil.com",
                           "acme.salesforce.com.evil.com", "", "x"})
    CHECK_FALSE_MESSAGE(is_within(host, {"*.salesforce.com"}), host);
}

TEST_CASE("the server is scheme, host and port of what the answer names") {
  CHECK(base_url_cause("https://acme.my.salesforce.com") ==
        "taken: https://acme.my.salesforce.com");
  CHECK(base_url_cause("https://acme.salesforce.com:8443/x?y#z") ==
        "taken: https://acme.salesforce.com:8443");
  CHECK(base_url_cause("http://127.0.0.1:80/") == "taken: http://127.0.0.1:80");
}

TEST_CASE("a server that is elsewhere, not encrypted or no address is refused") {
  CHECK(base_url_cause("https://evil.com").find("is not within") != std::string::npos);
  CHECK(base_url_cause("https://acme.salesforce.com@evil.com").find("no address") !=
        std::string::npos);
  CHECK(base_url_cause("https://evil.com\\.salesforce.com").find("no address") !=
        std::string::npos);
  CHECK(base_url_cause("https://evil.com%2f.salesforce.com").find("no address") !=
        std::string::npos);
  CHECK(base_url_cause("http://acme.salesforce.com").find("no https") != std::string::npos);
  CHECK(base_url_cause("acme.salesforce.com").find("no address") != std::string::npos);
  CHECK(base_url_cause("https://").find("no address") != std::string::npos);
  CHECK(base_url_cause(json{{"instance_url", 7}}) == "it names none there");
  CHECK(base_url_cause(json::object()) == "it names none there");
}
