#include "runtime/ledger/shared_ledgers.hpp"

#include "runtime/ledger/frozen_view.hpp"

namespace sluice::ledger {

std::shared_ptr<shared_ledgers::folder> shared_ledgers::at(const std::filesystem::path& directory) {
  const std::scoped_lock lock(mutex_);
  auto& found = folders_[directory];
  if (!found) found = std::make_shared<folder>();
  return found;
}

std::shared_ptr<ledger> shared_ledgers::open(const std::filesystem::path& directory,
                                             std::string_view identity,
                                             const std::stop_token& stop) {
  const auto here = at(directory);
  const std::scoped_lock lock(here->mutex);
  auto opened = ledger::open(directory, identity, {}, stop);
  here->open = opened;
  here->identity = identity;
  return opened;
}

glimpse shared_ledgers::look(const std::filesystem::path& directory, std::string_view identity,
                             const std::stop_token& stop) {
  const auto here = at(directory);
  // Held to the end: if the run ends meanwhile, this function closes its ledger, and the next run
  // must not find the ledger open.
  const std::scoped_lock lock(here->mutex);
  const auto open = here->open.lock();
  if (!open) return ledger::look(directory, identity, scratch_, stop);
  if (here->identity != identity) return {true, 0, {}, std::make_unique<frozen_view>(layers{})};
  const auto epoch = open->epoch();
  for (;;) {
    auto rule = open->rule();
    auto known = open->snapshot();
    if (open->rule() == rule)
      return {false, epoch, std::move(rule), std::move(known), open->position()};
  }
}

void shared_ledgers::set_aside(const std::filesystem::path& directory) {
  const auto here = at(directory);
  const std::scoped_lock lock(here->mutex);
  ledger::set_aside(directory);
}

}  // namespace sluice::ledger
