// Who knocks at a node's TLS port with the wrong certificate, with none, or with no TLS at all.
// Real processes.
#include <doctest/doctest.h>

#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <fstream>
#include <random>

#include "messages/cluster_protocol.hpp"
#include "messages/own_version.hpp"
#include "runtime/net/actor_config.hpp"
#include "runtime/net/basp.hpp"
#include "runtime/net/tcp_socket.hpp"
#include "runtime/net/tunnel.hpp"
#include "tests/e2e/cluster_fixture.hpp"
#include "tests/e2e/program_start.hpp"
#include "tests/runtime/net/frames.hpp"
#include "tests/support/sanitizer.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using document = nlohmann::json;

namespace {

struct guarded : test::cluster_fixture {
  guarded() {
    for (const auto* name : {"a", "b"})
      add(name).connection(
          name, {{"source",
                  {{"odbc", "Driver=SQLite3;Database=none.db"}, {"table", "t"}, {"key", {"id"}}}},
                 {"destination", {{"kind", "jsonl"}, {"path", std::string(name) + ".jsonl"}}}});
    start({"a", "b"});
  }

  test::outcome ask(const std::vector<std::string>& how) { return run({"connections"}, how); }
  [[nodiscard]] net::address port() const { return net::parse_address(tls_address("a")); }
  /// Through the TLS port, as that party.
  [[nodiscard]] std::unique_ptr<net::tls_channel> visit(const std::string& party) {
    const auto own = authority.issue({.name = party});
    return net::connect_tls(
        port(), net::tls_context{{own.certificate, own.key, authority.certificate()}}, 10s);
  }

  /// The node answers promptly, its link lives, and it has not grown by more than `mib`.
  template <class Knocks>
  void check_unmoved(double mib, const Knocks& knock) {
    auto& a = (*this)["a"];
    const auto link = nodes("a").at("b");
    const auto before = memory_of(a);
    knock();
    std::vector<std::chrono::milliseconds> trips;
    std::vector<std::chrono::milliseconds> starts;
    for (int i = 0; i < 9; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      CHECK(a.json({"status", "a"})["node"] == "a");
      trips.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(
          std::chrono::steady_clock::now() - begin));
      starts.push_back(test::time_to_start(a.binary));
    }
    std::ranges::sort(trips);
    std::ranges::sort(starts);
    // Half of them, beyond what it takes to start the program: the machine has other things to do.
    CHECK(trips[trips.size() / 2] < 100ms * test::slowdown + starts[starts.size() / 2]);
    if (!test::memory_is_the_sanitizers) CHECK(memory_of(a) - before < mib);
    CHECK(nodes("a").at("b") == link);
  }

  static double memory_of(test::node_fixture& node) {
    std::ifstream in("/proc/" + std::to_string(node.node().pid()) + "/status");
    for (std::string line; std::getline(in, line);)
      if (line.starts_with("RssAnon:")) return std::stod(line.substr(8)) / 1024;
    return 0;
  }
};

std::string errors_of(const test::outcome& o) { return o.errors; }

/// A program that speaks the protocol between nodes, with whatever certificate it has.
class speaker {
 public:
  speaker(const test::certificate_files& own, const std::filesystem::path& ca,
          const net::address& where)
      : way_(net::make_inner_socket()),
        tunnel_(net::connect_tls(where, net::tls_context{{own.certificate, own.key, ca}}, 10s),
                std::move(way_.ours)) {
    auto found = net::basp{system_}.connect(std::move(way_.for_caf), 10s);
    REQUIRE(found);
    welcome_ = std::move(*found);
  }

