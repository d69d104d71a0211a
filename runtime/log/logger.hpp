// The program's log.
//
//   auto log = node_log.about({.connection = "customers", .run = run_id});
//   log.info("read {} rows in {}", rows, elapsed);
#pragma once

#include <fmt/format.h>

#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/log/line.hpp"
#include "runtime/log/options.hpp"

namespace sluice::log {

/// Writes lines about one scope. Cheap to copy: copies share the output and its level. Thread safe;
/// lines of different threads never mix. A line is out, not buffered, when the call returns, so
/// that a crash loses none. Registered secrets are masked (see redactor.hpp).
class logger {
 public:
  /// Logs to standard error.
  explicit logger(const options& what);
  /// Logs to `out`, which must outlive the logger and all its copies. For tests.
  logger(const options& what, std::ostream& out);

  /// The same output for lines about `what`.
  [[nodiscard]] logger about(scope what) const;

  /// Sets the level of all copies; for a configuration that is read again.
  void set_level(level lowest);
  [[nodiscard]] bool enabled(level x) const;

  template <class... Args>
  void debug(fmt::format_string<Args...> text, Args&&... args) const {
    write(level::debug, text, std::forward<Args>(args)...);
  }
  template <class... Args>
  void info(fmt::format_string<Args...> text, Args&&... args) const {
    write(level::info, text, std::forward<Args>(args)...);
  }
  template <class... Args>
  void warning(fmt::format_string<Args...> text, Args&&... args) const {
    write(level::warning, text, std::forward<Args>(args)...);
  }
  template <class... Args>
  void error(fmt::format_string<Args...> text, Args&&... args) const {
    write(level::error, text, std::forward<Args>(args)...);
  }

 private:
  struct output;

  template <class... Args>
  void write(level x, fmt::format_string<Args...> text, Args&&... args) const {
    if (enabled(x)) put(x, fmt::format(text, std::forward<Args>(args)...));
  }
  void put(level x, std::string_view message) const;

  std::shared_ptr<output> output_;
  scope scope_;
};

}  // namespace sluice::log
