// A connection to an API in a config_folder.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tests/runtime/config/config_folder.hpp"

namespace sluice::test {

/// A request that is fine: members of an http destination.
inline const std::string good_upsert =
    R"("upsert": {"method": "POST", "url": "https://api.example.com/v1/people",
                  "body": {"people": "{{rows}}"}})";
inline const std::string good_delete =
    R"("delete": {"method": "DELETE", "url": "https://api.example.com/v1/people/{{key.id}}"})";

/// The valid folder, its only connection to an http destination with these members.
class http_connection {
 public:
  explicit http_connection(const std::string& members, const std::string& mode = "upsert",
                           const std::string& more = "") {
    folder.write("connections/customers.json",
                 R"({"source": {"odbc": "Driver=X", "table": "t", "key": ["id"]}, "mode": ")" +
                     mode + R"(", "destination": {"kind": "http", )" + members + "}" + more + "}");
  }

  /// Of a valid one.
  [[nodiscard]] config::http_config read() const {
    return std::get<config::http_config>(folder.customers().destination.kind);
  }
  /// All problems, without the name of the connection's file.
  [[nodiscard]] std::string problems() const {
    const std::string file = "connections/customers.json:";
    auto text = folder.problems();
    for (auto at = text.find(file); at != std::string::npos; at = text.find(file, at))
      text.erase(at, file.size());
    return text;
  }
  /// The destination of a valid one, as it is printed.
  [[nodiscard]] std::string shown() const {
    const auto all = nlohmann::ordered_json::parse(folder.effective());
    return all["connections"]["customers"]["destination"].dump();
  }

  config_folder folder;
};

inline config::http_config read_http(const std::string& members) {
  return http_connection(members).read();
}
inline std::string http_problems(const std::string& members, const std::string& mode = "upsert") {
  return http_connection(members, mode).problems();
}
/// The problems of an upsert request with these members.
inline std::string request_problems(const std::string& members) {
  return http_problems(R"("upsert": {)" + members + "}");
}

}  // namespace sluice::test
