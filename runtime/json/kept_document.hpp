// Small documents that a node keeps on disk and replaces as a whole.
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace sluice {

/// A file of mode 0600 in a folder of mode 0700, with a JSON object that has a `version`. Functions
/// throw `failure` (ledger_failed) with the file, the cause and what `about` says. Immutable; one
/// writer at a time.
class kept_document {
 public:
  struct about {
    int version = 1;                ///< what is of another one is not read
    std::size_t largest = 1 << 20;  ///< bytes
    const char* operation = "";     ///< of the errors
    const char* hint = "";
  };

  /// Touches nothing yet.
  kept_document(std::filesystem::path file, const about& what);

  /// Nothing without a file. `take`: makes what is wanted of the object; where it throws
  /// nlohmann::json::exception, the file lacks a part.
  template <class Take>
  [[nodiscard]] auto read(const Take& take) const
      -> std::optional<decltype(take(nlohmann::json{}))> {
    const auto document = object();
    if (!document) return std::nullopt;
    try {
      return take(*document);
    } catch (const nlohmann::json::exception&) {  // its text would quote the file
      fail(file_, "it lacks a part");
    }
  }
  /// Replaces the file in one step; durable when it returns. `members`: all but the version.
  void write(nlohmann::json members) const;

  /// Makes the folder, durably, if there is none.
  void make_folder() const;
  [[noreturn]] void fail(const std::filesystem::path& file, std::string cause) const;

 private:
  [[nodiscard]] std::optional<nlohmann::json> object() const;

  std::filesystem::path file_;
  about about_;
};

}  // namespace sluice
