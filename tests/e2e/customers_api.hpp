// An API that customers are mirrored into: what it holds can be compared with the table.
#pragma once

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/http_server.hpp"

namespace sluice::test {

/// Keeps what it is sent: POST /customers writes a batch, DELETE /customers/ID one.
class customers_api {
 public:
  customers_api();

  /// As `customers_of`.
  [[nodiscard]] std::vector<std::string> customers() const;

 private:
  mutable std::mutex mutex_;
  std::map<int, nlohmann::json> customers_;

 public:
  http_server server;  ///< the last member: its threads use the others
};

}  // namespace sluice::test
