// One SQLite file through ODBC, with errors that say what to do.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/error.hpp"
#include "messages/hash128.hpp"
#include "messages/names.hpp"
#include "messages/timestamp.hpp"
#include "runtime/odbc/connection.hpp"

namespace sluice::catalog {

/// A parameter of a statement: NULL, an integer or a text. Owns its bytes.
class sql_value {
 public:
  sql_value() = default;
  /// A count, or a truth value as 1 or 0.
  template <std::unsigned_integral T>
  sql_value(T x) : kind_(value_kind::integer), bytes_(std::to_string(std::uint64_t{x})) {}
  template <std::signed_integral T>
  sql_value(T x) : kind_(value_kind::integer), bytes_(std::to_string(std::int64_t{x})) {}
  /// Milliseconds since 1970.
  sql_value(timestamp t)
      : kind_(value_kind::integer), bytes_(std::to_string(t.time_since_epoch().count())) {}
  /// 32 hexadecimal digits.
  sql_value(const hash128& x);
  /// A NUL character, at which drivers cut texts off, becomes a blank.
  sql_value(std::string_view text);
  sql_value(const std::string& text) : sql_value(std::string_view(text)) {}
  sql_value(const char* text) : sql_value(std::string_view(text)) {}
  template <class Kind>
  sql_value(const named<Kind>& name) : sql_value(std::string_view(name)) {}
  template <class T>
  sql_value(const std::optional<T>& x) {
    if (x) *this = sql_value(*x);
  }

  [[nodiscard]] value_view view() const { return {kind_, bytes_}; }

 private:
  value_kind kind_ = value_kind::null;
  std::string bytes_;
};

using sql_values = std::vector<sql_value>;
/// A row of a result as text, NULL as nothing.
using sql_row = std::vector<std::optional<std::string>>;

/// WAL, synchronous FULL: a committed transaction survives a power cut. One thread at a time.
/// Errors are `failure` (catalog_failed) with the file, the cause and a hint; an error inside
/// `transaction` undoes it. Once the file was removed or replaced nothing is written, since it
/// would be lost with the process.
class database {
 public:
  /// Opens the file, or creates it, readable by its owner only.
  explicit database(std::filesystem::path file);

  /// Runs one statement; returns the rows it affected. Prepared statements are kept.
  std::int64_t execute(std::string_view sql, const sql_values& parameters = {});
  std::vector<sql_row> query(std::string_view sql, const sql_values& parameters = {});
  /// Runs `work` as one transaction, durable when this returns. `operation` names it in errors.
  void transaction(std::string operation, const std::function<void()>& work);
  /// Runs `work`, which only reads. Not in one transaction, since no other thread writes meanwhile.
  void read(std::string operation, const std::function<void()>& work);

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  /// The statement with its parameters bound; they must live until it is executed.
  odbc::statement& prepared(std::string_view sql, const sql_values& parameters);
  /// Runs `work`; adds operation, file and hint to errors of the driver.
  template <class Work>
  auto guarded(const Work& work);

  /// The file that a name leads to; nothing if there is none.
  using identity = std::optional<std::pair<std::uint64_t, std::uint64_t>>;
  static identity identity_at(const std::filesystem::path& path);
  /// Throws `failure` (catalog_failed) unless the names still lead to the files that are open.
  void require_present();

  std::filesystem::path file_;
  identity opened_;  ///< of the database and, as soon as there is one, of its log
  identity opened_log_;
  std::string operation_ = "open catalog";
  std::optional<odbc::connection> connection_;
  std::map<std::string, odbc::statement, std::less<>> statements_;  ///< must go before connection_
};

/// Creates the empty file, readable by its owner only, with a durable name. An existing file is not
/// changed. Throws `failure` (catalog_failed).
void create_for_owner(const std::filesystem::path& file);

}  // namespace sluice::catalog
