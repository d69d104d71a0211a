// The script for zsh: specifications for its own _arguments.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/cli/completion.hpp"

namespace sluice::cli {
namespace {

constexpr auto zsh_helpers = R"zsh(
# The names that the node knows; quiet and quick where none answers.
__sluice_connections() {
  local -a names node
  [[ -n ${opt_args[--node]} ]] && node=(--node ${(Q)opt_args[--node]})
  names=(${(f)"$($__sluice_program connections --names --timeout 500ms $node 2>/dev/null </dev/null)"})
  compadd -a names
}

__sluice_address() {
  if compset -P unix:; then
    _files
  else
    compadd -S '' unix:
  fi
}
)zsh";

constexpr auto ending = R"zsh(
# Loaded by compinit, the file is the function's body; otherwise it is sourced.
if [[ $funcstack[1] == _sluice ]]; then
  _sluice "$@"
else
  compdef _sluice sluice
fi
)zsh";

/// `text` with a backslash before each character that has a meaning in a specification.
std::string escaped(const std::string& text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string action_of(const word_model& word) {
  switch (word.kind) {
    case word_kind::file:
      return "_files";
    case word_kind::address:
      return "__sluice_address";
    case word_kind::connection:
      return "__sluice_connections";
    case word_kind::choice:
      return fmt::format("({})", fmt::join(word.choices, " "));
    default:
      return " ";
  }
}

std::string value_of(const word_model& word) {
  return word.kind == word_kind::flag ? "" : ":" + escaped(word.value, ":") + ":" + action_of(word);
}

/// One specification for each name of an option, which exclude one another.
std::string specification(const word_model& option, const std::string& indent) {
  std::string lines;
  const auto excluded = fmt::format("({})", fmt::join(option.names, " "));
  for (const auto& name : option.names) {
    const bool valued = option.kind != word_kind::flag;
    lines += fmt::format(" \\\n{}{}", indent,
                         shell_quoted(excluded + name + (valued ? "=" : "") + "[" +
                                      escaped(option.description, "[]") + "]" + value_of(option)));
  }
  return lines;
}

std::string arguments_of(const command_model& command, const std::string& indent) {
  std::string lines = "_arguments";
  for (const auto& option : command.options) lines += specification(option, indent);
  int position = 0;
  for (const auto& argument : command.arguments) {
    const auto place = argument.repeated ? "*" : std::to_string(++position);
    lines += fmt::format(" \\\n{}{}", indent, shell_quoted(place + value_of(argument)));
  }
  return lines;
}

}  // namespace

std::string zsh_completion(const command_model& program) {
  std::string commands;
  std::string cases;
  for (const auto& command : program.commands) {
    commands += fmt::format("    {}\n",
                            shell_quoted(escaped(command.name, ":") + ":" + command.description));
    cases += fmt::format("        {})\n          {} ;;\n", command.name,
                         arguments_of(command, "            "));
  }
  return fmt::format(
      "#compdef sluice\n"
      "# Completes sluice in zsh. Written by `sluice completion zsh`.\n{}\n"
      "_sluice() {{\n"
      "  local curcontext=$curcontext state line __sluice_program=$words[1]\n"
      "  local -A opt_args\n"
      "  local -a commands=(\n{}  )\n"
      "  {} \\\n"
      "    '1:command:->command' \\\n"
      "    '*::argument:->argument'\n"
      "  case $state in\n"
      "    command) _describe -t commands 'command' commands ;;\n"
      "    argument)\n"
      "      case $words[1] in\n{}"
      "      esac ;;\n"
      "  esac\n"
      "}}\n{}",
      zsh_helpers, commands, arguments_of(program, "    ").insert(10, " -C"), cases, ending);
}

}  // namespace sluice::cli
