// An alert in words. Pure.
#pragma once

#include <map>
#include <string>

#include "runtime/alerts/alert.hpp"

namespace sluice::alerts {

/// One line: the connection, the event, and the cause if it is known.
std::string summary_of(const alert& what);

/// Lines about the run: its type, its counts, a hint. Each ends with a line break; "" if no run has
/// begun.
std::string details_of(const alert& what);

/// The values for a template, by their names in config::alert_facts.
std::map<std::string, std::string> facts_of(const alert& what);

}  // namespace sluice::alerts
