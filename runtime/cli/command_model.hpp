// The command line as data, for completion scripts and the manual page.
#pragma once

#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): as CLI11 has it
class App;
}

namespace sluice::cli {

/// The kind of a word on the command line, which decides its completion.
enum class word_kind {
  flag,        ///< an option without a value
  text,        ///< anything
  choice,      ///< one of `choices`
  file,        ///< a path
  address,     ///< of a node
  connection,  ///< the name of a connection, which a node knows
};

/// An option or, where it has no names, a positional argument.
struct word_model {
  std::vector<std::string> names;  ///< as typed, the short ones first: -h, --help
  /// The placeholder of its value in texts: FILE; empty for a flag.
  std::string value;
  std::string description;
  std::string default_value;  ///< empty: none
  word_kind kind = word_kind::flag;
  std::vector<std::string> choices;
  bool required = false;
  bool repeated = false;  ///< a positional that takes all words that follow
};

struct command_model {
  std::string name;
  std::string description;
  std::vector<word_model> options;
  std::vector<word_model> arguments;    ///< positional, in their order
  std::vector<command_model> commands;  ///< of the program; a command has none
  std::string footer;
};

/// The program and its commands as defined, without parts hidden from --help. The completion of a
/// value follows from its placeholder (FILE, ADDRESS, CONNECTION) or from the set of allowed words
/// (CLI::IsMember).
command_model model_of(const CLI::App& program);

}  // namespace sluice::cli
