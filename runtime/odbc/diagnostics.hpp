// The errors of drivers, and the reaction that each asks for.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace sluice::odbc {

/// The databases whose drivers were measured; `generic` is everything else.
enum class product : std::uint8_t { postgresql, mariadb, sqlite, generic };

/// For example `MariaDB`; used in error texts.
std::string_view to_string(product kind);

/// Which reaction an error asks for.
enum class error_class : std::uint8_t {
  transient,  ///< deadlock, serialization, lock time-out, server starting: the same again may work
  permanent,  ///< SQL, permissions, missing objects: a person has to act
  row,        ///< this row's values are the problem: constraint, type, length
  lost,       ///< the connection is gone; never commit on it
  interrupted,  ///< Sluice itself cancelled the call
};

/// One diagnostic record of a driver. Holds no parameter values and no connection string.
struct diagnostic {
  std::string state;    ///< SQLSTATE; SQLite always says HY000
  int native = 0;       ///< the driver's own code, what MariaDB and SQLite are classified by
  std::string message;  ///< without the `[vendor][driver]` prefixes
  error_class kind = error_class::permanent;

  /// `message (SQLSTATE 42P01)`, with the native code where the state says nothing. Errors that did
  /// not come from a driver have a message only, no state.
  [[nodiscard]] std::string text() const;
};

/// Thrown by everything in this folder. Callers add operation, object and hint and throw `failure`.
class odbc_error : public std::exception {
 public:
  explicit odbc_error(diagnostic what) : diagnostic_(std::move(what)), text_(diagnostic_.text()) {}
  /// An error of our own: no driver said it.
  odbc_error(error_class kind, std::string message)
      : odbc_error(diagnostic{{}, 0, std::move(message), kind}) {}

  [[nodiscard]] const diagnostic& info() const { return diagnostic_; }
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  diagnostic diagnostic_;
  std::string text_;
};

/// During which call an error arose: while connecting, the same state means something else.
enum class call_phase : std::uint8_t { connecting, connected };

/// What an error means. Pure. The facts behind the tables were measured per driver: psqlodbc has
/// genuine SQLSTATEs but reports every failed connect as 08001, MariaDB hides most behind HY000 and
/// 23000, and SQLite always says HY000 with SQLite's primary result code as native code.
error_class classify(product kind, call_phase phase, std::string_view state, int native,
                     std::string_view message);

/// The message without its leading `[vendor][driver]` groups, psqlodbc's trailing "Error while
/// executing the query" and line breaks. Pure.
std::string clean_message(std::string_view message);

}  // namespace sluice::odbc
