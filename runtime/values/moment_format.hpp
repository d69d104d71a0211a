// Dates and times by patterns, as strftime has them.
#pragma once

#include "runtime/values/function.hpp"

namespace sluice::values {

/// `format` with a pattern. Names of days and months are English, whatever the locale.
step bind_moment_format(arguments& given);

}  // namespace sluice::values
