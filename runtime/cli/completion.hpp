// Completion scripts for shells, written from the command line's definition.
#pragma once

#include <string>
#include <vector>

#include "runtime/cli/command_model.hpp"

namespace sluice::cli {

/// The shells that a script can be written for.
const std::vector<std::string>& completion_shells();

/// The script that completes commands, options and their values. The script asks the node for names
/// of connections while the user waits, for half a second at most. REQUIRES: one of the shells
/// above.
std::string completion_script(const command_model& program, const std::string& shell);

// One for each shell, in a file of its own.
std::string bash_completion(const command_model& program);
std::string zsh_completion(const command_model& program);
std::string fish_completion(const command_model& program);

/// `text` in single quotes, for a POSIX shell or zsh.
std::string shell_quoted(const std::string& text);
/// The names of the options that take a value.
std::vector<std::string> valued_options(const command_model& command);

}  // namespace sluice::cli
