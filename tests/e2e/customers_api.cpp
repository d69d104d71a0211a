#include "tests/e2e/customers_api.hpp"

#include <cmath>

namespace sluice::test {

using nlohmann::json;

customers_api::customers_api() {
  server.on_applied([this](const http_request& r) {
    const std::lock_guard lock(mutex_);
    if (r.method == "DELETE") {
      customers_.erase(std::stoi(r.path().substr(r.path().rfind('/') + 1)));
    } else {
      const auto body = json::parse(r.body);
      for (const auto& row : body["customers"]) customers_[row["id"]] = row;
    }
  });
}

std::vector<std::string> customers_api::customers() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> rows;
  for (const auto& [id, row] : customers_) {
    const std::string cents = row["balance"].is_null()
                                  ? "NULL"
                                  : std::to_string(std::lround(row["balance"].get<double>() * 100));
    rows.push_back(std::to_string(id) + "|" +
                   (row["name"].is_null() ? "NULL" : row["name"].get<std::string>()) + "|" + cents);
  }
  return rows;
}

}  // namespace sluice::test
