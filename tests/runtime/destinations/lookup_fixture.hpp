// An API that is asked for the account of a person before the person is written.
#pragma once

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/runtime/destinations/http_fixture.hpp"

namespace sluice::test {

/// GET /accounts?name=N and GET /accounts/N find one account, POST /search those of many names,
/// POST /people writes a batch. A person's account is that of the person's name.
class accounts_api {
 public:
  accounts_api();

  void open_account(const std::string& name, const nlohmann::json& id);
  /// The account of each person that was written.
  [[nodiscard]] std::map<int, nlohmann::json> written() const;
  /// The targets of the requests that asked, in order.
  [[nodiscard]] std::vector<std::string> asked() const;
  /// The requests that wrote.
  [[nodiscard]] std::size_t writes() const;

 private:
  [[nodiscard]] http_reply answer(const http_request& request) const;
  [[nodiscard]] nlohmann::json found(const std::string& name) const;

  mutable std::mutex mutex_;
  std::map<std::string, nlohmann::json> accounts_;
  std::map<int, nlohmann::json> written_;

 public:
  http_server server;  ///< the last member: its threads use the others
};

/// Writes persons with the account that a look-up finds by their name, a request for each of them.
config::http_config lookup_config(
    const http_server& server, std::chrono::milliseconds give_up_after = std::chrono::seconds(20));

/// The same, a request for all names of a batch.
config::http_config search_config(
    const http_server& server, std::chrono::milliseconds give_up_after = std::chrono::seconds(20));

/// Inserts of persons with these names and the ids from 1 on.
person_batch people_called(const std::vector<std::string>& names, int first = 1);

/// A way in that is open.
std::unique_ptr<destinations::destination> open_way_in(const config::http_config& config,
                                                       std::stop_token stop = {});

}  // namespace sluice::test
