#include "actors/connection/run_actors.hpp"

#include <utility>

#include "actors/common/spawn_blocking.hpp"
#include "actors/run/reader.hpp"
#include "actors/run/writer.hpp"

namespace sluice::actors {

run_actors::~run_actors() {
  if (alive_.empty()) return;
  stop_reading_.request_stop();
  stop_writing_.request_stop();
  for (const auto& [address, who] : alive_) {
    count_as_hung(who);
    if (const auto actor = caf::actor_cast<caf::actor>(address))
      caf::anon_send<caf::message_priority::high>(
          actor, caf::exit_msg{nullptr, caf::exit_reason::user_shutdown});
  }
}

void run_actors::spawn(supervisor_actor::pointer self,
                       const std::shared_ptr<const run_services>& services,
                       const catalog_actor& catalog, const action::spawn_run& what) {
  stop_reading_ = {};
  stop_writing_ = {};
  writers_.clear();
  services_ = services;
  run_ = what.run.run;
  const auto me = caf::actor_cast<supervisor_actor>(self);
  for (std::uint32_t i = 0; i < services->config.delivery.writers; ++i) {
    const writer_number number{i};
    const auto alive = std::make_shared<const role>(role{kind::writer, number});
    writer_args args{services, number, me, catalog, stop_writing_.get_token(), alive};
    writers_.push_back(
        spawn_blocking<caf::monitored>(*self, services->own_threads, writer, std::move(args)));
    alive_[writers_.back().address()] = {*alive, alive};
  }
  const auto alive = std::make_shared<const role>(role{kind::reader, {}});
  reader_args args{services,
                   what.run,
                   what.allow_deletes,
                   what.assume_synced,
                   what.read_to,
                   what.ledger,
                   what.rows,
                   me,
                   catalog,
                   writers_,
                   stop_reading_.get_token(),
                   alive};
  reader_ = spawn_blocking<caf::monitored>(*self, services->own_threads, reader, std::move(args));
  alive_[reader_.address()] = {*alive, alive};
}

void run_actors::writer_done(writer_number number) {
  if (index_of(number) < writers_.size()) alive_.erase(writers_[index_of(number)].address());
}

void run_actors::reader_done() {
  if (reader_) alive_.erase(reader_.address());
}

std::string run_actors::count_as_hung(const member& who) const {
  auto name =
      who.is.is == kind::reader ? "reader" : "writer " + std::to_string(index_of(who.is.number));
  services_->hung->add(services_->config.name, {run_, name, services_->now()}, who.alive);
  return name;
}

void run_actors::set_aside(supervisor_actor::pointer self, const action::set_aside& who) {
  const auto leave = [this](const auto& actor) {
    if (const auto found = alive_.extract(actor.address()))
      services_->log.about({services_->config.name, run_})
          .error(
              "the {} has not ended although it was told to: the run goes on without it, and "
              "the connection takes no other run before it is back",
              count_as_hung(found.mapped()));
  };
  for (const auto i : who.writers) leave(writers_[index_of(i)]);
  if (!who.reader) return;
  leave(reader_);
  // When the reader comes back, it closes source and ledger, and ends. The ledger has all delivered
  // rows.
  settle_ledger(self, false);
}

void run_actors::cancel_reader(supervisor_actor::pointer self) {
  stop_reading_.request_stop();
  self->send<caf::message_priority::high>(reader_, cancel_atom_v);
}

void run_actors::end_rows(supervisor_actor::pointer self,
                          const std::vector<writer_number>& writers) {
  for (const auto i : writers) self->send(writers_[index_of(i)], end_rows_atom_v, pass_end::failed);
}

void run_actors::abandon_writers(supervisor_actor::pointer self) {
  stop_writing_.request_stop();
  for (const auto& w : writers_) self->send<caf::message_priority::high>(w, abandon_atom_v);
}

void run_actors::settle_ledger(supervisor_actor::pointer self, bool merge) {
  self->send(reader_, settle_atom_v, merge);
}

bool run_actors::is_present(const caf::strong_actor_ptr& who) const {
  return who && alive_.contains(who->address());
}

std::optional<run_actors::role> run_actors::crashed(const caf::actor_addr& address) {
  const auto found = alive_.find(address);
  if (found == alive_.end()) return std::nullopt;
  const auto who = found->second.is;
  alive_.erase(found);
  return who;
}

std::vector<caf::strong_actor_ptr> run_actors::alive() const {
  std::vector<caf::strong_actor_ptr> actors;
  for (const auto& [address, who] : alive_)
    actors.push_back(caf::actor_cast<caf::strong_actor_ptr>(address));
  return actors;
}

void run_actors::release() {
  reader_ = reader_actor{};
  writers_.clear();
}

}  // namespace sluice::actors
