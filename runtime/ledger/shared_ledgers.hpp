// The ledgers that a process uses, so that a preview can look into the ledger of an active run.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>

#include "runtime/ledger/ledger.hpp"

namespace sluice::ledger {

/// By folder. `look` reads the ledger that a run has open, or else the files. Opening and looking
/// at files wait for each other, since opening may cut a journal that is being read. Thread safe.
/// Throws as the functions of `ledger` with the same names do.
class shared_ledgers {
 public:
  /// `scratch` is for files without a name.
  explicit shared_ledgers(std::filesystem::path scratch) : scratch_(std::move(scratch)) {}

  /// As `ledger::open`. REQUIRES: the ledger is not open.
  std::shared_ptr<ledger> open(const std::filesystem::path& directory, std::string_view identity,
                               const std::stop_token& stop = {});
  /// The ledger of this identity as it is now. Neither keeps it open nor changes its files.
  glimpse look(const std::filesystem::path& directory, std::string_view identity,
               const std::stop_token& stop);
  /// As `ledger::set_aside`.
  void set_aside(const std::filesystem::path& directory);

 private:
  struct folder {
    std::mutex mutex;  ///< of all below, and of the files
    std::weak_ptr<ledger> open;
    std::string identity;  ///< of the open one
  };
  std::shared_ptr<folder> at(const std::filesystem::path& directory);

  const std::filesystem::path scratch_;
  std::mutex mutex_;
  std::map<std::filesystem::path, std::shared_ptr<folder>> folders_;
};

}  // namespace sluice::ledger
