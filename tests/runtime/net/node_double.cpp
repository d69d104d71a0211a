#include "tests/runtime/net/node_double.hpp"

#include <thread>
#include <utility>

#include "messages/handlers.hpp"
#include "messages/version.hpp"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

void require_customers(const std::string& connection) {
  if (connection != "customers")
    throw failure(errc::unknown_connection, "find connection", connection, "no such connection",
                  "`sluice connections` lists them");
}

struct double_state {
  node_script script;
  /// Promises that are never kept; a dropped one could be answered by CAF.
  std::vector<caf::response_promise> unanswered;
};

using double_actor = front_actor::stateful_pointer<double_state>;

/// The script's answer, its refusal, or silence.
template <command::known C>
caf::result<typename C::answer> answer(double_actor self, const C& command) {
  try {
    const auto& from = self->state.script.on<C>();
    if (auto result = from ? from(command) : std::nullopt) return std::move(*result);
    self->state.unanswered.push_back(self->make_response_promise());
    return caf::delegated<typename C::answer>{};
  } catch (const failure& e) {
    return to_caf(e.info());
  }
}

template <class... Commands>
front_actor::behavior_type behavior_of(double_actor self, command::pack<Commands...>) {
  return {[self](hello_atom, const std::string& version) -> caf::result<node_info> {
            const auto& s = self->state.script;
            if (auto wrong = version_mismatch(s.version, caller::command, version, s.name))
              return to_caf(*wrong);
            return node_info{s.name, s.version, static_cast<std::uint64_t>(::getpid()), false};
          },
          [self](const Commands& command) { return answer(self, command); }...};
}

front_actor::behavior_type act(double_actor self, node_script script) {
  install_handlers(*self, "answer", "double");
  self->state.script = std::move(script);
  return behavior_of(self, command::all{});
}

template <class Condition>
bool wait_until(const Condition& there) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!there()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

}  // namespace

run_record quiet_run() {
  run_record r;
  r.run = "01JD0000000000000000000001";
  r.connection = "customers";
  r.state = run_state::succeeded;
  r.mode = sync_mode::mirror;
  r.epoch = 1;
  r.started_at = timestamp{1'769'850'000'000ms};
  r.reading_halted_at = timestamp{1'769'850'011'000ms};
  r.finished_at = timestamp{1'769'850'012'500ms};
  r.counters.read = r.counters.inserts = r.counters.delivered = 100'000;
  return r;
}

connection_status quiet_status() {
  connection_status s;
  s.connection = "customers";
  s.mode = sync_mode::mirror;
  s.run = quiet_run();
  s.next_type = run_type::incremental;
  s.ledger_rows = 100'000;
  s.node = "double";
  return s;
}

node_script quiet_node() {
  node_script s;
  s.on<command::connections>() = [](const command::connections&) {
    return std::vector{quiet_status()};
  };
  s.on<command::nodes>() = [](const command::nodes&) { return std::vector<node_status>{}; };
  s.on<command::start>() = [](const command::start& command) {
    require_customers(command.connection);
    auto r = quiet_run();
    r.state = run_state::running;
    r.counters = {};
    r.reading_halted_at.reset();
    r.finished_at.reset();
    return r;
  };
  s.on<command::stop>() = [](const command::stop& command) -> run_record {
    require_customers(command.connection);
    throw failure(errc::not_running, "stop sync", command.connection, "no run is active");
  };
  s.on<command::await>() = [](const command::await& command) {
    require_customers(command.connection);
    return quiet_run();
  };
  s.on<command::status>() = [](const command::status& command) {
    require_customers(command.connection);
    return quiet_status();
  };
  s.on<command::runs>() = [](const command::runs& command) {
    require_customers(command.connection);
    return run_list{{quiet_run()}};
  };
  s.on<command::rejected>() = [](const command::rejected& command) {
    require_customers(command.connection);
    return rejected_list{};
  };
  s.on<command::row_log>() = [](const command::row_log& command) {
    require_customers(command.connection);
    return row_log_page{};
  };
  s.on<command::configuration>() = [](const command::configuration& command) {
    require_customers(command.connection);
    return shown_configuration{"/etc/sluice/customers.json", R"({"mode": "mirror"})", {"/mode"}};
  };
  s.on<command::preview>() = [](const command::preview& command) {
    require_customers(command.connection);
    preview_result p;
    p.connection = command.connection;
    p.type = run_type::incremental;
    p.mode = sync_mode::mirror;
    p.counters.read = 100'000;
    p.counters.unchanged = 99'999;
    p.counters.updates = 1;
    p.samples = {{"update", R"({"id":7})", R"({"op":"update"})", ""}};
    return p;
  };
  s.on<command::shutdown>() = [](const command::shutdown&) { return std::uint32_t{0}; };
  return s;
}

node_double::node_double(const net::address& where, node_script script, net::gate_limits limits) {
  std::vector<net::listening_socket> sockets;
  sockets.emplace_back(where);
  actor_ = system_.spawn(act, std::move(script));
  endpoint_ = std::make_unique<net::node_endpoint>(
      system_,
      [this](const net::party&, int) {
        return net::reception{caf::actor_cast<caf::strong_actor_ptr>(actor_), false, {}};
      },
      std::move(sockets), std::vector<net::tcp_door>{},
      [this](const std::string& line) {
        const std::lock_guard lock(mutex_);
        refused_.push_back(line);
      },
      limits);
}

node_double::~node_double() {
  endpoint_.reset();
  caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown);
}

std::vector<std::string> node_double::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

bool node_double::wait_for_refused(std::size_t count) const {
  return wait_until([&] { return refused().size() >= count; });
}

bool node_double::wait_for_clients(std::size_t count) const {
  return wait_until([&] { return clients() == count; });
}

}  // namespace sluice::test
