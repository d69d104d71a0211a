// What `hello` answers to programs of another version.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "messages/error.hpp"

namespace sluice {

/// Who says hello to a node.
enum class caller : std::uint8_t { command, node };

/// Nothing if a caller of version `theirs` may talk to a node of version `own`; otherwise the error
/// (unreachable) that both sides report. `where` names the node for people.
std::optional<error> version_mismatch(const std::string& own, caller who, const std::string& theirs,
                                      const std::string& where);

}  // namespace sluice
