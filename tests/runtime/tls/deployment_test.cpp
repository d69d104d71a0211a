#include "runtime/tls/deployment.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "messages/error.hpp"
#include "runtime/net/tls_channel.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::tls;
using net::party_kind;
using std::chrono::days;

namespace {

timestamp now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

struct place {
  test::temp_dir dir;
  std::filesystem::path tls = dir.path() / "deep" / "tls";

  std::vector<std::filesystem::path> make(std::vector<member> members, days valid_for = days{30},
                                          timestamp when = now()) const {
    return set_up({tls, std::move(members), valid_for}, when);
  }
  /// The text of the refusal; the directory must be as it was.
  std::string refusal(std::vector<member> members, days valid_for = days{30}) const {
    const auto before = names();
    try {
      make(std::move(members), valid_for);
    } catch (const failure& e) {
      CHECK(names() == before);
      return e.what();
    }
    return {};
  }
  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> found;
    if (std::filesystem::exists(tls))
      for (const auto& entry : std::filesystem::directory_iterator(tls))
        found.insert(entry.path().filename());
    return found;
  }
  [[nodiscard]] net::tls_files files(const std::string& stem) const {
    return {tls / (stem + ".pem"), tls / (stem + ".key"), tls / "ca.pem"};
  }
};

const member node_a{{party_kind::node, "a"}, {"a.example", "10.0.0.7", "2001:db8::7"}};
const member node_b{{party_kind::node, "b"}};
const member ci{{party_kind::op, "ci"}};
const member grafana{{party_kind::observer, "grafana"}};

bool has(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return true;
  MESSAGE(text);
  return false;
}

mode_t mode_of(const std::filesystem::path& file) {
  struct stat found {};
  REQUIRE(::stat(file.c_str(), &found) == 0);
  return found.st_mode & 07777;
}

/// Why a client does not accept a node, or the other way round; empty if they talk.
std::string handshake(const net::tls_files& client, const net::tls_files& node,
                      const std::string& host) {
  int ends[2] = {-1, -1};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
  const net::tls_context from{client};
  const net::tls_context to{node};
  const auto server = to.accept(os::unique_fd{ends[0]});
  const auto peer = from.connect(os::unique_fd{ends[1]}, host);
  for (int round = 0; round < 6; ++round)
    if (peer->shake_hands() == net::moved::closed || server->shake_hands() == net::moved::closed)
      return peer->complaint() + server->complaint();
  CHECK(peer->peer() == to.self());
  CHECK(server->peer() == from.self());
  return {};
}

}  // namespace

TEST_CASE_FIXTURE(place, "every member gets a certificate with which it is let in") {
  const auto written = make({node_a, node_b, ci, grafana});
  CHECK(written.size() == 10);
  CHECK(written.front() == tls / "ca.pem");
  CHECK(names() == std::set<std::string>{"ca.pem", "ca.key", "node-a.pem", "node-a.key",
                                         "node-b.pem", "node-b.key", "operator-ci.pem",
                                         "operator-ci.key", "observer-grafana.pem",
                                         "observer-grafana.key"});
  for (const auto* host : {"a.example", "10.0.0.7", "2001:db8::7"})
    for (const auto* client : {"operator-ci", "observer-grafana", "node-b"}) {
      CAPTURE(host);
      CAPTURE(client);
      CHECK(handshake(files(client), files("node-a"), host).empty());
    }
  // A node without hosts is reached on this machine.
  for (const auto* host : {"localhost", "127.0.0.1", "::1"})
    CHECK(handshake(files("node-a"), files("node-b"), host).empty());
  CHECK_FALSE(handshake(files("operator-ci"), files("node-a"), "b.example").empty());
  // An operator's certificate does not make a server.
  CHECK_FALSE(handshake(files("node-a"), files("operator-ci"), "a.example").empty());
}

TEST_CASE_FIXTURE(place, "keys are their owner's alone, whatever the umask") {
  for (const mode_t mask : {0000, 0077, 0777}) {
    CAPTURE(mask);
    const auto before = ::umask(mask);
    const place fresh;
    ::umask(mask);
    std::filesystem::create_directory(fresh.dir.path() / "deep");
    std::filesystem::permissions(fresh.dir.path() / "deep", std::filesystem::perms::owner_all);
    std::filesystem::create_directory(fresh.tls);
    std::filesystem::permissions(fresh.tls, std::filesystem::perms::owner_all);
    for (const auto& file : fresh.make({node_b, ci}))
      CHECK(mode_of(file) == (file.extension() == ".key" ? 0600 : 0644));
    ::umask(before);
  }
}

