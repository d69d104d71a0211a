#include <doctest/doctest.h>

#include <list>
#include <thread>

#include "messages/error.hpp"
#include "tests/runtime/web/attended_server.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/http_test_clients.hpp"
#include "tests/support/http_visitor.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::attended_server;
using test::awaited_end;
using test::http_visitor;
using web::parting;

namespace {

struct tls_fixture {
  test::temp_dir dir;
  test::certificate_authority authority{dir.path(), "authority"};

  [[nodiscard]] std::shared_ptr<const net::tls_server> certificate(const std::string& name) const {
    const auto files = authority.issue({.name = name, .addresses = {"127.0.0.1"}});
    return std::make_shared<net::tls_server>(net::server_files{files.certificate, files.key});
  }
  /// A client that trusts the authority.
  [[nodiscard]] test::curl_client client() const {
    test::curl_client out;
    out.options = [file = authority.certificate().string()](CURL* c) {
      ::curl_easy_setopt(c, CURLOPT_CAINFO, file.c_str());
    };
    return out;
  }
};

std::string url(const attended_server& s, const std::string& path) {
  return "https://127.0.0.1:" + std::to_string(s.port()) + path;
}

/// Answers the next requests with what `answer` makes of them.
template <class Answer>
std::thread attend(attended_server& s, Answer answer, int requests = 1) {
  return std::thread([&s, answer, requests] {
    for (int i = 0; i < requests; ++i) answer(*s.next());
  });
}

}  // namespace

TEST_CASE_FIXTURE(tls_fixture, "requests and responses of any size are protected by TLS") {
  attended_server s(test::patient_limits(), certificate("server"));
  auto browser = client();
  auto attendant = attend(
      s,
      [](web::exchange& e) {
        CHECK(e.asked().encrypted);
        CHECK(e.asked().peer == "127.0.0.1");
        e.respond({200, {}, e.asked().body + std::string(5 << 20, 'x')});
      },
      3);
  for (int i = 0; i < 3; ++i) {
    const std::string body(60'000, static_cast<char>('a' + i));
    const auto answer = browser.post(url(s, "/x"), body);
    CHECK(answer.status == 200);
    CHECK(answer.body == body + std::string(5 << 20, 'x'));
  }
  attendant.join();
}

TEST_CASE_FIXTURE(tls_fixture, "TLS 1.2 is spoken, and nothing older") {
  attended_server s(test::patient_limits(), certificate("server"));
  for (const auto& [version, good] :
       {std::pair{CURL_SSLVERSION_MAX_TLSv1_2, true}, std::pair{CURL_SSLVERSION_MAX_TLSv1_3, true},
        std::pair{CURL_SSLVERSION_MAX_TLSv1_1, false}}) {
    CAPTURE(version);
    auto browser = client();
    browser.options = [before = browser.options, version = version](CURL* c) {
      before(c);
      ::curl_easy_setopt(c, CURLOPT_SSLVERSION,
                         static_cast<long>(CURL_SSLVERSION_TLSv1_0) | version);
      ::curl_easy_setopt(c, CURLOPT_SSL_CIPHER_LIST, "DEFAULT:@SECLEVEL=0");
    };
    CHECK((browser.get(url(s, "/quick")).status == 200) == good);
  }
}

TEST_CASE_FIXTURE(tls_fixture, "a stream over TLS arrives whole") {
  attended_server s(test::patient_limits(), certificate("server"));
  auto browser = client();
  auto attendant = attend(s, [](web::exchange& e) {
    e.open_stream({});
    for (int i = 0; i < 10; ++i) CHECK(e.write(std::string(20'000, 'x')));
    e.close_stream();
  });
  const auto answer = browser.get(url(s, "/events"));
  attendant.join();
  CHECK(answer.code == CURLE_OK);
  CHECK(answer.body.size() == 200'000);
}

TEST_CASE_FIXTURE(tls_fixture, "a client that hangs up is noticed over TLS, too") {
  attended_server s(test::patient_limits(), certificate("server"));
  auto browser = client();
  browser.options = [before = browser.options](CURL* c) {
    before(c);
    ::curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, 200L);
  };
  CHECK(browser.get(url(s, "/slow")).code == CURLE_OPERATION_TIMEDOUT);
  const auto e = s.next();
  CHECK(awaited_end(*e).get() == parting::lost);
}

TEST_CASE_FIXTURE(tls_fixture, "a client that speaks HTTP in the clear is told so") {
  attended_server s(test::patient_limits(), certificate("server"));
  http_visitor visitor(s.port());
  REQUIRE(visitor.say("GET /x HTTP/1.1\r\n\r\n"));
  const auto page = visitor.read_page();
  CHECK(page.status == 400);
  CHECK(page.body == "{|this port speaks HTTPS alone}");
  CHECK_FALSE(s.has_next());
}

TEST_CASE_FIXTURE(tls_fixture, "clients that stop in their handshake keep nobody waiting") {
  attended_server s(test::patient_limits(), certificate("server"));
  std::list<http_visitor> halted;
  for (int i = 0; i < 600; ++i) {
    halted.emplace_back(s.port());
    if (i % 2 == 0) halted.back().say(std::string("\x16\x03\x01\x02\x00\x01", 6));
  }
  auto browser = client();
  CHECK(browser.get(url(s, "/quick")).body == "quick");
}

TEST_CASE_FIXTURE(tls_fixture, "a handshake that takes too long, or is none, ends the connection") {
  auto limits = test::patient_limits();
  limits.each.asking = 50ms;
  attended_server s(limits, certificate("server"));
  CHECK(http_visitor(s.port()).is_hung_up_on());
  http_visitor half(s.port());
  half.say(std::string("\x16\x03\x01\x02\x00\x01", 6));
  CHECK(half.is_hung_up_on());
  attended_server patient(test::patient_limits(), certificate("server"));
  http_visitor broken(patient.port());
  broken.say("\x16 is no handshake, however it goes on");
  while (!broken.is_hung_up_on()) continue;
  CHECK_FALSE(patient.has_next());
}

TEST_CASE_FIXTURE(tls_fixture, "a certificate can be replaced while the server runs") {
  attended_server s(test::patient_limits(), certificate("server"));
  auto before = client();
  CHECK(before.get(url(s, "/quick")).status == 200);
  test::temp_dir elsewhere;
  const test::certificate_authority other{elsewhere.path(), "other"};
  const auto files = other.issue({.name = "server", .addresses = {"127.0.0.1"}});
  s.server().use(
      std::make_shared<net::tls_server>(net::server_files{files.certificate, files.key}));
  CHECK(before.get(url(s, "/quick")).status == 200);  // its connection goes on
  CHECK(client().get(url(s, "/quick")).code == CURLE_PEER_FAILED_VERIFICATION);
}

TEST_CASE_FIXTURE(tls_fixture, "files that are no certificate and key are refused by name") {
  const auto one = authority.issue({.name = "one"});
  const auto other = authority.issue({.name = "other"});
  CHECK_THROWS_WITH_AS(net::tls_server({one.certificate, other.key}),
                       doctest::Contains("other.key"), failure);
  CHECK_THROWS_WITH_AS(net::tls_server({dir.path() / "none.pem", one.key}),
                       doctest::Contains("none.pem"), failure);
  CHECK_THROWS_WITH_AS(net::tls_server({one.key, one.key}), doctest::Contains("one.key"), failure);
}