  /// Says to whoever welcomed it that it is the node `name`; answers what that one calls itself.
  caf::expected<std::string> join_as(const std::string& name) {
    const auto here = caf::actor_cast<caf::strong_actor_ptr>(self_);
    const introduction us{
        {{node_name(name), own_version(), 1, false}, timestamp{}, {}}, here, here, here};
    caf::expected<std::string> answer{caf::none};
    self_->request(caf::actor_cast<caf::actor>(welcome_), 10s, join_atom_v, us)
        .receive([&](const introduction& them) { answer = them.facts.info.name; },
                 [&](const caf::error& why) { answer = why; });
    return answer;
  }
  /// Asks an actor of CAF's own, which every process has, for a setting.
  bool reaches_configuration(std::chrono::milliseconds patience) {
    bool answered = false;
    self_
        ->request(broker_, patience, caf::forward_atom::value, welcome_->node(),
                  caf::atom("ConfigServ"),
                  caf::make_message(caf::get_atom::value, std::string("*")))
        .receive([&](const caf::message&) { answered = true; },
                 [&](const caf::error& why) {
                   // An answer that is not understood here has arrived all the same.
                   answered = why != caf::sec::request_timeout;
                 });
    return answered;
  }

 private:
  net::inner_socket way_;
  net::tunnel tunnel_;  // outlives the actor system, whose end closes it
  net::actor_config config_{net::role::shim};
  caf::actor_system system_{config_};
  caf::actor broker_ = system_.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
  caf::strong_actor_ptr welcome_;
  caf::scoped_actor self_{system_};
};

/// Says what it likes behind an honest handshake, and need not listen.
class raw_client {
 public:
  explicit raw_client(std::unique_ptr<net::tls_channel> way) : way_(std::move(way)) {
    const auto header = hear(net::frame_header_size);
    const auto greeting = hear(net::read_frame_header(std::span<const char, 32>(header)).payload);
    // It ends with the id of whoever answers, and the number of the names of its interface: none.
    const std::span<const char> id(greeting.data() + greeting.size() - 9, 8);
    for (const auto byte : id) front_ = front_ << 8 | static_cast<unsigned char>(byte);
    say(test::frame(net::frame_kind::client_handshake, test::identity(next_identity++)));
  }

  /// A command that is sent with nothing but its name.
  template <command::known C>
  [[nodiscard]] std::string asks(std::uint64_t number) const {
    return to_front(test::message("@<>+" + std::string(command::type_name_of<C>.data()), ""),
                    number);
  }
  [[nodiscard]] std::string to_front(const std::string& message, std::uint64_t number) const {
    return test::to(
        front_, test::from(8, test::numbered(
                                  number, test::frame(net::frame_kind::direct_message, message))));
  }

