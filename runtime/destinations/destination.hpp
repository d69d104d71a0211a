// The contract of a destination. A new kind is
//   its settings: a struct in `config::destination_config::kind`, and a file in config/kinds/ that
//     answers what runtime/config/destination_kind.hpp asks of every kind;
//   its class: a file pair in a folder of its own, here;
//   an overload in each visitor of destination.cpp (how it is made, how it tells rows apart) and in
//     that of renderer.cpp (how a row is shown).
// Nothing else asks which kind it is, and nothing compiles until all of it is there. Its line in
// SLUICE_DESTINATION_CONTRACT, keys in tests/runtime/config/every_key.hpp and rows of
// config/reference.md are what the tests ask for.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "messages/batch.hpp"
#include "messages/identity_rule.hpp"
#include "messages/run.hpp"
#include "runtime/log/logger.hpp"
#include "runtime/mapping/soft_delete.hpp"
#include "runtime/metrics/activity.hpp"

namespace sluice::config {
struct connection_config;
struct destination_config;
}  // namespace sluice::config

namespace sluice::destinations {

/// What a destination needs to know of the run it serves.
struct delivery_context {
  connection_name connection;
  run_id run;
  sync_mode mode = sync_mode::upsert;
  row_schema schema;
  mapping::soft_delete on_delete = {};  ///< how deltas `erase` are carried out
  /// Told by the thread that delivers when it waits for something else than the destination's
  /// answer, and with "" when that is over.
  std::function<void(const std::string& what)> waits = [](const std::string&) {};
  /// Told by the thread that delivers, in the middle of a batch that takes many requests, how many
  /// of its rows the destination has confirmed so far.
  std::function<void(row_count)> confirms = [](row_count) {};
};

/// What the destination of `config` needs to know to deliver rows of `schema`. Throws `failure`
/// (invalid_config) if what `on_delete` sets does not fit them.
delivery_context make_context(const config::connection_config& config, run_id run,
                              row_schema schema);

/// One writer's way into a destination. Used by one thread, opened once, for one run.
///
/// Life: construct -> open -> deliver* -> destruct. Errors that concern the destination as a whole
/// (unreachable, wrong password, table missing, disk full) are thrown as `failure`
/// (`destination_failed`, with a hint); errors of a row are a fate. Both `open` and `deliver` end
/// soon after `stop` is requested, whatever they wait for, reporting what they could not finish as
/// `undelivered` (certainly not applied) or `unknown`.
class destination {
 public:
  virtual ~destination() = default;

  /// Connects and checks that rows of `context.schema` fit (or creates the table, where asked to).
  virtual void open(const delivery_context& context, std::stop_token stop) = 0;

  /// How the destination tells the rows of its run apart. REQUIRES: open.
  [[nodiscard]] virtual identity_rule identity() const = 0;

  /// Applies the deltas and returns the fate of each one. `delivered` means durable at the
  /// destination. One bad row is rejected with its reason; the rest is delivered. Never throws for
  /// a row. Throws `failure` if the destination as a whole failed *and* nothing of this batch was
  /// applied; if something may have been applied it returns fates, and the failure in the outcome.
  virtual batch_outcome deliver(const batch& deltas) = 0;

  /// Applies deltas that `deliver` rejected with `rejection::again`, all of the run together, once
  /// nothing else is to be delivered. They may depend on each other: tries them in whatever order
  /// works. What it rejects is rejected for good. Otherwise as `deliver`.
  virtual batch_outcome deliver_again(const batch& deltas) { return deliver(deltas); }

  /// Connects, checks (also whether rows may be written) and disconnects without changing anything:
  /// for `sluice check`.
  virtual void probe(const delivery_context& context, std::stop_token stop) = 0;

  /// What the record of the run should say although no row failed: values that the destination
  /// cannot hold and that were replaced, a torn line that was cut. Asked once, after the last
  /// `deliver`, or after `probe`: what the user should know although nothing is refused.
  [[nodiscard]] virtual std::vector<std::string> warnings() const { return {}; }
};

/// How the destination tells rows of `schema` apart, where that can be said without asking it;
/// nothing for a table. Throws `failure` (invalid_config) if the configuration does not fit.
std::optional<identity_rule> identity_unasked(const config::destination_config& config,
                                              const row_schema& schema);

/// What a person who checks a connection should know of how its destination may tell rows apart,
/// though nothing is wrong; empty if there is nothing to say.
std::string advice_on_identity(const config::connection_config& config, const row_schema& schema);

/// Makes the ways into one destination, from run to run. They share what the destination sees of
/// all of them together, such as a rate limit. Thread safe.
using destination_factory = std::function<std::unique_ptr<destination>()>;

/// For the destination that the configuration names. Opens nothing yet. Secrets in `config` are
/// resolved each time a way in is opened. `log`: for lines about the connection. `times`: where
/// waits are counted, if anybody wants to know.
destination_factory make_factory(
    const config::destination_config& config, const log::logger& log,
    std::shared_ptr<metrics::activity> times = std::make_shared<metrics::activity>());

}  // namespace sluice::destinations
