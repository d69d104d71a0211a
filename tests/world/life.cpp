#include "tests/world/life.hpp"

#include <algorithm>
#include <utility>

namespace sluice::test {
namespace {

namespace fs = std::filesystem;

/// Runs that may be active at a time.
constexpr std::size_t places = 2;

/// Of the catalog: what SQLite keeps in files, but for what it makes anew.
void copy_catalog(const fs::path& from, const fs::path& to) {
  for (const auto* file : {"catalog.sqlite", "catalog.sqlite-wal"}) {
    fs::remove(to / file);
    if (fs::exists(from / file)) fs::copy_file(from / file, to / file);
  }
}

fs::path made(const fs::path& folder) {
  fs::create_directories(folder / "ledger");
  return folder;
}

/// Null if the actor has ended, and its state with it.
template <class State, class Handle>
State* state_of(const Handle& actor) {
  auto* const found = caf::actor_cast<caf::abstract_actor*>(actor);
  if (found->getf(caf::abstract_actor::is_terminated_flag)) return nullptr;
  return &static_cast<caf::stateful_actor<State, typename Handle::base>*>(found)->state;
}

}  // namespace

life::life(fs::path folder, configuration configured, const std::function<timestamp()>& now)
    : folder_(made(folder)), disk_(folder_ / "ledger") {
  disk_.on_crash([this] { keep_catalog(); });
  auto store = std::make_unique<catalog::catalog>(folder_, now());
  actors::node_args args;
  args.info = {"world", "1", 1, false};
  args.connections = configured(*this);
  for (const auto& [name, services] : args.connections) args.known[name] = store->load(name);
  catalog_ = system.spawn(actors::catalog_keeper,
                          std::make_shared<std::unique_ptr<catalog::catalog>>(std::move(store)));
  slots_ = system.spawn(actors::slots, places);
  succession_ = system.spawn(actors::succession);
  args.catalog = catalog_;
  args.slots = slots_;
  args.succession = succession_;
  args.read_configuration = [this, configured] {
    return actors::new_configuration{{}, configured(*this), {}};
  };
  args.reloaded = [](const reload_report&) {};
  node_ = system.spawn(actors::node, std::move(args));
  settle();
}

life::~life() { kill(); }

std::vector<caf::strong_actor_ptr> life::children_of(const connection_name& connection) const {
  const auto* const node = state_of<actors::node_state>(node_);
  if (node == nullptr) return {};
  std::vector<caf::strong_actor_ptr> found;
  for (const auto* group : {&node->supervisors, &node->leaving})
    for (const auto& [name, supervisor] : *group) {
      const auto* const body = state_of<actors::supervisor_state>(supervisor);
      if (body == nullptr || (!connection.empty() && name != connection)) continue;
      const auto more = body->children();
      found.insert(found.end(), more.begin(), more.end());
    }
  return found;
}

bool life::step() {
  auto& jobs = scheduler.jobs;
  const auto next =
      std::ranges::find_if(jobs, [&](caf::resumable* job) { return !hanging_.contains(job); });
  if (next == jobs.end() || died()) return false;
  std::rotate(jobs.begin(), next, next + 1);
  scheduler.run_once();
  return true;
}

void life::pass(std::chrono::milliseconds time) {
  scheduler.advance_time(time);
  settle();
}

bool life::has_ended() const { return state_of<actors::node_state>(node_) == nullptr; }

std::string life::hang(const connection_name& connection, std::uint32_t which) {
  const auto children = children_of(connection);
  if (children.empty()) return {};
  const auto& chosen = children[which % children.size()];
  auto* const actor = caf::actor_cast<caf::abstract_actor*>(chosen);
  hanging_[dynamic_cast<caf::resumable*>(actor)] = chosen;
  return dynamic_cast<caf::local_actor*>(actor)->name();
}

void life::keep_catalog() const {
  fs::create_directories(folder_ / "death");
  copy_catalog(folder_, folder_ / "death");
}

void life::bequeath(ledger::test::faulty_disk::power_cut kind, std::uint64_t seed,
                    const fs::path& next) {
  if (!died()) {
    keep_catalog();
    disk_.on_crash({});
    disk_.crash_at(1);
  }
  kill();
  disk_.after(kind, seed, made(next) / "ledger");
  copy_catalog(folder_ / "death", next);
}

void life::kill() {
  if (!node_) return;
  const auto end = [](const auto& whom) {
    if (whom)
      caf::anon_send<caf::message_priority::high>(caf::actor_cast<caf::actor>(whom),
                                                  caf::exit_msg{nullptr, caf::exit_reason::kill});
  };
  // The children of a supervisor are told by name, since nothing links them to it.
  // So is who hangs, whoever has forgotten him.
  auto children = children_of({});
  for (const auto& [job, actor] : std::exchange(hanging_, {})) children.push_back(actor);
  std::ranges::for_each(children, end);
  if (const auto* const node = state_of<actors::node_state>(node_); node != nullptr)
    for (const auto* group : {&node->supervisors, &node->leaving})
      for (const auto& [name, supervisor] : *group) end(supervisor);
  end(node_);
  end(slots_);
  end(succession_);
  end(catalog_);
  run();
  // CAF 0.17.6: an urgent message that was skipped while its receiver awaited a response comes up
  // again with the next urgent one only.
  std::ranges::for_each(children, end);
  run();
  node_ = node_actor{};
}

}  // namespace sluice::test
