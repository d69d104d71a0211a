// A node's counters as a document for Prometheus.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "messages/names.hpp"
#include "messages/timestamp.hpp"
#include "runtime/metrics/process_sample.hpp"
#include "runtime/metrics/registry.hpp"

namespace sluice::metrics {

/// The node at the moment of asking.
struct node_sample {
  node_name name;
  std::string version;
  std::uint32_t max_running_syncs = 0;
  timestamp started;
  process_sample process;
  /// When the node's certificate expires; nothing without one.
  std::optional<timestamp> certificate_ends_at = std::nullopt;
};

/// The media type of `expose`'s document.
inline constexpr auto exposition_type = "text/plain; version=0.0.4; charset=utf-8";

/// One document in Prometheus' text format 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/). A connection always has the same
/// series, except for times that are not known. Memory: the text, and one family of series at a
/// time.
std::string expose(const node_sample& node, const std::vector<connection_sample>& connections);

}  // namespace sluice::metrics
