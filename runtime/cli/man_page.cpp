#include "runtime/cli/man_page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>
#include <string_view>

namespace sluice::cli {
namespace {

constexpr auto node_and_state = R"(.SH ENVIRONMENT
.TP
.B SLUICE_NODE
Address of the node that commands talk to, where no
.B \-\-node
is given.
.TP
.BR SLUICE_CERT ", " SLUICE_KEY ", " SLUICE_CA
Certificate, private key and authority for a node behind TLS, where
.BR \-\-cert ", " \-\-key " and " \-\-ca
are not given.
.TP
.B NO_COLOR
If set, output has no colours.
.TP
.BR NOTIFY_SOCKET ", " WATCHDOG_USEC
Set by a service manager for
.BR "sluice node" ;
see
.BR sd_notify (3).
.SH FILES
.TP
.I /etc/sluice/node.json
The configuration of the node that runs as
.IR sluice.service .
.TP
.I /run/sluice/sluice.sock
Where that node listens:
.B sluice status NAME \-\-node unix:/run/sluice/sluice.sock
.TP
.I /var/lib/sluice
Its state: what destinations have acknowledged, runs, rejected rows.
.TP
.I /usr/share/doc/sluice/reference.md
Every key of the configuration.
.SH SEE ALSO
.BR systemctl (1),
.BR systemd.exec (5),
.BR odbcinst (1)
)";

/// Text with all characters escaped that have a meaning in roff. Control characters have one only
/// at the beginning of a line, so the first character is guarded.
std::string roff(std::string_view text) {
  std::string out;
  if (text.starts_with('.') || text.starts_with('\'')) out = "\\&";
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if (c == '\'')
      out += "\\(aq";
    else if (c == '`')
      out += "\\(ga";
    else if (c == '^')
      out += "\\(ha";
    else if (c == '~')
      out += "\\(ti";
    else
      out += c;
  }
  return out;
}

/// `\fB-h\fR, \fB--help\fR` or `\fB--node\fR \fIADDRESS\fR`.
std::string option_title(const word_model& option) {
  std::string title;
  for (const auto& name : option.names)
    title += (title.empty() ? "\\fB" : ", \\fB") + roff(name) + "\\fR";
  if (option.kind != word_kind::flag) title += " \\fI" + roff(option.value) + "\\fR";
  return title;
}

std::string option_entry(const word_model& option) {
  auto text = roff(option.description);
  if (option.required) text += " (required)";
  if (!option.default_value.empty()) text += " (default: " + roff(option.default_value) + ")";
  return fmt::format(".TP\n{}\n{}\n", option_title(option), text);
}

bool same(const word_model& a, const word_model& b) {
  return a.names == b.names && a.description == b.description && a.value == b.value;
}

bool has(const std::vector<word_model>& options, const word_model& option) {
  return std::ranges::any_of(options, [&](const auto& o) { return same(o, option); });
}

std::vector<std::string> takers_of(const word_model& option, const command_model& program) {
  std::vector<std::string> names;
  for (const auto& command : program.commands)
    if (has(command.options, option)) names.push_back(command.name);
  return names;
}

/// Options that mean the same to several commands, and are explained once.
std::vector<word_model> shared_options(const command_model& program) {
  std::vector<word_model> shared;
  for (const auto& command : program.commands)
    for (const auto& option : command.options)
      if (!has(shared, option) && takers_of(option, program).size() > 2) shared.push_back(option);
  return shared;
}

std::string synopsis(const command_model& command) {
  std::string line = "\\fBsluice " + roff(command.name) + "\\fR";
  for (const auto& a : command.arguments) {
    const auto name = "\\fI" + roff(a.value) + "\\fR" + (a.repeated ? " ..." : "");
    line += a.required ? " " + name : " [" + name + "]";
  }
  return line + " [\\fIoptions\\fR]";
}

std::string command_section(const command_model& command, const std::vector<word_model>& shared) {
  auto text = fmt::format(".SS \"{}\"\n{}.\n", synopsis(command), roff(command.description));
  for (const auto& option : command.options)
    if (!has(shared, option)) text += option_entry(option);
  return text;
}

std::string shared_section(const command_model& program, const std::vector<word_model>& shared) {
  std::string text;
  for (const auto& option : shared) {
    const auto takers = takers_of(option, program);
    const auto who = takers.size() == program.commands.size()
                         ? std::string{"every command"}
                         : fmt::format("{}", fmt::join(takers, ", "));
    text += option_entry(option) + ".br\nTaken by: " + roff(who) + ".\n";
  }
  return text;
}

/// The text behind --help, `Title:` and then lines of two columns, as a section.
std::string footer_section(const std::string& footer) {
  std::istringstream lines(footer);
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    if (!line.starts_with(' ')) {
      if (line.ends_with(':')) line.pop_back();
      for (auto& c : line)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
      text += ".SH \"" + roff(line) + "\"\n";
      continue;
    }
    const auto begin = line.find_first_not_of(' ');
    const auto gap = line.find("  ", begin);
    const auto rest = gap == std::string::npos ? gap : line.find_first_not_of(' ', gap);
    if (rest == std::string::npos)
      text += roff(line.substr(begin)) + "\n";
    else
      text += fmt::format(".TP\n.B {}\n{}\n", roff(line.substr(begin, gap - begin)),
                          roff(line.substr(rest)));
  }
  return text;
}

}  // namespace

std::string man_page(const command_model& program, const std::string& version) {
  auto page = fmt::format(
      ".TH SLUICE 1 \"\" \"sluice {}\" \"User Commands\"\n"
      ".SH NAME\nsluice \\- reverse ETL engine\n"
      ".SH SYNOPSIS\n.B sluice\n.I command\n[\\fIarguments\\fR] [\\fIoptions\\fR]\n"
      ".SH DESCRIPTION\n{}\nA node runs the syncs of its connections; the other commands talk to "
      "it.\n.SH OPTIONS\n",
      roff(version), roff(program.description));
  for (const auto& option : program.options) page += option_entry(option);
  page += ".SH COMMANDS\n";
  const auto shared = shared_options(program);
  for (const auto& command : program.commands) page += command_section(command, shared);
  page += ".SH \"OPTIONS OF SEVERAL COMMANDS\"\n" + shared_section(program, shared);
  return page + footer_section(program.footer) + node_and_state;
}

}  // namespace sluice::cli
