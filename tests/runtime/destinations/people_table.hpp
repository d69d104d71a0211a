// A table `people` in a real database, as a target of the contract's claims.
#pragma once

#include <initializer_list>

#include "runtime/config/config.hpp"
#include "tests/runtime/destinations/destination_contract.hpp"
#include "tests/support/database_fixture.hpp"

namespace sluice::test {

class people_table : public destination_harness {
 public:
  explicit people_table(odbc::product kind);

  std::unique_ptr<destinations::destination> make() override;
  std::map<int, person> state() override;
  bool refuse_name(const std::string& name) override;
  void break_target() override;
  void mend_target() override;

  /// A destination that is open.
  std::unique_ptr<destinations::destination> open(std::stop_token stop = {});
  [[nodiscard]] const database_fixture& database() const { return database_; }
  [[nodiscard]] config::odbc_config config() const;

 private:
  void create();

  database_fixture database_;
};

}  // namespace sluice::test
