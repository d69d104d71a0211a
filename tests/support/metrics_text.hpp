// Reads Prometheus' text format 0.0.4 strictly: faults that a collector would only complain about,
// or misread, are errors here.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "messages/names.hpp"

namespace sluice::test {

struct metrics_text {
  /// `name{label="value",…}` as it is written -> value.
  std::map<std::string, double> series;
  std::map<std::string, std::string> types;  ///< by family: counter or gauge
  std::vector<std::string> problems;         ///< empty for a good document

  /// Throws std::out_of_range if there is no such series.
  [[nodiscard]] double at(const std::string& name) const { return series.at(name); }
  /// The value for a connection, in a family without other labels.
  [[nodiscard]] double of(const std::string& family, const connection_name& connection) const {
    return at(family + "{connection=\"" + connection + "\"}");
  }
};

metrics_text read_metrics(std::string_view text);

/// The counters that have decreased or disappeared.
std::vector<std::string> gone_back(const metrics_text& before, const metrics_text& after);

}  // namespace sluice::test
