// An object of the configuration whose keys are said once: where they are read.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/config/json_value.hpp"

namespace sluice::config {

/// Remembers every key that is asked of it. At its end it complains about each member that was
/// never asked for, before everything that was found within it, and suggests one of those that
/// were; so all keys are asked for whatever the object holds. What a key defaults to is said with
/// it, and noted in the `reading` for those who look at the configuration as it holds.
///
/// May be absent or no object; then all its members are absent, too, and none is missing. Keys must
/// live as long as the section does. One thread; does not outlive document and `reading`.
class section {
 public:
  /// Complains about anything but an object that is there.
  explicit section(json_value value);
  ~section();
  section(const section&) = delete;
  section& operator=(const section&) = delete;

  /// Whether there is an object.
  explicit operator bool() const { return is_object_; }
  [[nodiscard]] const json_value& value() const { return value_; }
  void complain(std::string message, std::string hint) const {
    value_.complain(std::move(message), std::move(hint));
  }

  [[nodiscard]] json_value member(std::string_view key);
  /// The same, complaining if it is absent. `hint` says what to write.
  [[nodiscard]] json_value required(std::string_view key, const std::string& hint);

  /// The value of a member, or `otherwise` where it is absent or wrong.
  [[nodiscard]] std::uint32_t number(std::string_view key, range allowed, std::uint32_t otherwise);
  [[nodiscard]] bool boolean(std::string_view key, bool otherwise);
  [[nodiscard]] std::chrono::milliseconds duration(std::string_view key,
                                                   std::chrono::milliseconds from,
                                                   std::chrono::milliseconds to,
                                                   std::chrono::milliseconds otherwise);
  [[nodiscard]] std::uint64_t bytes(std::string_view key, std::uint64_t from, std::uint64_t to,
                                    std::uint64_t otherwise);
  /// One of a set of words.
  template <class T>
  [[nodiscard]] T word(std::string_view key,
                       std::initializer_list<std::pair<std::string_view, T>> choices, T otherwise) {
    const auto value = member(key);
    for (const auto& [word, meaning] : choices)
      if (meaning == otherwise) value.defaults_to(word);
    return value.as_word(choices).value_or(otherwise);
  }

  /// From now on members are those of `other`: a preset that was filled in. What was asked for
  /// before stays known.
  void read_from(ordered_json other);
  /// Says nothing of members that were never asked for: something else is wrong, so that it is not
  /// known which belong here.
  void dismiss() { judges_ = false; }

 private:
  json_value value_;
  bool is_object_;
  bool judges_ = true;
  std::size_t begin_;                    ///< where the problems within it begin
  std::vector<std::string_view> asked_;  ///< each once, in the order in which they were asked for
};

}  // namespace sluice::config
