#include "runtime/net/address.hpp"

#include <doctest/doctest.h>

#include "messages/error.hpp"

using namespace sluice;
using namespace sluice::net;

TEST_CASE("an address reads back as it was written") {
  CHECK(parse_address("unix:state/sluice.sock").path == "state/sluice.sock");
  for (const auto* text :
       {"unix:/run/sluice.sock", "tls:b.example:4600", "tls:[::1]:1", "tcp:127.0.0.1:65535"})
    CHECK(parse_address(text).text() == text);
  const auto tls = parse_address("tls:[2001:db8::7]:4600");
  CHECK(tls.host == "2001:db8::7");
  CHECK(tls.port == 4600);
  CHECK(tls.is_tls());
  CHECK_FALSE(tls.is_unix());
  CHECK_FALSE(parse_address("tcp:a:1").is_tls());
}

TEST_CASE("an address that only this machine can reach is known as such") {
  for (const auto* text : {"tcp:127.0.0.1:1", "tcp:127.9.9.9:1", "tcp:[::1]:1", "tcp:localhost:1"})
    CHECK(parse_address(text).is_loopback());
  for (const auto* text : {"tcp:0.0.0.0:1", "tcp:[::]:1", "tcp:10.0.0.1:1", "tcp:a.localhost:1",
                           "tcp:[::ffff:127.0.0.1]:1"})
    CHECK_FALSE(parse_address(text).is_loopback());
}

TEST_CASE("a path as long as the kernel allows is accepted and one byte more is not") {
  const auto fits = std::string(max_socket_path, 'x');
  CHECK(parse_address("unix:" + fits).path.string() == fits);
  try {
    parse_address("unix:" + fits + "x");
    FAIL("accepted");
  } catch (const failure& e) {
    CHECK(e.info().code == errc::usage);
    CHECK(e.info().cause.find("108 bytes") != std::string::npos);
  }
}

TEST_CASE("what is no address is refused with the form of one") {
  for (const auto* text :
       {"", "unix:", "state/sluice.sock", "UNIX:x", "tls:", "tls:a", "tls::1", "tls:a:0",
        "tls:a:65536", "tls:a:1x", "tls:a:-1", "tls:[]:1", "udp:a:1"}) {
    CAPTURE(text);
    try {
      parse_address(text);
      FAIL("accepted");
    } catch (const failure& e) {
      CHECK(e.info().code == errc::usage);
      CHECK(e.info().hint.find("unix:PATH") != std::string::npos);
    }
  }
  CHECK_THROWS_AS(parse_address(std::string_view{"unix:a\0b", 8}), failure);
  CHECK_THROWS_AS(parse_address(std::string_view{"tls:a\0b:1", 9}), failure);
  CHECK_THROWS_AS(parse_address("tls:::1:4600"), failure);
}
