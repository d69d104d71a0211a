// The contract of a destination. A new kind is
//   its settings: a struct in `config::destination_config::kind`, and a file in config/kinds/ that
//     answers what runtime/config/destination_kind.hpp asks of every kind;
//   its class: a file pair in a folder of its own, here;
//   an overload in each visitor of destination.cpp (how it is made, how it identifies rows) and in
//     that of renderer.cpp (how a row is shown).
// No other code depends on the kind, and nothing compiles until all parts are there. The tests ask
// for a line in SLUICE_DESTINATION_CONTRACT, keys in tests/runtime/config/every_key.hpp and rows in
// config/reference.md.
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
namespace sluice::credentials {
class keyring;
}  // namespace sluice::credentials

namespace sluice::destinations {

class accounts;

/// What a destination needs to know about its run.
struct delivery_context {
  connection_name connection;
  run_id run;
  sync_mode mode = sync_mode::upsert;
  row_schema schema;
  mapping::soft_delete on_delete = {};  ///< how deltas `erase` are carried out
  /// Called by the delivering thread when it waits for anything but the destination's answer, and
  /// with "" when the wait is over.
  std::function<void(const std::string& what)> waits = [](const std::string&) {};
  /// Called by the delivering thread in the middle of a batch that takes many requests, with the
  /// number of rows of the batch that the destination has confirmed so far.
  std::function<void(row_count)> confirms = [](row_count) {};
  /// Outcomes also have what the destination answered about each row, if it answers rows.
  bool tells_answers = false;
};

/// What the destination of `config` needs to know to deliver rows of `schema`. Throws `failure`
/// (invalid_config) if the fields that `on_delete` sets do not fit `schema`.
delivery_context make_context(const config::connection_config& config, run_id run,
                              row_schema schema);

/// A destination as one writer uses it. Used by one thread, opened once, for one run.
///
/// Life: construct -> open -> deliver* -> destruct. Errors that concern the destination as a whole
/// (unreachable, wrong password, table missing, disk full) are thrown as `failure`
/// (`destination_failed`, with a hint); errors of a row are a fate. Both `open` and `deliver` end
/// soon after `stop` is requested, even while they wait; unfinished rows are reported as
/// `undelivered` (certainly not applied) or `unknown`.
class destination {
 public:
  virtual ~destination() = default;

  /// Connects and checks that rows of `context.schema` fit (or creates the table, where asked to).
  virtual void open(const delivery_context& context, std::stop_token stop) = 0;

  /// How the destination identifies the rows of its run. REQUIRES: open.
  [[nodiscard]] virtual identity_rule identity() const = 0;

  /// Applies the deltas and returns the fate of each one. `delivered` means durable at the
  /// destination. One bad row is rejected with its reason; the rest is delivered. Never throws for
  /// a row. Throws `failure` if the destination as a whole failed *and* nothing of this batch was
  /// applied; if something may have been applied it returns fates, and the failure in the outcome.
  virtual batch_outcome deliver(const batch& deltas) = 0;

  /// Applies the deltas that `deliver` rejected with `rejection::again`, all of the run together,
  /// after everything else was delivered. The deltas may depend on each other: tries them in any
  /// order that works. A rejection here is final. Otherwise as `deliver`.
  virtual batch_outcome deliver_again(const batch& deltas) { return deliver(deltas); }

  /// Whether the last delivery lacked rows: more of them would have taken hardly longer.
  [[nodiscard]] virtual bool wants_more() const { return false; }

  /// Connects, checks (also whether rows may be written) and disconnects without changing anything:
  /// for `sluice check`.
  virtual void probe(const delivery_context& context, std::stop_token stop) = 0;

  /// Warnings for the record of the run: values that were replaced because the destination cannot
  /// hold them, a torn line that was cut. Called once, after the last `deliver`, or after `probe`:
  /// then facts that the user should know although nothing is refused.
  [[nodiscard]] virtual std::vector<std::string> warnings() const { return {}; }
};

/// How the destination identifies rows of `schema`, if that is known without connecting; nothing
/// for a table. Throws `failure` (invalid_config) if the configuration does not fit.
std::optional<identity_rule> identity_unasked(const config::destination_config& config,
                                              const row_schema& schema);

/// Advice for `sluice check` on how the destination may identify rows, though nothing is wrong;
/// empty if there is none.
std::string advice_on_identity(const config::connection_config& config, const row_schema& schema);

/// Makes the objects that write to one destination, from run to run. They share limits of the
/// destination as a whole, such as a rate limit. Thread safe.
using destination_factory = std::function<std::unique_ptr<destination>()>;

/// For the configured destination. Opens nothing yet. Secrets in `config` are resolved each time a
/// destination is opened. `log`: for lines about the connection. `times`: counts the waits; may be
/// null. `keys` and `limits`: the credentials and accounts that `config` may name; null: none.
destination_factory make_factory(
    const config::destination_config& config, const log::logger& log,
    std::shared_ptr<metrics::activity> times = std::make_shared<metrics::activity>(),
    std::shared_ptr<credentials::keyring> keys = nullptr,
    std::shared_ptr<accounts> limits = nullptr);

}  // namespace sluice::destinations
