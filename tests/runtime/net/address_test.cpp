#include "runtime/net/address.hpp"

#include <doctest/doctest.h>

#include "messages/error.hpp"

using namespace sluice;
using namespace sluice::net;

TEST_CASE("an address reads back as it was written") {
  CHECK(parse_address("unix:state/sluice.sock").path == "state/sluice.sock");
  CHECK(parse_address("unix:/run/sluice.sock").text() == "unix:/run/sluice.sock");
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
  for (const auto* text : {"", "unix:", "state/sluice.sock", "tcp:localhost:1", "UNIX:x"}) {
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
}
