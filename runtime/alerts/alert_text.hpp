// An alert in words. Pure.
#pragma once

#include <map>
#include <string>

#include "runtime/alerts/alert.hpp"

namespace sluice::alerts {

/// One line: which connection, what happened, and why as far as that is known.
std::string summary_of(const alert& what);

/// Lines about the run: what it was, what it moved, what may help. Each ends with a break; "" where
/// no run has begun.
std::string details_of(const alert& what);

/// What a template may name, by config::alert_facts.
std::map<std::string, std::string> facts_of(const alert& what);

}  // namespace sluice::alerts
