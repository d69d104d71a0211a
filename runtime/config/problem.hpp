// What is wrong with the configuration, as values: all of it is collected and shown at once.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace sluice::config {

/// One thing wrong with the configuration. Texts never hold what a reference resolves to.
struct problem {
  std::filesystem::path file;
  std::string pointer;  ///< JSON pointer, "" for the whole document
  std::string message;  ///< what is wrong
  std::string hint;     ///< what would be right; may be empty

  bool operator==(const problem&) const = default;
};

/// What is wrong with one file: the first problems by name, of what follows the number. A file of
/// megabytes may hold a hundred thousand of them.
class file_problems {
 public:
  static constexpr std::size_t most_named = 100;

  /// Adds to `all`, which must outlive this; nobody else takes problems out meanwhile.
  file_problems(std::filesystem::path file, std::vector<problem>& all)
      : file_(std::move(file)), all_(all) {}

  void add(std::string pointer, std::string message, std::string hint);
  /// As `add`, before the problem that is at `position` of all now.
  void insert(std::size_t position, std::string pointer, std::string message, std::string hint);
  /// Problems of all files so far: where the next one will be.
  [[nodiscard]] std::size_t position() const { return all_.size(); }
  /// Counts a problem that nobody would read; false if it should be named.
  bool count();

 private:
  std::filesystem::path file_;
  std::vector<problem>& all_;
  std::size_t named_ = 0;
  std::size_t more_ = 0;
  std::size_t number_at_ = 0;  ///< where `all_` says how many more there are
};

/// `file:/pointer: message; hint`, on one line whatever the file holds.
std::string to_text(const problem& x);
/// One such line for each, every line ended.
std::string to_text(const std::vector<problem>& all);

}  // namespace sluice::config
