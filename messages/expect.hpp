// Contracts that run. What a function requires of its caller, of a message or of what it reads back
// is checked where it is relied on, in every build: a defect ends a run with an error that names
// the defect, instead of undefined behaviour.
#pragma once

#include <source_location>
#include <string>

#include "messages/error.hpp"

namespace sluice {

/// A defect of Sluice as an error (internal), with a hint to report the defect.
[[nodiscard]] error defect(std::string operation, std::string object, std::string cause);

/// Throws the `failure` of a broken contract; see `expect`.
[[noreturn, gnu::cold]] void fail_expectation(const char* operation, const char* what,
                                              std::source_location where);

/// Throws `failure` (internal) unless `holds`: `operation` expected `what`, and in which line.
/// Costs one branch; not meant for the innermost loops over values.
inline void expect(bool holds, const char* operation, const char* what,
                   std::source_location where = std::source_location::current()) {
  if (!holds) [[unlikely]]
    fail_expectation(operation, what, where);
}

}  // namespace sluice
