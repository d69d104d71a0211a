#include "runtime/api/known_hosts.hpp"

#include <doctest/doctest.h>

#include "tests/runtime/api/api_fixture.hpp"

using namespace sluice;
using api::known_hosts;

namespace {

bool takes(const known_hosts& hosts, const std::string& host) {
  return !hosts.refuse(test::request("GET", "/", {{"Host", host}}));
}

}  // namespace

TEST_CASE("a host name that was made to point here is refused before anything else") {
  test::api_fixture api;
  for (const std::string target :
       {"/", "/ui/", "/api/v1/session", "/v2/retl-connections/a/syncs"}) {
    auto r = test::request("GET", target, {{"Host", "evil.example:9470"}});
    r.headers.emplace("Authorization", std::string("Bearer ") + test::operator_token);
    const auto answer = api.answer(r);
    CHECK(answer.status == 421);
    const auto body = test::json_of(answer);
    CHECK(body["code"] == "unknown_host");
    CHECK(body["hint"].get<std::string>().find("\"hosts\"") != std::string::npos);
  }
}

TEST_CASE("a node is known by this machine's names and by its own address, with its port") {
  const known_hosts hosts("10.0.0.5:9470", 9470, false, {});
  for (const std::string host :
       {"localhost:9470", "LOCALHOST:9470", "127.0.0.1:9470", "[::1]:9470", "10.0.0.5:9470"})
    CHECK_MESSAGE(takes(hosts, host), host);
  for (const std::string host :
       {"localhost", "localhost:9471", "127.0.0.2:9470", "10.0.0.5", "", "::1", "localhost:9470.",
        "localhost:9470@evil", "evil.example", "localhost.evil.example:9470"})
    CHECK_FALSE_MESSAGE(takes(hosts, host), host);
}

TEST_CASE("other hosts are known with any port, or with theirs") {
  const known_hosts hosts("127.0.0.1:9470", 9470, false,
                          {"sluice.example.com", "proxy.example:8443", "[fe80::1]"});
  for (const std::string host : {"sluice.example.com", "Sluice.Example.com:443",
                                 "proxy.example:8443", "[fe80::1]:80", "[fe80::1]"})
    CHECK_MESSAGE(takes(hosts, host), host);
  for (const std::string host : {"proxy.example", "proxy.example:443", "x.sluice.example.com",
                                 "sluice.example.com.evil", "sluice.example.com:80x"})
    CHECK_FALSE_MESSAGE(takes(hosts, host), host);
}

TEST_CASE("the port of a scheme may be left out") {
  CHECK(takes(known_hosts("127.0.0.1:443", 443, true, {}), "localhost"));
  CHECK(takes(known_hosts("127.0.0.1:80", 80, false, {}), "[::1]"));
  CHECK_FALSE(takes(known_hosts("127.0.0.1:443", 443, false, {}), "localhost"));
}

TEST_CASE("a request names one host") {
  const known_hosts hosts("127.0.0.1:9470", 9470, false, {});
  auto r = test::request("GET", "/", {{"Host", "127.0.0.1:9470"}});
  r.headers.emplace("host", "evil.example");
  CHECK(hosts.refuse(r)->detail == "the request names more than one host");
  r.headers.clear();
  CHECK(hosts.refuse(r)->detail == "the request names no host");
}
