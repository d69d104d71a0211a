#include "runtime/node/connection_check.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "messages/expect.hpp"
#include "runtime/destinations/destination.hpp"
#include "runtime/mapping/compile.hpp"
#include "runtime/source/model_reader.hpp"

namespace sluice::node {
namespace {

/// How often progress is shown even without a change, so that a person sees that the tests go on.
constexpr std::chrono::milliseconds progress_interval{500};

template <class Work>
error error_of(const std::string& operation, const std::string& object, const Work& work) {
  try {
    work();
    return {};
  } catch (const failure& f) {
    return f.info();
  } catch (const std::exception& e) {
    return defect(operation, object, e.what());
  }
}

/// Reads one row as a run would: a database may describe a model and refuse to read it, or read it
/// and refuse the condition of a later run, or a hash.
void read_a_row(source::model_reader& model, const std::vector<std::size_t>& wanted,
                bool by_digest) {
  if (by_digest) static_cast<void>(model.begin_digests(wanted));
  model.begin(wanted, {.at_most = 1, .hashed = by_digest});
  static_cast<void>(model.next());
  if (!model.reached()) return;
  model.begin(wanted, {.cursor = model.reached(), .at_most = 1});
  static_cast<void>(model.next());
}

}  // namespace

connection_check check_connection(const config::connection_config& config, const node_name& node,
                                  const std::shared_ptr<credentials::keyring>& keys) {
  connection_check result{config.name, {}, {}, {}, {}};
  std::optional<row_schema> schema;
  result.source = error_of("read model", config.name, [&] {
    const auto model = source::open_model(config.name, config.source, {});
    const auto plan =
        mapping::compile(config.name, config.mapping, config.source.key, model->columns());
    read_a_row(*model, plan.wanted(), config.source.by_digest);
    schema = plan.schema();
  });
  if (!schema) return result;
  auto advice = destinations::advice_on_identity(config, *schema);
  if (!advice.empty()) result.warnings.push_back(std::move(advice));
  if (const auto& on = config.delivery.on; !on.empty() && on != node) {
    result.delivered_on = on;
    return result;
  }
  result.destination = error_of("open destination", config.name, [&] {
    const auto destination = destinations::make_factory(
        config.destination, log::logger({}), std::make_shared<metrics::activity>(), keys)();
    destination->probe(destinations::make_context(config, {}, *schema), {});
    const auto warnings = destination->warnings();
    result.warnings.insert(result.warnings.end(), warnings.begin(), warnings.end());
  });
  return result;
}

void check_all(const std::vector<const config::connection_config*>& connections,
               const std::function<connection_check(const config::connection_config&)>& test,
               const std::function<void(const connection_check&)>& report,
               const std::function<void(const check_progress&)>& progress) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::optional<connection_check>> results(connections.size());
  std::set<std::size_t> under_way;
  std::size_t next = 0;
  std::size_t done = 0;

  const auto work = [&] {
    std::unique_lock held(mutex);
    while (next < connections.size()) {
      const auto mine = next++;
      under_way.insert(mine);
      held.unlock();
      auto result = test(*connections[mine]);
      held.lock();
      results[mine] = std::move(result);
      under_way.erase(mine);
      ++done;
      changed.notify_one();
    }
  };
  std::vector<std::jthread> workers;
  for (std::size_t i = 0; i < std::min(most_checks_at_a_time, connections.size()); ++i)
    workers.emplace_back(work);

  std::size_t reported = 0;
  std::unique_lock held(mutex);
  while (reported < connections.size()) {
    changed.wait_for(held, progress_interval, [&] { return results[reported].has_value(); });
    while (reported < connections.size() && results[reported]) {
      const auto& result = *results[reported++];
      held.unlock();
      report(result);
      held.lock();
    }
    check_progress now{done, connections.size(), {}};
    for (const auto i : under_way) now.under_way.push_back(connections[i]->name);
    held.unlock();
    progress(now);
    held.lock();
  }
}

}  // namespace sluice::node
