// The ledgers that a process uses, so that a run and somebody who only looks get along.
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

/// By folder. Whoever looks sees the ledger that a run has open, or else the files; opening and
/// looking at files wait for each other, since opening may cut a journal that is being read. Thread
/// safe. Errors are those of the functions of `ledger` of the same names.
class shared_ledgers {
 public:
  /// `scratch` is for files without a name.
  explicit shared_ledgers(std::filesystem::path scratch) : scratch_(std::move(scratch)) {}

  /// As `ledger::open`. REQUIRES: nobody has the ledger open.
  std::shared_ptr<ledger> open(const std::filesystem::path& directory, std::string_view identity,
                               const std::stop_token& stop = {});
  /// The ledger of this identity as it is now. Neither keeps it open nor changes a file of it.
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
