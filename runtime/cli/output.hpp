// The output of a command: results on standard output, everything for people on standard error.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "messages/error.hpp"
#include "messages/timestamp.hpp"
#include "runtime/cli/text.hpp"

namespace sluice::cli {

/// The process's standard streams and their kinds. One thread.
class output {
 public:
  /// `json`: results are JSON, and nothing is coloured or redrawn.
  explicit output(bool json);

  [[nodiscard]] bool json() const { return json_; }
  /// Colours for standard output: on a terminal with colours, unless NO_COLOR is set.
  [[nodiscard]] const palette& paint() const { return paint_; }
  /// Whether a line can be redrawn: standard output is a terminal with that ability.
  [[nodiscard]] bool can_redraw() const { return redraws_; }
  /// Throws `failure` (usage) unless a person can be asked: standard input and standard error must
  /// be terminals. `hint` names the option that makes the question unnecessary.
  static void require_terminal(const std::string& operation, const std::string& object,
                               const std::string& hint);
  /// Columns of the terminal, as wide as it is now.
  [[nodiscard]] static std::size_t width();

  /// Prints a result as it is, and flushes it. Throws `failure` (internal) if it cannot be written.
  void result(const std::string& text);
  /// One JSON document on a line of its own. Text that is not UTF-8 is mended, not refused.
  void document(const nlohmann::ordered_json& json);
  /// The same for a document that is text already.
  void document_text(const std::string& json) { result(json + "\n"); }
  /// A line for people, on standard error.
  void note(const std::string& line);
  /// A failed command: the JSON form on standard output, or error and hint on standard error.
  void report(const error& e);
  /// The form for people, also with JSON results: for a command that fails in the middle of a
  /// document.
  void report_to_people(const error& e);
  /// Draws `line` over the line drawn before; an empty `line` clears it. REQUIRES: can_redraw().
  void redraw(const std::string& line);
  /// Prints the question on standard error and reads a line; true for y or yes.
  [[nodiscard]] bool ask(const std::string& question);

 private:
  bool json_;
  bool redraws_;
  palette paint_;
  palette paint_errors_;
  std::size_t drawn_ = 0;  ///< columns of the line that was drawn last
};

/// One JSON document that is an array, printed in parts, so that only elements added since the last
/// `print` are in memory. `out` must outlive it.
class array_document {
 public:
  explicit array_document(output& out) : out_(out) {}

  /// As in output::document, text that is not UTF-8 is mended.
  void add(const nlohmann::ordered_json& element);
  /// Prints what was added. Throws as output::result does.
  void print();
  /// Prints the rest and the end of the document.
  void end();
  /// Whether a part has been printed.
  [[nodiscard]] bool begun() const { return begun_; }

 private:
  output& out_;
  std::string pending_ = "[";
  bool empty_ = true;
  bool begun_ = false;
};

/// The time now, to the millisecond.
timestamp now();

}  // namespace sluice::cli
