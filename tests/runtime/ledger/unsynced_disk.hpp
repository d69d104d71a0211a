// The real disk without the waiting: for tests that lose no power.
#pragma once

#include "runtime/ledger/system_calls.hpp"

namespace sluice::ledger::test {

class unsynced_disk : public system_calls {
 public:
  int sync_data(int) override { return 0; }
  int sync_directory(const char*) override { return 0; }
};

}  // namespace sluice::ledger::test
