// The error that a call throws, for tests that look at it.
#pragma once

#include "messages/error.hpp"

namespace sluice::test {

/// The error of the `failure` that `f` throws; code `none` if it throws none.
template <class F>
error refused(F&& f) {
  try {
    f();
  } catch (const failure& e) {
    return e.info();
  }
  return {};
}

}  // namespace sluice::test
