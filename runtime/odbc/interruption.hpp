// Interrupts the calls of one connection when its stop token is requested. Internal to
// runtime/odbc.
#pragma once

#include <stop_token>

namespace sluice::odbc {

class interruption {
 public:
  explicit interruption(std::stop_token stop) : stop_(std::move(stop)) {}

  /// True once the stop token was requested.
  [[nodiscard]] bool requested() const { return stop_.stop_requested(); }

 private:
  std::stop_token stop_;
};

}  // namespace sluice::odbc