  /// Says it, for as long as somebody takes it. False: there is nobody
  /// any more.
  bool say(std::string_view bytes) {
    while (!bytes.empty()) {
      std::size_t n = 0;
      switch (way_->write(bytes, n)) {
        case net::moved::closed:
          return false;
        case net::moved::would_block:
          if (!wait(false, 50)) return true;
          break;
        case net::moved::some:
          bytes.remove_prefix(n);
      }
    }
    return true;
  }
  /// So many bytes, or fewer if the other side hangs up.
  std::string hear(std::size_t size) {
    std::string all(size, '\0');
    for (std::size_t got = 0; got < size;) {
      std::size_t n = 0;
      const auto result = way_->read({all.data() + got, size - got}, n);
      if (result == net::moved::closed ||
          (result == net::moved::would_block && !wait(true, 10'000)))
        return all.substr(0, got);
      got += n;
    }
    return all;
  }
  /// Listens until it is hung up on.
  bool is_hung_up_on() {
    while (!hear(4096).empty()) {
    }
    return !wait(true, 0) || hear(1).empty();
  }

 private:
  bool wait(bool to_hear, int ms) {
    pollfd p{way_->fd(), way_->events(to_hear, !to_hear), 0};
    return ::poll(&p, 1, ms) == 1;
  }

  static inline char next_identity = '!';
  std::unique_ptr<net::tls_channel> way_;
  std::uint64_t front_ = 0;
};

}  // namespace

TEST_CASE_FIXTURE(guarded, "operators command, observers look on, everybody else stays outside") {
  CHECK(ask(as("operator:ci", "a")).exit_code == 0);
  CHECK(ask(as("observer:grafana", "a")).exit_code == 0);
  CHECK(run({"reload"}, as("operator:ci", "a")).exit_code == 0);
  const auto observer = as("observer:grafana", "a");
  for (const std::vector<std::string>& command : {std::vector<std::string>{"sync", "a"},
                                                  {"stop", "a", "--yes"},
                                                  {"disable", "b"},
                                                  {"reload"},
                                                  {"shutdown"},
                                                  {"reset", "a", "--yes"}}) {
    CAPTURE(command.front());
    const auto refused = run(command, observer);
    CHECK(refused.exit_code == 4);
    CHECK(errors_of(refused).find("an observer may ask and change nothing") != std::string::npos);
  }
  CHECK(run({"nodes"}, observer).output.find("linked") != std::string::npos);
  // Through the other node, too.
  CHECK(run({"status", "b"}, observer).exit_code == 0);

  const test::temp_dir elsewhere;
  const test::certificate_authority stranger{elsewhere.path(), "authority"};
  auto wrong = with(stranger.issue({.name = "operator:ci"}), "a");
  const auto not_ours = ask(wrong);
  CHECK(not_ours.exit_code == 3);
  INFO(not_ours.errors);
  CHECK(not_ours.errors.find("certificate") != std::string::npos);
  const auto expired = ask(
      with(authority.issue({.name = "operator:old", .valid_from = -2h, .valid_until = -1h}), "a"));
  CHECK(expired.exit_code == 3);
  const auto nobody = run({"connections"}, {"--node", tls_address("a")});
  CHECK(nobody.exit_code == 2);
  CHECK(nobody.errors.find("--cert") != std::string::npos);
}

TEST_CASE_FIXTURE(guarded, "an operator that sends a node's messages is not taken for one") {
  add("c");  // has a certificate, and does not run
  const auto as_party = [&](const std::string& party) {
    return std::make_unique<speaker>(authority.issue({.name = party}), authority.certificate(),
                                     port());
  };
  auto node = as_party("node:c");
  CHECK(node->reaches_configuration(20s));
  CHECK(*node->join_as("c") == "a");
  CHECK(nodes("a").at("c")["link"] == "linked");
  node.reset();
  wait_for_link("a", "c", "unreachable");

  for (const std::string party : {"operator:ci", "observer:grafana"}) {
    CAPTURE(party);
    auto pretender = as_party(party);
    CHECK_FALSE(pretender->reaches_configuration(1s));
    CHECK_FALSE(pretender->join_as("c"));  // and is hung up on for it
    CHECK(nodes("a").at("c")["link"] == "unreachable");
  }
  CHECK(nodes("a").at("b")["link"] == "linked");
}

TEST_CASE_FIXTURE(guarded, "a thousand silent connections neither slow a node down nor fill it") {
  rlimit files{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4096);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &files) == 0);
  std::vector<os::unique_fd> crowd;
  check_unmoved(50, [&] {
    for (int i = 0; i < 1000; ++i) crowd.push_back(net::connect_tcp(port(), 10s));
  });
  CHECK(ask(as("operator:ci", "a")).exit_code == 0);
}

TEST_CASE_FIXTURE(guarded,
                  "noise, plain messages and huge headers at the TLS port are shrugged off") {
  std::mt19937 random{7};
  check_unmoved(50, [&] {
    for (int i = 0; i < 100; ++i) {
      const auto fd = net::connect_tcp(port(), 10s);
      std::string bytes(4096, '\0');
      for (auto& b : bytes) b = static_cast<char>(random());
      // CAF's handshake with a payload of 4 GiB, without TLS around it.
      if (i % 2 == 0) bytes = std::string("\1\0\0\0\xff\xff\xff\xff", 8) + std::string(24, '\0');
      static_cast<void>(::write(fd.get(), bytes.data(), bytes.size()));
    }
  });
  CHECK(ask(as("operator:ci", "a")).exit_code == 0);
}

