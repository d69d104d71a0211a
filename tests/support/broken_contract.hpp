// What a call says whose contract is broken.
#pragma once

#include <string>

#include "messages/error.hpp"

namespace sluice::test {

/// `operation: expected what` of the failure (internal) that `call` throws; empty if it throws
/// none.
template <class Call>
std::string broken_contract(Call&& call) {
  try {
    call();
  } catch (const failure& thrown) {
    if (thrown.info().code != errc::internal) throw;
    const auto text = thrown.info().message();
    return text.substr(0, text.rfind(" ("));  // the place follows
  }
  return {};
}

}  // namespace sluice::test
