#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <tuple>

#include "tests/support/certificates.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/http_test_clients.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

struct authority_fixture {
  temp_dir dir;
  certificate_authority authority{dir.path(), "authority"};

  [[nodiscard]] http_tls issue(const certificate_options& what) const {
    const auto files = authority.issue(what);
    return {files.certificate, files.key};
  }
  [[nodiscard]] http_tls issue_for_loopback() const {
    return issue({.name = "server", .hosts = {"localhost"}, .addresses = {"127.0.0.1"}});
  }
};

curl_client client_that_trusts(const certificate_authority& authority) {
  curl_client client;
  client.options = [file = authority.certificate().string()](CURL* c) {
    ::curl_easy_setopt(c, CURLOPT_CAINFO, file.c_str());
  };
  return client;
}

void show_certificate(curl_client& client, const certificate_files& files) {
  client.options = [before = client.options, files](CURL* c) {
    before(c);
    ::curl_easy_setopt(c, CURLOPT_SSLCERT, files.certificate.c_str());
    ::curl_easy_setopt(c, CURLOPT_SSLKEY, files.key.c_str());
  };
}

}  // namespace

TEST_CASE_FIXTURE(authority_fixture, "a client that trusts the authority is served over TLS") {
  const http_server server{issue_for_loopback()};
  auto client = client_that_trusts(authority);
  CHECK(server.url().starts_with("https://127.0.0.1:"));
  const std::string body(300'000, 'b');
  CHECK(client.post(server.url(), body).status == 200);
  CHECK(client.get(server.url()).body == "{}");
  CHECK(client.get(server.url("/", "localhost")).status == 200);
  const auto log = server.requests();
  REQUIRE(log.size() == 3);
  CHECK(log[0].body == body);
  CHECK(log[1].connection == 1);
  CHECK(server.errors().empty());
}

TEST_CASE_FIXTURE(authority_fixture, "a certificate for another host is refused") {
  const http_server server{issue({.name = "server", .hosts = {"elsewhere.example"}})};
  auto client = client_that_trusts(authority);
  CHECK(client.get(server.url()).code == CURLE_PEER_FAILED_VERIFICATION);
  client.options = [before = client.options, port = server.port()](CURL* c) {
    before(c);
    ::curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
  };
  CHECK(client.get(server.url()).status == 200);  // nothing else was wrong with it
  CHECK(server.requests().size() == 1);
}

TEST_CASE_FIXTURE(authority_fixture, "a certificate is refused before and after its time") {
  const auto refused = [&](const certificate_options& what, const char* reason) {
    CAPTURE(what.name);
    const http_server server{issue(what)};
    char why[CURL_ERROR_SIZE] = "";
    auto client = client_that_trusts(authority);
    client.options = [before = client.options, &why](CURL* c) {
      before(c);
      ::curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why);
    };
    CHECK(client.get(server.url()).code == CURLE_PEER_FAILED_VERIFICATION);
    CHECK(std::string{why}.find(reason) != std::string::npos);
    CHECK(server.wait_for_errors(1, 10s));
    CHECK(server.requests().empty());
  };
  refused({.name = "old", .addresses = {"127.0.0.1"}, .valid_from = -48h, .valid_until = -24h},
          "certificate has expired");
  refused({.name = "new", .addresses = {"127.0.0.1"}, .valid_from = 24h, .valid_until = 48h},
          "certificate is not yet valid");
}

TEST_CASE_FIXTURE(authority_fixture, "an unknown authority is refused even under a known name") {
  const temp_dir elsewhere;
  const certificate_authority same_name{elsewhere.path(), "authority"};
  const http_server server{issue_for_loopback()};
  CHECK(client_that_trusts(same_name).get(server.url()).code == CURLE_PEER_FAILED_VERIFICATION);
  CHECK(server.requests().empty());
}

TEST_CASE_FIXTURE(authority_fixture,
                  "a client has to show a certificate if the server demands it") {
  auto tls = issue_for_loopback();
  tls.client_authority = authority.certificate();
  const http_server server{tls};

  auto nobody = client_that_trusts(authority);
  CHECK(nobody.get(server.url()).code != CURLE_OK);
  REQUIRE(server.wait_for_errors(1, 10s));
  CHECK(server.errors()[0].find("peer did not return a certificate") != std::string::npos);

  const temp_dir elsewhere;
  const certificate_authority unknown{elsewhere.path(), "unknown"};
  auto stranger = client_that_trusts(authority);
  show_certificate(stranger, unknown.issue({.name = "stranger"}));
  CHECK(stranger.get(server.url()).code != CURLE_OK);
  REQUIRE(server.wait_for_errors(2, 10s));
  CHECK(server.errors()[1].find("certificate verify failed") != std::string::npos);
  CHECK(server.requests().empty());

  auto friendly = client_that_trusts(authority);
  show_certificate(friendly, authority.issue({.name = "client"}));
  friendly.options = [before = friendly.options](CURL* c) {
    before(c);
    ::curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
  };
  CHECK(friendly.get(server.url()).status == 200);
  CHECK(friendly.get(server.url()).status == 200);  // a connection that resumes the session
  CHECK(server.requests().size() == 2);
}

TEST_CASE_FIXTURE(authority_fixture, "answers fail over TLS as they do in the clear") {
  http_server server{issue_for_loopback()};
  server.enqueue({.behaviour = http_behaviour::reset_after_applying});
  server.enqueue({.body = "0123456789", .behaviour = http_behaviour::half_body});
  server.enqueue({.behaviour = http_behaviour::huge_body, .huge_size = 3'000'000});
  server.enqueue({.afterwards = http_afterwards::reset_when_reused});
  CHECK(client_that_trusts(authority).get(server.url()).code == CURLE_RECV_ERROR);
  CHECK(server.applied() == 1);
  const auto half = client_that_trusts(authority).get(server.url());
  CHECK(half.code != CURLE_OK);
  CHECK(half.body == "01234");
  auto capped = client_that_trusts(authority);
  capped.body_limit = 100'000;
  CHECK(capped.get(server.url()).code == CURLE_WRITE_ERROR);
  auto client = client_that_trusts(authority);
  CHECK(client.get(server.url()).status == 200);
  CHECK(client.get(server.url()).status == 200);
  CHECK(server.requests().back().connection == 5);
}

TEST_CASE_FIXTURE(authority_fixture, "a client in the clear fails the handshake") {
  const http_server server{issue_for_loopback()};
  const raw_client client{server.port()};
  client.send("GET / HTTP/1.1\r\n\r\n");
  CHECK(client.receive_all().bytes.find("HTTP/1.1") == std::string::npos);
  REQUIRE(server.wait_for_errors(1, 10s));
  CHECK(server.errors()[0].find("http request") != std::string::npos);
}

TEST_CASE_FIXTURE(authority_fixture, "unusable files are errors that name the file") {
  auto tls = issue_for_loopback();
  tls.key = dir.path() / "missing.key";
  CHECK_THROWS_WITH_AS(http_server{tls}, doctest::Contains("missing.key"), std::runtime_error);
  CHECK_THROWS_AS(std::ignore = authority.issue({.name = "bad", .addresses = {"not an address"}}),
                  std::runtime_error);
  CHECK_THROWS_AS((certificate_authority{dir.path() / "nowhere", "authority"}), std::runtime_error);
}

TEST_CASE_FIXTURE(authority_fixture, "a private key is its owner's alone") {
  using std::filesystem::perms;
  const auto files = authority.issue({.name = "server"});
  CHECK((std::filesystem::status(files.key).permissions() & perms::mask) ==
        (perms::owner_read | perms::owner_write));
}
