// What the kernel says of an error.
#pragma once

#include <string>
#include <system_error>

namespace sluice::os {

/// `code`: of errno.
[[nodiscard]] inline std::string reason(int code) { return std::generic_category().message(code); }

}  // namespace sluice::os
