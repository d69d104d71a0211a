// The script for bash: two tables, and a function that looks words up in them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/cli/completion.hpp"

namespace sluice::cli {
namespace {

constexpr auto logic = R"bash(
# The names that the node knows; quiet and quick where none answers.
__sluice_connections() {
  local program=$1 node=$2
  "$program" connections --names --timeout 500ms ${node:+--node "$node"} 2>/dev/null </dev/null
}

_sluice() {
  # Readline ends words at ':' and '=', which stand inside of addresses and --option=value.
  local word words=() joins=
  for word in "${COMP_WORDS[@]:0:COMP_CWORD + 1}"; do
    if [[ ${#words[@]} -gt 1 && ($joins || $word == [:=]*) ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
    joins=
    [[ $word == *[:=] ]] && joins=yes
  done
  local current=${words[-1]} command= node= argument=1 option=
  COMPREPLY=()

  # What stands before: the command, its arguments, and an option that waits for its value.
  for word in "${words[@]:1:${#words[@]} - 2}"; do
    if [[ $option ]]; then
      [[ $option == --node ]] && node=$word
      option=
    elif [[ $word == --node=* ]]; then
      node=${word#*=}
    elif [[ ! $command ]]; then
      [[ $word == -* ]] || command=$word
    elif [[ ${__sluice_values[$command $word]} ]]; then
      option=$word
    elif [[ $word != -* ]]; then
      argument=$((argument + 1))
    fi
  done
  if [[ ! $option && $current == --*=* ]]; then
    option=${current%%=*}
    current=${current#*=}
  fi

  local candidates= value=
  if [[ $option ]]; then
    value=${__sluice_values[$command $option]}
  elif [[ $current == -* ]]; then
    candidates=${__sluice_options[${command:-sluice}]}
  elif [[ ! $command ]]; then
    candidates=$__sluice_commands
  else
    value=${__sluice_values[$command $argument]:-${__sluice_values[$command +]}}
  fi
  case $value in
    connection) candidates=$(__sluice_connections "$1" "$node") ;;
    file) compopt -o default ;;
    address)
      if [[ $current == unix:* ]]; then
        compopt -o default
      else
        candidates=unix:
        compopt -o nospace
      fi
      ;;
    'choice '*) candidates=${value#choice } ;;
  esac
  [[ $candidates ]] && mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$current")
  return 0
}

complete -F _sluice sluice
)bash";

/// The table's entry for a value; nothing for a value that cannot be completed but has to be
/// skipped.
std::string value_entry(const word_model& word) {
  switch (word.kind) {
    case word_kind::file:
      return "file";
    case word_kind::address:
      return "address";
    case word_kind::connection:
      return "connection";
    case word_kind::choice:
      return fmt::format("choice {}", fmt::join(word.choices, " "));
    default:
      return "text";
  }
}

std::string option_names(const command_model& command) {
  std::vector<std::string> names;
  for (const auto& option : command.options)
    names.insert(names.end(), option.names.begin(), option.names.end());
  return fmt::format("{}", fmt::join(names, " "));
}

std::string entry(const std::string& key, const std::string& value) {
  return fmt::format("  [{}]={}\n", shell_quoted(key), shell_quoted(value));
}

}  // namespace

std::string bash_completion(const command_model& program) {
  std::string names;
  auto options = entry(program.name, option_names(program));
  std::string values;
  for (const auto& command : program.commands) {
    names += (names.empty() ? "" : " ") + command.name;
    options += entry(command.name, option_names(command));
    for (const auto& option : command.options)
      for (const auto& name : option.names)
        if (option.kind != word_kind::flag)
          values += entry(command.name + " " + name, value_entry(option));
    int position = 0;
    for (const auto& argument : command.arguments)
      values += entry(
          fmt::format("{} {}", command.name, argument.repeated ? "+" : std::to_string(++position)),
          value_entry(argument));
  }
  return fmt::format(
      "# Completes sluice in bash 4.4 and later. Written by `sluice completion bash`.\n\n"
      "__sluice_commands={}\n"
      "# The options of a command.\n"
      "declare -gA __sluice_options=(\n{})\n"
      "# What the value of an option is, or the argument of that number; + are all that follow.\n"
      "declare -gA __sluice_values=(\n{})\n{}",
      shell_quoted(names), options, values, logic);
}

}  // namespace sluice::cli
