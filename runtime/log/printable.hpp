// Text that cannot break out of the line it is printed on.
#pragma once

#include <string>
#include <string_view>

namespace sluice::log {

/// `text` with control characters written as `\n`, `\t`, `\r` or `\x1b`, so that a text from a
/// database or a file can neither forge a second line nor send escape sequences to a terminal.
/// Other bytes stay as they are. Pure.
std::string printable(std::string_view text);

}  // namespace sluice::log
