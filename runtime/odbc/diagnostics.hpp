// What a driver said, and what it means for whoever has to go on.
#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include "messages/error.hpp"

namespace sluice::odbc {

/// Which reaction an error asks for.
enum class error_class : std::uint8_t {
  transient,    ///< deadlock, serialization, lock time-out, server starting: the same again may work
  permanent,    ///< SQL, permissions, missing objects: somebody has to act
  row,          ///< this row's values are the problem: constraint, type, length
  lost,         ///< the connection is gone; never commit on it
  interrupted,  ///< our own cancel arrived
};

/// One diagnostic record of a driver. Holds no parameter values and no connection string.
struct diagnostic {
  std::string state;    ///< SQLSTATE; SQLite always says HY000
  int native = 0;       ///< the driver's own code, what MariaDB and SQLite are classified by
  std::string message;  ///< without the `[vendor][driver]` prefixes
  error_class kind = error_class::permanent;

  /// `message (SQLSTATE 42P01)`, with the native code where the state says nothing.
  [[nodiscard]] std::string text() const;
};

/// Thrown by everything in this folder. Callers add operation, object and hint and throw `failure`.
class odbc_error : public std::exception {
 public:
  explicit odbc_error(diagnostic what) : diagnostic_(std::move(what)), text_(diagnostic_.text()) {}
  [[nodiscard]] const diagnostic& info() const { return diagnostic_; }
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  diagnostic diagnostic_;
  std::string text_;
};

}  // namespace sluice::odbc
