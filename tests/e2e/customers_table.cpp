#include "tests/e2e/customers_table.hpp"

#include <cmath>
#include <optional>

namespace sluice::test {

std::string fill_customers(odbc::product kind, int n) {
  const auto count = std::to_string(n);
  switch (kind) {
    case odbc::product::postgresql:
      return "INSERT INTO customers SELECT i, 'name ' || i, i * 0.25 FROM generate_series(1, " +
             count + ") AS s(i)";
    case odbc::product::mariadb:
      return "INSERT INTO customers SELECT seq, CONCAT('name ', seq), seq * 0.25 FROM seq_1_to_" +
             count;
    default:
      return "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < " + count +
             ") INSERT INTO customers SELECT i, 'name ' || i, i * 0.25 FROM s";
  }
}

const char* const customers_table =
    "CREATE TABLE customers(id INT PRIMARY KEY, name VARCHAR(100), balance DECIMAL(12,2))";

nlohmann::json mirror_customers(const database_fixture& from, const database_fixture& to) {
  return {
      {"source", {{"odbc", from.connection_string()}, {"table", "customers"}, {"key", {"id"}}}},
      {"mode", "mirror"},
      {"destination", {{"kind", "odbc"}, {"odbc", to.connection_string()}, {"table", "customers"}}},
      {"delivery", {{"batch_rows", 200}}}};
}

nlohmann::json mirror_customers(const database_fixture& from, const http_server& to) {
  return {{"source", {{"odbc", from.connection_string()}, {"table", "customers"}, {"key", {"id"}}}},
          {"mode", "mirror"},
          {"max_delete_percent", 90},
          {"destination",
           {{"kind", "http"},
            {"upsert",
             {{"method", "POST"},
              {"url", to.url("/customers")},
              {"body", {{"customers", "{{rows}}"}}}}},
            {"delete", {{"method", "DELETE"}, {"url", to.url("/customers/{{key.id}}")}}},
            {"batch_rows", 50},
            {"retry", {{"base", "5ms"}, {"cap", "50ms"}, {"give_up_after", "30s"}}}}}};
}

std::vector<std::string> customers_of(const database_fixture& db) {
  std::vector<std::string> rows;
  for (const auto& cells : db.connect(odbc::purpose::read)
                               .query("SELECT id, name, balance FROM customers ORDER BY id")) {
    const auto text = [](const std::optional<std::string>& cell) { return cell.value_or("NULL"); };
    const auto cents = cells[2] ? std::to_string(std::lround(std::stod(*cells[2]) * 100)) : "NULL";
    rows.push_back(text(cells[0]) + "|" + text(cells[1]) + "|" + cents);
  }
  return rows;
}

}  // namespace sluice::test
