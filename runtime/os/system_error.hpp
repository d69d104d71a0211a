// The system's words for an error.
#pragma once

#include <string>
#include <system_error>

namespace sluice::os {

/// `code`: a value of errno.
[[nodiscard]] inline std::string reason(int code) { return std::generic_category().message(code); }

}  // namespace sluice::os
