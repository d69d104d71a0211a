// An API for persons and ways into it.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "runtime/config/http_config.hpp"
#include "runtime/destinations/http/traffic.hpp"
#include "tests/runtime/destinations/destination_contract.hpp"
#include "tests/support/http_server.hpp"

namespace sluice::test {

/// An API that keeps persons: POST /people writes a batch, POST /people/gone deletes one. It
/// refuses a batch as a whole that has a name among `refused`.
class people_api {
 public:
  people_api();

  [[nodiscard]] std::map<int, person> people() const;
  void refuse(const std::string& name);

 private:
  [[nodiscard]] http_reply answer(const http_request& request) const;
  void apply(const http_request& request);

  mutable std::mutex mutex_;
  std::map<int, person> people_;
  std::set<std::string> refused_;

 public:
  http_server server;  ///< the last member: its threads use the others
};

/// A configuration that writes to `server`: quick to try again, and to give up after
/// `give_up_after`.
config::http_config people_config(
    const http_server& server,
    std::chrono::milliseconds give_up_after = std::chrono::milliseconds(200));

/// Persons with the ids from `first` on, called `person 1`.
person_batch persons(int count, int first = 1);

/// How many rows had this fate.
std::size_t count(const batch_outcome& outcome, fate f);

/// A way in with traffic of its own.
std::unique_ptr<destinations::destination> make_way_in(const config::http_config& config);

/// The same, open for the people of a run of this mode.
std::unique_ptr<destinations::destination> open_for(const config::http_config& config,
                                                    sync_mode mode = sync_mode::upsert);

}  // namespace sluice::test
