// The manual page sluice(1), written from the command line's definition.
#pragma once

#include <string>

#include "runtime/cli/command_model.hpp"

namespace sluice::cli {

/// The page in the macros of man(7). Holds no date, so that the same program writes the same page.
std::string man_page(const command_model& program, const std::string& version);

}  // namespace sluice::cli
