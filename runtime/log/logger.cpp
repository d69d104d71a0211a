#include "runtime/log/logger.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>

#include "runtime/log/redactor.hpp"

namespace sluice::log {
namespace {

spdlog::level::level_enum to_spdlog(level x) {
  switch (x) {
    case level::debug:
      return spdlog::level::debug;
    case level::info:
      return spdlog::level::info;
    case level::warning:
      return spdlog::level::warn;
    case level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

/// spdlog filters by level and writes whole lines under its lock; their form is ours (line.hpp),
/// since a spdlog message has no place for connection and run.
struct logger::output {
  output(const options& what, const spdlog::sink_ptr& sink)
      : form(what.format), lines("sluice", sink) {
    sink->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
    lines.set_level(to_spdlog(what.level));
    lines.flush_on(spdlog::level::debug);
  }

  format form;
  spdlog::logger lines;
};

logger::logger(const options& what)
    : output_(std::make_shared<output>(what, std::make_shared<spdlog::sinks::stderr_sink_mt>())) {}

logger::logger(const options& what, std::ostream& out)
    : output_(
          std::make_shared<output>(what, std::make_shared<spdlog::sinks::ostream_sink_mt>(out))) {}

logger logger::about(scope what) const {
  auto copy = *this;
  copy.scope_ = std::move(what);
  return copy;
}

void logger::set_level(level lowest) { output_->lines.set_level(to_spdlog(lowest)); }

bool logger::enabled(level x) const { return output_->lines.should_log(to_spdlog(x)); }

void logger::put(level x, std::string_view message) const {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const line full{now, x, scope_, secrets().masked(message)};
  output_->lines.log(to_spdlog(x), render(full, output_->form));
}

}  // namespace sluice::log
