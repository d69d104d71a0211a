// The script for fish: one `complete` line for each thing that can be completed.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/cli/completion.hpp"

namespace sluice::cli {
namespace {

constexpr auto fish_helpers = R"fish(
# __sluice_in COMMAND [NUMBER [OPTION...]]: the line is one of COMMAND (''  before any) and, where a
# number is given, the word to complete is its argument of that number (+: any). The options are
# those of COMMAND that take a value.
function __sluice_in
    set -l words (commandline -opc)
    set -e words[1]
    set -l command ''
    set -l number 1
    set -l skips no
    for word in $words
        if test $skips = yes
            set skips no
        else if test -z "$command"
            string match -q -- '-*' $word; or set command $word
        else if contains -- $word $argv[3..]
            set skips yes
        else if not string match -q -- '-*' $word
            set number (math $number + 1)
        end
    end
    test "$command" = "$argv[1]"; or return 1
    test (count $argv) -eq 1; and return 0
    test $skips = no; and contains -- $argv[2] $number +
end

# The names that the node knows; quiet and quick where none answers.
function __sluice_connections
    set -l words (commandline -opc)
    set -l node
    set -l at (contains -i -- --node $words); and set node --node $words[(math $at + 1)]
    for word in (string match -- '--node=*' $words)
        set node $word
    end
    $words[1] connections --names --timeout 500ms $node 2>/dev/null </dev/null
end

function __sluice_addresses
    set -l typed (string replace -r -- '^--node=' '' (commandline -ct))
    if string match -q 'unix:*' -- $typed
        printf 'unix:%s\n' (__fish_complete_path (string replace 'unix:' '' -- $typed) | string replace -r '\t.*' '')
    else
        echo unix:
    end
end

complete -c sluice -f
)fish";

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

/// The arguments for the values of a word, after -n, -l or -a.
std::string candidates(const word_model& word) {
  switch (word.kind) {
    case word_kind::address:
      return " -a '(__sluice_addresses)'";
    case word_kind::connection:
      return " -a '(__sluice_connections)'";
    case word_kind::choice:
      return fmt::format(" -a '{}'", fmt::join(word.choices, " "));
    case word_kind::file:
      return " -F";
    default:
      return "";
  }
}

std::string option_line(const std::string& condition, const word_model& option) {
  std::string line = "complete -c sluice -n " + quoted(condition);
  for (const auto& name : option.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (option.kind == word_kind::file)
    line += " -r";
  else if (option.kind != word_kind::flag)
    line += " -x";
  return line + candidates(option) + " -d " + quoted(option.description) + "\n";
}

}  // namespace

std::string fish_completion(const command_model& program) {
  auto script = fmt::format("# Completes sluice in fish. Written by `sluice completion fish`.\n{}",
                            fish_helpers);
  for (const auto& option : program.options) script += option_line("__sluice_in ''", option);
  for (const auto& command : program.commands)
    script += fmt::format("complete -c sluice -n {} -a {} -d {}\n", quoted("__sluice_in ''"),
                          command.name, quoted(command.description));
  for (const auto& command : program.commands) {
    const auto in = "__sluice_in " + command.name;
    script += "\n";
    for (const auto& option : command.options) script += option_line(in, option);
    int position = 0;
    for (const auto& argument : command.arguments) {
      const auto place = argument.repeated ? "+" : std::to_string(++position);
      script += fmt::format(
          "complete -c sluice -n {}{}\n",
          quoted(fmt::format("{} {} {}", in, place, fmt::join(valued_options(command), " "))),
          candidates(argument));
    }
  }
  return script;
}

}  // namespace sluice::cli
