#include "tests/support/connection_fixture.hpp"

#include <iostream>

#include "runtime/schedule/clock.hpp"

namespace sluice::test {
namespace {

/// A logger without an output: these tests look at records, not at texts.
log::logger silent_log() {
  static std::ostream nowhere(nullptr);
  return log::logger({}, nowhere);
}

}  // namespace

outside_world::outside_world() {
  config.name = "customers";
  config.source.table = "customers";
  config.source.key = {"id"};
  config.source.odbc = config::secret_string("Driver=double");
  config.mode = sync_mode::mirror;
  config.destination.kind = config::jsonl_config{dir.path() / "unused"};
  config.delivery.writers = 2;
  config.delivery.batch_rows = 3;
  config.delivery.window = 2;
}

void outside_world::wait_in_mailboxes() {
  config.delivery.window = 8;
  for (const auto& [id, value] : source.rows) {
    std::string key;
    append_value(key, value_kind::integer, std::to_string(id));
    if (id % 3 == 0) destination.rejects[key] = "refused";
  }
}

std::map<long, std::string> outside_world::delivered() const {
  std::map<long, std::string> rows;
  for (const auto& [key, row] : destination.rows()) {
    const auto id = unpack(key).at(0).bytes;
    rows[std::stol(std::string(id))] = unpack(row).at(1).bytes;
  }
  return rows;
}

connection_fixture::connection_fixture(outside_world& w) : world(w) {
  auto store = std::make_unique<catalog::catalog>(world.dir.path(), world.now, world.bounds);
  const auto known = store->load(world.config.name);
  catalog = system.spawn(actors::catalog_keeper,
                         std::make_shared<std::unique_ptr<catalog::catalog>>(std::move(store)));
  slots = system.spawn(actors::slots, std::size_t{1});
  succession = system.spawn(actors::succession);
  const auto directory = world.dir.path() / "ledger";
  actors::run_services made{.config = world.config,
                            .node = "test",
                            .log = silent_log(),
                            .scratch_dir = world.dir.path(),
                            .own_threads = false};
  made.open_model = w.open_model;
  made.open_ledger = [all = ledgers, directory](const std::stop_token& stop) {
    return all->open(directory, "test identity", stop);
  };
  made.look_at_ledger = [all = ledgers, directory](const std::stop_token& stop) {
    return all->look(directory, "test identity", stop);
  };
  made.forget_ledger = [all = ledgers, directory] { all->set_aside(directory); };
  made.make_destination = w.make_destination;
  made.now = [&w] { return w.now += std::chrono::milliseconds{1}; };
  made.announce = [&w](const run_ended& e) { w.told.push_back(e); };
  made.row_log_file = [&w](const run_id& run) { return w.row_log_of(run); };
  made.new_run_id = [&w] { return run_id("run-" + std::to_string(1000 + ++w.run_ids)); };
  made.make_digests = [file = w.dir.path() / "digest" / "customers", scratch = w.dir.path()] {
    return std::make_unique<digest::detection>(file, scratch);
  };
  made.make_row_log = [&w](const run_id& run) {
    return std::make_shared<rowlog::row_log>(w.row_log_of(run));
  };
  actors::supervisor_args args;
  services = std::make_shared<const actors::run_services>(std::move(made));
  args.services = services;
  args.known = known;
  args.catalog = catalog;
  args.slots = slots;
  args.succession = succession;
  supervisor = system.spawn(actors::supervisor, std::move(args));
  run();
}

connection_fixture::~connection_fixture() {
  // A crash ends every actor wherever it is. The supervisor's children are killed one by one, since
  // nothing links them to it.
  auto& body = static_cast<caf::stateful_actor<actors::supervisor_state, supervisor_actor::base>*>(
                   caf::actor_cast<caf::abstract_actor*>(supervisor))
                   ->state;
  const auto kill = [](const auto& whom) {
    if (whom)
      caf::anon_send<caf::message_priority::high>(caf::actor_cast<caf::actor>(whom),
                                                  caf::exit_msg{nullptr, caf::exit_reason::kill});
  };
  const auto children = body.children();
  for (const auto& child : children) kill(child);
  kill(supervisor);
  kill(slots);
  kill(succession);
  kill(catalog);
  run();
  // CAF 0.17.6: an urgent message that was skipped while its receiver awaited a response comes up
  // again with the next urgent one only.
  for (const auto& child : children) kill(child);
}

answer<run_record> connection_fixture::start(const start_options& options) {
  // Runs up to the answer and no further: the test steps through the run itself.
  auto pending = send_request(supervisor, command::start{"customers", options}, waiting{});
  run_until([&] { return self->has_next_message(); });
  return receive<run_record>(pending);
}

run_record connection_fixture::sync(const start_options& options) {
  const auto begun = start(options).get();
  return ask<run_record>(supervisor,
                         command::await{"customers", begun.run, command::poll_time{60'000}})
      .get();
}

answer<run_record> connection_fixture::stop(bool abandon) {
  auto pending = send_request(supervisor, command::stop{"customers", {.abandon = abandon}});
  run_until([&] { return self->has_next_message(); });
  return receive<run_record>(pending);
}

connection_status connection_fixture::status() {
  auto pending = send_request(supervisor, command::status{"customers"});
  run_until([&] { return self->has_next_message(); });
  return receive<connection_status>(pending).get();
}

answer<preview_result> connection_fixture::preview(const preview_options& options) {
  auto pending = send_request(supervisor, command::preview{"customers", options}, waiting{});
  run_until([&] { return self->has_next_message(); });
  return receive<preview_result>(pending);
}

std::vector<rejected_row> connection_fixture::rejected() {
  return ask<rejected_list>(supervisor, command::rejected{"customers", {.limit = 100}}).get().rows;
}

}  // namespace sluice::test
