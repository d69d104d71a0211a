// A value of a document that knows its position. Reading a value that is missing, out of range or
// of another type records a problem with the JSON pointer, and reading goes on.
#pragma once

#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/expect.hpp"
#include "runtime/config/defaults.hpp"
#include "runtime/config/json_document.hpp"
#include "runtime/config/problem.hpp"
#include "runtime/config/references.hpp"
#include "runtime/config/secret_string.hpp"

namespace sluice::config {

/// Notes taken while a file is read. Pointers are JSON pointers.
struct reading_notes {
  /// Values that the file leaves out, with their defaults.
  std::vector<std::pair<std::string, ordered_json>> defaults;
  /// Values that must not be printed as written, with their printable form.
  std::vector<std::pair<std::string, ordered_json>> shown;
  std::vector<std::filesystem::path> private_keys;  ///< files that the file names
};

/// A file that is being read: the list for its problems, and the base of its relative paths.
struct reading {
  reading(std::filesystem::path read, std::vector<problem>& all)
      : file(std::move(read)), problems(all), found(file, all) {}

  std::filesystem::path file;  ///< absolute
  std::vector<problem>& problems;
  mutable file_problems found;  ///< the list that problems are added to
  mutable reading_notes notes;
  mutable std::deque<ordered_json> made;  ///< values that are read instead of the written ones
};

/// One value, or the position of an absent one. All `as_…` functions return nothing for an absent
/// value, silently, and nothing for a wrong one, with a problem recorded. References in strings are
/// resolved, except by `as_secret`; problems quote the written text, never a resolved one. Refers
/// to the document and the `reading`, which must outlive it. One thread.
class json_value {
 public:
  json_value(const ordered_json& document, const reading& context)
      : json_(&document), context_(&context) {}

  [[nodiscard]] bool present() const { return json_ != nullptr; }
  /// REQUIRES: present().
  [[nodiscard]] const ordered_json& raw() const {
    expect(present(), "read configuration", "a value that is present");
    return *json_;
  }
  /// True for "". REQUIRES: present().
  [[nodiscard]] bool is_empty_text() const {
    return raw().is_string() && raw().get_ref<const std::string&>().empty();
  }
  [[nodiscard]] const std::string& pointer() const { return pointer_; }
  [[nodiscard]] const std::filesystem::path& file() const { return context_->file; }
  /// The directory of the file: the base of relative paths.
  [[nodiscard]] std::filesystem::path directory() const { return context_->file.parent_path(); }
  void complain(std::string message, std::string hint) const;

  /// True for an object; complains about anything else that is present.
  [[nodiscard]] bool is_object() const;
  /// The member; absent if there is none or this is no object. Read keys of the configuration
  /// through a `section` instead.
  [[nodiscard]] json_value member(std::string_view key) const;
  /// The members in the order of the file. REQUIRES: an object.
  [[nodiscard]] std::vector<std::pair<std::string, json_value>> members() const;
  /// The elements; complains if this is not an array, an empty one, or too long. `example` is shown
  /// as a hint.
  [[nodiscard]] std::vector<json_value> elements(const std::string& example) const;

  /// A string with its references replaced by `escape` of their values. Not empty, UTF-8, without
  /// zero bytes.
  [[nodiscard]] std::optional<std::string> as_text(
      const std::function<std::string(const std::string&)>& escape = {}) const;
  /// `as_text`, but as written. Its references have values now (programs are not run for that), and
  /// are resolved again each time the text is used.
  [[nodiscard]] std::optional<std::string> as_written() const;
  /// An ODBC connection string; its references stay unresolved.
  [[nodiscard]] std::optional<secret_string> as_secret() const;
  /// A path, absolute and in normal form; relative paths start at the file's directory.
  [[nodiscard]] std::optional<std::filesystem::path> as_path() const;
  /// The same, for a file that other users must not be able to read.
  [[nodiscard]] std::optional<std::filesystem::path> as_private_key() const;
  /// A name that can be a directory: letters, digits, `.`, `_`, `-`, not beginning with a dot.
  [[nodiscard]] std::optional<std::string> as_name() const;
  [[nodiscard]] std::optional<std::uint32_t> as_number(range allowed) const;
  [[nodiscard]] std::optional<bool> as_boolean() const;
  [[nodiscard]] std::optional<std::chrono::milliseconds> as_duration(
      std::chrono::milliseconds from, std::chrono::milliseconds to) const;
  /// A number of bytes.
  [[nodiscard]] std::optional<std::uint64_t> as_bytes(std::uint64_t from, std::uint64_t to) const;
  /// One of a set of words.
  template <class T>
  [[nodiscard]] std::optional<T> as_word(
      std::initializer_list<std::pair<std::string_view, T>> choices) const {
    std::vector<std::string_view> words;
    for (const auto& choice : choices) words.push_back(choice.first);
    const auto index = as_one_of(words);
    if (!index) return std::nullopt;
    return std::next(choices.begin(), static_cast<std::ptrdiff_t>(*index))->second;
  }

  /// `as_word` without values: the position of the word.
  [[nodiscard]] std::optional<std::size_t> as_one_of(std::span<const std::string_view> words) const;

  /// Notes the default of an absent value.
  void defaults_to(ordered_json otherwise) const;
  /// Notes that `instead` is printed for this value.
  void is_shown_as(ordered_json instead) const;

  /// The JSON document in a file named relative to this one; its problems are recorded.
  [[nodiscard]] std::optional<ordered_json> read_file(const std::filesystem::path& name) const {
    return read_json((directory() / name).lexically_normal(), context_->problems);
  }
  /// `other` at the position of this value, for problems of a value made from this one. `other`
  /// must outlive it.
  [[nodiscard]] json_value standing_for(const ordered_json& other) const {
    return {&other, context_, pointer_};
  }

  /// The value as it was written, shortened, for use in a message. REQUIRES: present().
  [[nodiscard]] std::string quoted() const;

 private:
  friend class section;

  json_value(const ordered_json* value, const reading* context, std::string pointer)
      : json_(value), context_(context), pointer_(std::move(pointer)) {}

  /// `as_text`, with `resolve` of each piece of the text as its value.
  [[nodiscard]] std::optional<std::string> resolved_by(
      const std::function<std::string(const text_piece&)>& resolve) const;
  /// Complains that the value is of the wrong type. `expected`: "must be a string".
  void complain_type(const std::string& expected) const;

  const ordered_json* json_;
  const reading* context_;
  std::string pointer_;
};

/// Whether `as_name` accepts the text.
bool is_name(std::string_view text);
/// The rule of `is_name`, for messages.
std::string name_rule();

}  // namespace sluice::config
