#include "runtime/cli/output.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "messages/expect.hpp"
#include "messages/json.hpp"

namespace sluice::cli {
namespace {

/// On one line. Texts from databases are not always UTF-8, so broken ones are mended.
std::string mended(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

/// A terminal that understands escape sequences.
bool is_screen(int fd) {
  const char* kind = std::getenv("TERM");
  return ::isatty(fd) != 0 && kind != nullptr && std::string_view{kind} != "dumb";
}

bool colours_wanted(int fd) {
  const char* no = std::getenv("NO_COLOR");
  return is_screen(fd) && (no == nullptr || *no == '\0');
}

}  // namespace

output::output(bool json)
    : json_(json),
      redraws_(!json && is_screen(STDOUT_FILENO)),
      paint_{!json && colours_wanted(STDOUT_FILENO)},
      paint_errors_{colours_wanted(STDERR_FILENO)} {}

void output::require_terminal(const std::string& operation, const std::string& object,
                              const std::string& hint) {
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0)
    throw failure(errc::usage, operation, object,
                  "there is no terminal on which to ask for confirmation", hint);
}

std::size_t output::width() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void output::result(const std::string& text) {
  if (!(std::cout << text << std::flush))
    throw failure(errc::internal, "print result", {}, "standard output cannot be written");
}

void output::document(const nlohmann::ordered_json& json) { document_text(mended(json)); }

void output::note(const std::string& line) { std::cerr << line << std::endl; }

void output::report(const error& e) {
  if (json_) {
    document(nlohmann::ordered_json{{"error", to_json(e)}});
    return;
  }
  report_to_people(e);
}

void output::report_to_people(const error& e) {
  std::cerr << paint_errors_.red("error:") << " " << printable(e.message()) << "\n";
  if (!e.hint.empty())
    std::cerr << paint_errors_.bold("hint:") << "  " << printable(e.hint) << "\n";
  std::cerr.flush();
}

void output::redraw(const std::string& line) {
  expect(redraws_, "show progress", "a terminal on which lines are drawn again");
  constexpr std::string_view clear_the_rest = "\x1b[K";
  constexpr std::string_view clear_below = "\x1b[J";
  // In a terminal that has become narrower, the earlier line takes several rows.
  const auto rows_above = drawn_ == 0 ? 0 : (drawn_ - 1) / width();
  std::string text = rows_above > 0 ? "\x1b[" + std::to_string(rows_above) + "A" : "";
  text += '\r';
  text += line;
  text += rows_above > 0 ? clear_below : clear_the_rest;
  drawn_ = display_width(line);
  result(text);
}

bool output::ask(const std::string& question) {
  std::cerr << question << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes" || answer == "Yes" || answer == "YES";
}

void array_document::add(const nlohmann::ordered_json& element) {
  if (!std::exchange(empty_, false)) pending_ += ',';
  pending_ += mended(element);
}

void array_document::print() {
  if (empty_) return;
  begun_ = true;
  out_.result(pending_);
  pending_.clear();
}

void array_document::end() {
  pending_ += "]\n";
  out_.result(pending_);
}

timestamp now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace sluice::cli
