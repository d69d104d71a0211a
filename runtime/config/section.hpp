// An object of the configuration. Its keys are defined only where they are read.
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

/// Remembers every key that is read. Its destructor complains about each member that was never
/// read, and suggests a known key; these problems come before the problems inside the section. So
/// every key must be read, whatever the object holds. Defaults are passed with the keys, and noted
/// in the `reading` for `sluice check --show`.
///
/// The section may be absent or no object; then all its members are absent, and no problem is
/// recorded for them. Keys must live as long as the section does. One thread; does not outlive
/// document and `reading`.
class section {
 public:
  /// Complains about a present value that is no object.
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

  /// From now on reads the members of `other`, a filled-in preset. Keys that were read before stay
  /// known.
  void read_from(ordered_json other);
  /// Does not complain about members that were never read: because of another problem it is not
  /// known which ones belong here.
  void dismiss() { judges_ = false; }

 private:
  json_value value_;
  bool is_object_;
  bool judges_ = true;
  std::size_t begin_;                    ///< position of the first problem inside the section
  std::vector<std::string_view> asked_;  ///< each once, in the order of reading
};

}  // namespace sluice::config
