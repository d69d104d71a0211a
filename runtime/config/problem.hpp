// Problems of the configuration, as values: all are collected and shown at once.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace sluice::config {

/// One problem of the configuration. Texts never hold the value of a reference.
struct problem {
  std::filesystem::path file;
  std::string pointer;  ///< JSON pointer, "" for the whole document
  std::string message;  ///< what is wrong
  std::string hint;     ///< what would be right; may be empty

  bool operator==(const problem&) const = default;
};

/// The problems of one file: the first ones in full, the rest as a number, since a file of
/// megabytes may have a hundred thousand problems.
class file_problems {
 public:
  static constexpr std::size_t most_named = 100;

  /// Adds to `all`, which must outlive this; no problem may be removed from `all` meanwhile.
  file_problems(std::filesystem::path file, std::vector<problem>& all)
      : file_(std::move(file)), all_(all) {}

  void add(std::string pointer, std::string message, std::string hint);
  /// As `add`, before the problem that is at `position` of all now.
  void insert(std::size_t position, std::string pointer, std::string message, std::string hint);
  /// The number of problems of all files so far, and so the position of the next one.
  [[nodiscard]] std::size_t position() const { return all_.size(); }
  /// Counts a problem beyond the limit; false if the problem should be added in full.
  bool count();

 private:
  std::filesystem::path file_;
  std::vector<problem>& all_;
  std::size_t named_ = 0;
  std::size_t more_ = 0;
  std::size_t number_at_ = 0;  ///< position in `all_` of the number of further problems
};

/// `file:/pointer: message; hint`, always on one line.
std::string to_text(const problem& x);
/// One such line for each, every line ended.
std::string to_text(const std::vector<problem>& all);

}  // namespace sluice::config
