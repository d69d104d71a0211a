#include "actors/connection/row_log_reader.hpp"

#include "messages/handlers.hpp"
#include "runtime/rowlog/page.hpp"

namespace sluice::actors {
namespace {

row_log_page page_of(const run_services& services, const row_log_query& which,
                     const run_record& run) {
  const bool growing = !has_ended(run.state);
  if (auto page = rowlog::read_page(services.row_log_file(run.run), which, growing))
    return std::move(*page);
  // A run has no file as long as nothing is written to it.
  const bool has_rows = run.counters.settled() + run.counters.invalid > 0;
  if (services.config.row_log && (growing || !has_rows))
    return {.lines = {}, .next = growing ? which.cursor : ""};
  if (services.config.row_log)
    throw failure(errc::usage, "read row log", run.run, "there is no row log of this run any more",
                  "it was deleted, or the connection kept none then");
  throw failure(errc::usage, "read row log", run.run, "the connection keeps no row logs",
                "set \"row_log\": true in its file, and the next runs have one");
}

}  // namespace

row_log_reader_actor::behavior_type row_log_reader(
    row_log_reader_actor::pointer self, const std::shared_ptr<const run_services>& services) {
  install_handlers(*self, "read row log", services->config.name);
  return {
      [self, services](const command::row_log& c,
                       const run_record& run) -> caf::result<row_log_page> {
        self->quit();
        try {
          return page_of(*services, c.which, run);
        } catch (...) {
          return to_caf(error_from(std::current_exception(), "read row log", run.run));
        }
      },
  };
}

}  // namespace sluice::actors
