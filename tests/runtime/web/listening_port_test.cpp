#include "runtime/web/listening_port.hpp"

#include <doctest/doctest.h>

#include "messages/error.hpp"
#include "tests/support/http_visitor.hpp"

using namespace sluice;

namespace {

error refusal_of(const std::string& host, std::uint16_t port) {
  try {
    const web::listening_port mine(host, port);
  } catch (const failure& f) {
    return f.info();
  }
  return {};
}

}  // namespace

TEST_CASE("a port that another process has is refused with its address and a way out") {
  const web::listening_port first("127.0.0.1", 0);
  const auto why = refusal_of("127.0.0.1", first.port());
  CHECK(why.code == errc::state_locked);
  CHECK(why.text() == "listen at 'http://127.0.0.1:" + std::to_string(first.port()) +
                          "': Address already in use; give this node another port in "
                          "`http.listen`; `ss -ltnp` tells who has it");
}

TEST_CASE("an address that this machine does not have is refused") {
  const auto why = refusal_of("192.0.2.1", 9464);  // RFC 5737: for documentation
  CHECK(why.code == errc::invalid_config);
  CHECK(why.object == "http://192.0.2.1:9464");
  CHECK_FALSE(why.hint.empty());
}

TEST_CASE("a port is free again at once") {
  std::uint16_t port = 0;
  {
    const web::listening_port first("127.0.0.1", 0);
    port = first.port();
    CHECK_NOTHROW(test::http_visitor(port).say("x"));
  }
  CHECK_NOTHROW(web::listening_port("127.0.0.1", port));
}
