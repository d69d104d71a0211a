// Parameters of a statement: how values are handed to a driver. Internal to runtime/odbc.
#pragma once

#include <deque>
#include <span>
#include <string>
#include <vector>

#include "runtime/odbc/session.hpp"

namespace sluice::odbc {

/// Everything but binary goes as text with its length: every driver converts text correctly, while
/// natively typed values are handled differently by each driver. SQLite, whose values have types of
/// their own, gets integers and reals as such.
class parameters {
 public:
  void bind(session& owner, const stmt_handle& handle, std::size_t index, value_view value);
  void bind_array(session& owner, const stmt_handle& handle, std::size_t index,
                  std::span<const value_view> values);

 private:
  /// What the driver reads at SQLExecute; its address must not change until then.
  struct slot {
    SQLLEN length = 0;
    std::int64_t integer = 0;
    double real = 0;
    std::string bytes;            ///< of an array
    std::vector<SQLLEN> lengths;  ///< of an array
  };

  slot& at(std::size_t index);
  void set_rows(session& owner, const stmt_handle& handle, std::size_t rows);

  std::deque<slot> slots_;  ///< a deque keeps addresses while it grows
  std::size_t rows_ = 1;
};

}  // namespace sluice::odbc
