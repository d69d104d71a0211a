#include "actors/catalog/catalog_keeper.hpp"

#include <utility>

#include "messages/handlers.hpp"

namespace sluice::actors {
namespace {

/// Runs `work`; an exception becomes the error of the reply instead of the end of the actor.
template <class Reply, class Work>
caf::result<Reply> answer(const char* operation, Work&& work) {
  try {
    return work();
  } catch (...) {
    return to_caf(error_from(std::current_exception(), operation, "catalog"));
  }
}

/// The same for work without a result; the reply says that the work is done.
template <class Work>
caf::result<bool> done(const char* operation, Work&& work) {
  return answer<bool>(operation, [&] {
    work();
    return true;
  });
}

}  // namespace

catalog_actor::behavior_type catalog_keeper(
    catalog_actor::stateful_pointer<catalog_keeper_state> self,
    const std::shared_ptr<std::unique_ptr<catalog::catalog>>& store) {
  install_handlers(*self, "keep the catalog", "");
  self->state.store = std::move(*store);
  auto& kept = *self->state.store;
  return {
      [&kept](load_atom, const connection_name& connection) {
        return answer<connection_entry>("read the connection's state",
                                        [&] { return kept.load(connection); });
      },
      [&kept](open_atom, const run_record& run, const connection_memory& memory,
              const start_once& once) {
        return done("record the run", [&] { kept.open_run(run, memory, once); });
      },
      [&kept](close_atom, const run_record& run, const connection_memory& memory,
              const settled_rows& settles) {
        return answer<row_count>("record the end of the run",
                                 [&] { return row_count(kept.close_run(run, memory, settles)); });
      },
      [&kept](skip_atom, const run_record& run, const connection_memory& memory,
              const start_once& once) {
        return done("record a skipped run", [&] { kept.skip_run(run, memory, once); });
      },
      [&kept](save_atom, const connection_memory& memory) {
        return done("record the connection's state", [&] { kept.save(memory); });
      },
      [&kept](forget_atom, const connection_memory& memory) {
        return done("forget the rejected rows", [&] { kept.forget(memory); });
      },
      [&kept](update_atom, const run_record& run, const connection_memory& memory) {
        return done("record the progress of the run", [&] { kept.update_run(run, memory); });
      },
      [&kept](reject_atom, const connection_name& connection, const run_id& run,
              const std::vector<rejected_row>& rows) {
        return answer<bool>("list rejected rows",
                            [&] { return kept.record_rejected(connection, run, rows); });
      },
      [&kept](refused_atom, const connection_name& connection) {
        return answer<std::vector<refused_delta>>("list refused rows",
                                                  [&] { return kept.list_refused(connection); });
      },
      [&kept](keys_atom, const connection_name& connection) {
        return answer<std::vector<std::string>>(
            "list rejected keys", [&] { return kept.list_rejected_keys(connection); });
      },
      [&kept](keep_atom, const connection_name& connection, const run_id& run,
              const std::vector<refused_delta>& refused) {
        return done("keep refused rows", [&] { kept.keep_refused(connection, run, refused); });
      },
      [&kept](const command::runs& c, const std::vector<run_record>& present) {
        return answer<run_list>("list runs",
                                [&] { return kept.list_runs(c.connection, c.which, present); });
      },
      [&kept](find_atom, const connection_name& connection, const run_id& run) {
        return answer<run_record>("find run", [&] {
          auto found = kept.find_run(connection, run);
          if (!found)
            throw failure(errc::usage, "find run", run, "the connection has no such run",
                          "`sluice runs " + connection + "` lists them");
          return std::move(*found);
        });
      },
      [&kept](find_atom, const connection_name& connection, const start_once& once) {
        return answer<known_start>("find start", [&] {
          return kept.find_start(connection, once.key).value_or(known_start{});
        });
      },
      [&kept](const command::rejected& c) {
        return answer<rejected_list>("list rejected rows",
                                     [&] { return kept.list_rejected(c.connection, c.which); });
      },
      [&kept](prune_atom, timestamp now) {
        return answer<bool>("forget old history", [&] { return kept.prune(now); });
      },
  };
}

}  // namespace sluice::actors
