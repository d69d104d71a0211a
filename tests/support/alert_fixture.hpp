// Runs that ended, and alerts about them.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "messages/names.hpp"
#include "runtime/alerts/alert.hpp"

namespace sluice::test {

inline run_record ended_run(run_state state, run_counters counters = {}, run_id id = "01RUN") {
  run_record run;
  run.run = std::move(id);
  run.connection = "customers";
  run.state = state;
  run.counters = counters;
  run.started_at = *parse_timestamp("2026-01-31T09:00:00.000Z");
  run.finished_at = *parse_timestamp("2026-01-31T09:00:05.000Z");
  return run;
}

/// An endpoint that asks for all events.
inline config::notify_config endpoint_at(std::string url, std::string secret = {}) {
  using enum alert_event;
  config::notify_config out;
  out.on = {failed, rejected, stopped, recovered, skipped};
  out.url = std::move(url);
  out.secret = std::move(secret);
  return out;
}

inline std::shared_ptr<const alerts::alert> alert_about(
    run_record run, const config::notify_config& endpoint = endpoint_at("http://127.0.0.1:9/"),
    std::string id = "01ALERT") {
  return std::make_shared<const alerts::alert>(
      alerts::alert{std::move(id), "a", alerts::events_of({run}, endpoint),
                    std::make_shared<const run_record>(run),
                    std::make_shared<const config::notify_config>(endpoint)});
}

}  // namespace sluice::test