TEST_CASE_FIXTURE(place, "a directory that is made is its owner's alone, whatever the umask") {
  std::filesystem::create_directory(dir.path() / "deep");
  for (const mode_t mask : {0000, 0777})
    for (const auto* name : {"plain", "with a slash/"}) {
      CAPTURE(mask);
      const auto wanted = dir.path() / "deep" / (std::to_string(mask) + name);
      const auto before = ::umask(mask);
      set_up({wanted, {ci}}, now());
      ::umask(before);
      CHECK(mode_of(wanted) == 0700);
    }
}

TEST_CASE_FIXTURE(place, "run again it adds members of the same deployment") {
  make({node_a});
  CHECK(make({ci}) ==
        std::vector<std::filesystem::path>{tls / "operator-ci.pem", tls / "operator-ci.key"});
  CHECK(handshake(files("operator-ci"), files("node-a"), "a.example").empty());
  const place other;
  other.make({ci});
  CHECK_FALSE(handshake(other.files("operator-ci"), files("node-a"), "a.example").empty());
}

TEST_CASE_FIXTURE(place, "certificates end when asked, and never after their authority") {
  make({ci, node_a}, days{1}, now() - days{2});
  CHECK_FALSE(handshake(files("operator-ci"), files("node-a"), "a.example").empty());
  // The authority is good for ten years from then; this one would be for a hundred.
  make({node_b}, days{36'500});
  CHECK(handshake(files("node-b"), files("node-b"), "localhost").empty());
}

TEST_CASE_FIXTURE(place, "an authority that has ended signs nothing") {
  make({ci}, days{1}, now() - days{3'651});
  CHECK(has(refusal({node_a}), "the authority ended on "));
}

TEST_CASE_FIXTURE(place, "what cannot be is refused before anything is written") {
  CHECK(has(refusal({{{party_kind::node, "a b"}}}), "the name cannot be one"));
  CHECK(has(refusal({{{party_kind::node, "../a"}}}), "the name cannot be one"));
  CHECK(has(refusal({{{party_kind::node, std::string(60, 'a')}}}), "at most 64 bytes"));
  CHECK(has(refusal({{{party_kind::node, "a"}, {"*.example"}}}), "neither a host's name"));
  CHECK(has(refusal({{{party_kind::node, "a"}, {"a,DNS:b"}}}), "neither a host's name"));
  CHECK(has(refusal({{{party_kind::node, "a"}, {""}}}), "neither a host's name"));
  CHECK(has(refusal({{{party_kind::node, "a"}, {"10.0.0.300"}}}), "neither a host's name"));
  CHECK(has(refusal({{{party_kind::node, "a"}, {"b.7"}}}), "neither a host's name"));
  CHECK(has(refusal({ci, ci}), "asked for twice"));
  CHECK(has(refusal({ci}, days{0}), "at least one day"));
  CHECK_FALSE(std::filesystem::exists(tls));
  make({ci});
  CHECK(has(refusal({node_a, ci}), "it exists already"));
  std::filesystem::remove(tls / "ca.key");
  CHECK(has(refusal({node_a}), "only ca.pem is there"));
  std::ofstream(tls / "ca.key") << "no key";
  CHECK(has(refusal({node_a}), "ca.key is no private key"));
  std::filesystem::remove(tls / "ca.key");
  const place other;
  other.make({});
  std::filesystem::copy_file(other.tls / "ca.key", tls / "ca.key");
  CHECK(has(refusal({node_a}), "ca.key does not belong to ca.pem"));
  std::filesystem::remove(tls / "ca.pem");
  std::filesystem::create_directory(tls / "ca.pem");
  CHECK(has(refusal({node_a}), "/ca.pem': is a directory"));
}

TEST_CASE_FIXTURE(place, "a link where a file would be is not followed") {
  make({});
  const auto before = names();
  std::filesystem::create_symlink(dir.path() / "elsewhere", tls / "operator-ci.key");
  CHECK_THROWS_AS(make({ci}), failure);
  std::filesystem::remove(tls / "operator-ci.key");
  CHECK(names() == before);
  CHECK_FALSE(std::filesystem::exists(dir.path() / "elsewhere"));
}