TEST_CASE_FIXTURE(guarded, "a message nested 60,000 deep costs its own connection") {
  add("c");  // has a certificate, and does not run
  std::string nested;
  for (int i = 0; i < 60'000; ++i) nested += test::message("@<>+@message").substr(i == 0 ? 0 : 1);
  nested += test::message("@<>").substr(1);
  const auto ended = test::from(
      8, test::frame(net::frame_kind::down_message, test::identity('x') + test::identity('y') +
                                                        std::string(9, '\1') + nested.substr(1)));
  for (const std::string party : {"observer:grafana", "operator:ci", "node:c"}) {
    CAPTURE(party);
    raw_client direct(visit(party));
    direct.say(direct.to_front(nested, 1));
    CHECK(direct.is_hung_up_on());
    raw_client down(visit(party));
    // So that its end is something to be told.
    down.say(down.asks<command::connections>(1) + ended);
    CHECK(down.is_hung_up_on());
  }
  CHECK((*this)["a"].json({"status", "a"})["node"] == "a");
  CHECK(nodes("a").at("b")["link"] == "linked");
}

TEST_CASE_FIXTURE(guarded, "whoever asks without an end keeps nobody waiting, listening or gone") {
  bool stays = true;
  SUBCASE("it goes") { stays = false; }
  SUBCASE("it stays, and takes no answer") {}
  std::vector<std::unique_ptr<raw_client>> floods;
  check_unmoved(64, [&] {
    for (const std::string party : {"observer:grafana", "operator:ci"}) {
      for (int i = 0; i < 20; ++i) {
        floods.push_back(std::make_unique<raw_client>(visit(party)));
        std::string many;
        for (std::uint64_t n = 1; n < 1'000; ++n)
          many += n % 2 == 0 ? floods.back()->asks<command::connections>(n)
                             : floods.back()->asks<command::nodes>(n);
        floods.back()->say(many);
      }
    }
    if (!stays) floods.clear();
  });
  CHECK(ask(as("operator:me", "a")).exit_code == 0);
  CHECK(run({"stop", "a", "--yes"}, as("operator:me", "a")).exit_code == 4);  // nothing runs
}

TEST_CASE_FIXTURE(guarded, "a certificate with any number of connections keeps nobody out") {
  constexpr int many = 64;
  std::vector<std::unique_ptr<raw_client>> crowd;
  crowd.reserve(many);
  for (int i = 0; i < many; ++i)
    crowd.push_back(std::make_unique<raw_client>(visit("observer:eve")));
  CHECK(ask(as("observer:eve", "a")).exit_code == 3);
  CHECK(ask(as("observer:grafana", "a")).exit_code == 0);
  CHECK(ask(as("operator:ci", "a")).exit_code == 0);
  CHECK((*this)["a"].json({"status", "a"})["node"] == "a");
  CHECK((*this)["a"].node().wait_for_errors("64 observers are connected", 10s));
}

TEST_CASE_FIXTURE(
    guarded, "a node whose certificate is another's does not start, a stranger's is not linked") {
  auto& c = add("c");
  c.settings["node"] = "d";
  const auto refused = c.start_and_fail();
  CHECK(refused.exit_code == 2);
  INFO(refused.errors);
  CHECK(refused.errors.find("it is for node:c, and this is node:d") != std::string::npos);

  const test::temp_dir elsewhere;
  const test::certificate_authority stranger{elsewhere.path(), "authority"};
  const auto files = stranger.issue({.name = "node:e", .addresses = {"127.0.0.1"}});
  auto& e = add("e");
  e.settings["tls"] = {{"certificate", files.certificate.string()},
                       {"key", files.key.string()},
                       {"ca", stranger.certificate().string()}};
  peer("e", {"a"});
  e.start();
  CHECK(e.node().wait_for_errors("tried again until it answers", 10s));
  CHECK_FALSE(nodes("a").contains("e"));
  CHECK(e.json({"nodes"})[1]["link"] == "unreachable");
  CHECK(e.json({"nodes"})[1]["error"]["code"] == "unreachable");
}

TEST_CASE("a bare TCP port of this machine takes commands where the configuration says so") {
  test::node_fixture node;
  const test::reserved_port reserved;
  const auto port = "tcp:127.0.0.1:" + std::to_string(reserved.number());
  node.settings = {{"listen", {node.address(), port}}, {"insecure", true}};
  node.start();
  CHECK(test::cluster_fixture::run({"connections"}, {"--node", port}).exit_code == 0);
}
