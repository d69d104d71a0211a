#include "runtime/net/tls_channel.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <string>

#include "messages/ascii.hpp"
#include "messages/error.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::net;
using namespace std::chrono_literals;

namespace {

struct deployment {
  test::temp_dir dir;
  test::certificate_authority authority{dir.path(), "authority"};

  [[nodiscard]] tls_files files(const test::certificate_options& what) const {
    const auto made = authority.issue(what);
    return {made.certificate, made.key, authority.certificate()};
  }
  [[nodiscard]] tls_files node() const {
    return files({.name = "node:a", .hosts = {"a.example"}, .addresses = {"127.0.0.1"}});
  }
  [[nodiscard]] tls_files ops() const { return files({.name = "operator:ci"}); }
};

/// Both ends of a connection within this process.
struct conversation {
  std::unique_ptr<tls_channel> server;
  std::unique_ptr<tls_channel> client;

  conversation(const tls_context& from, const tls_context& to, const std::string& host) {
    int ends[2] = {-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    server = to.accept(os::unique_fd{ends[0]});
    client = from.connect(os::unique_fd{ends[1]}, host);
  }

  /// Goes on until neither end can. Both ends' last words.
  std::pair<moved, moved> shake_hands() {
    std::pair<moved, moved> said{moved::would_block, moved::would_block};
    // Each round either moves a flight of the handshake or is the last; TLS 1.3 has three.
    for (int round = 0; round < 6; ++round) said = {client->shake_hands(), server->shake_hands()};
    return said;
  }
};

std::string refusal_of(const tls_files& files) {
  try {
    tls_context context{files};
    return {};
  } catch (const failure& e) {
    CHECK(e.info().code == errc::invalid_config);
    return e.what();
  }
}

}  // namespace

TEST_CASE("both sides learn from certificates who the other one is") {
  const deployment d;
  const tls_context node{d.node()};
  const tls_context ops{d.ops()};
  CHECK(node.self() == party{party_kind::node, "a"});
  for (const std::string host : {"a.example", "127.0.0.1"}) {
    conversation c{ops, node, host};
    CHECK(c.shake_hands() == std::pair{moved::some, moved::some});
    CHECK(c.server->peer() == party{party_kind::op, "ci"});
    CHECK(c.client->peer() == party{party_kind::node, "a"});
  }
}

TEST_CASE("bytes arrive as they were sent, and the end of the stream too") {
  const deployment d;
  const tls_context node{d.node()};
  const tls_context ops{d.ops()};
  conversation c{ops, node, "a.example"};
  c.shake_hands();
  std::string sent(300'000, '\0');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 7 + i / 251);
  std::string got;
  std::size_t at = 0;
  while (got.size() < sent.size()) {
    std::size_t n = 0;
    if (at < sent.size() && c.client->write(std::span{sent}.subspan(at), n) == moved::some) at += n;
    char buffer[5000];
    while (c.server->read(buffer, n) == moved::some) got.append(buffer, n);
  }
  CHECK(got == sent);
  c.client.reset();
  char byte = 0;
  std::size_t n = 0;
  CHECK(c.server->read({&byte, 1}, n) == moved::closed);
  CHECK(c.server->complaint().empty());
}

TEST_CASE("bytes that were decrypted and not handed out are told of") {
  const deployment d;
  const tls_context node{d.node()};
  const tls_context ops{d.ops()};
  conversation c{ops, node, "a.example"};
  c.shake_hands();
  std::size_t n = 0;
  CHECK(c.client->write(std::span{"0123456789", 10}, n) == moved::some);
  char some[4];
  CHECK(c.server->read(some, n) == moved::some);
  CHECK(c.server->holds_bytes());
  char rest[10];
  CHECK(c.server->read(rest, n) == moved::some);
  CHECK(n == 6);
  CHECK_FALSE(c.server->holds_bytes());
}

TEST_CASE("a client refuses a node whose certificate is for another host") {
  const deployment d;
  const tls_context node{d.node()};
  const tls_context ops{d.ops()};
  for (const std::string host : {"b.example", "127.0.0.2"}) {
    conversation c{ops, node, host};
    CHECK(c.shake_hands().first == moved::closed);
    CHECK(contains(c.client->complaint(), "its certificate is refused"));
  }
}

TEST_CASE("certificates of another authority, or that expired, are refused by either side") {
  const deployment d;
  const deployment other;
  const tls_context node{d.node()};
  const tls_context ops{d.ops()};
  auto foreign = other.ops();
  foreign.ca = d.authority.certificate();
  const tls_context stranger{foreign};
  const tls_context late{
      d.files({.name = "operator:late", .valid_from = -48h, .valid_until = -24h})};
  for (const auto* client : {&stranger, &late}) {
    conversation c{*client, node, "a.example"};
    c.shake_hands();
    CHECK(contains(c.server->complaint(), "its certificate is refused"));
  }
  auto impostor_files = other.node();
  impostor_files.ca = d.authority.certificate();
  const tls_context impostor{impostor_files};
  conversation c{ops, impostor, "a.example"};
  c.shake_hands();
  CHECK(contains(c.client->complaint(), "its certificate is refused"));
}

TEST_CASE("a certificate that names no party is refused though the authority signed it") {
  const deployment d;
  CHECK(contains(refusal_of(d.files({.name = "somebody"})), "names no party"));
  CHECK(parse_party("node:") == std::nullopt);
  CHECK(parse_party("admin:x") == std::nullopt);
  CHECK(parse_party("observer:grafana") == party{party_kind::observer, "grafana"});
  for (const auto* text : {"node:a", "operator:ci", "observer:x"})
    CHECK(parse_party(text)->text() == text);
}

TEST_CASE("bytes that are no TLS end the handshake") {
  const deployment d;
  const tls_context node{d.node()};
  int ends[2] = {-1, -1};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
  const auto server = node.accept(os::unique_fd{ends[0]});
  const os::unique_fd client{ends[1]};
  CHECK(server->shake_hands() == moved::would_block);
  REQUIRE(::send(client.get(), "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL) == 18);
  CHECK(server->shake_hands() == moved::closed);
  CHECK_FALSE(server->complaint().empty());
}

TEST_CASE("files that cannot be used are named with what is wrong") {
  const deployment d;
  const auto good = d.node();
  auto bad = good;
  bad.certificate = d.dir.path() / "absent.pem";
  CHECK(contains(refusal_of(bad), "absent.pem"));
  bad = good;
  bad.key = d.ops().key;
  CHECK(contains(refusal_of(bad), "operator:ci.key"));
  bad = good;
  bad.ca = good.key;
  CHECK(contains(refusal_of(bad), good.key.string()));
  bad = good;
  bad.ca = d.dir.path() / "pipe";
  REQUIRE(::mkfifo(bad.ca.c_str(), 0600) == 0);
  CHECK(contains(refusal_of(bad), "is not a regular file"));
  bad = good;
  bad.key = d.dir.path() / "pipe";
  CHECK(contains(refusal_of(bad), "is not a regular file"));
  bad = good;
  bad.certificate = "/dev/zero";
  CHECK(contains(refusal_of(bad), "is not a regular file"));
  std::filesystem::permissions(good.key, std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  CHECK(contains(refusal_of(good), "others than its owner may read"));
}
