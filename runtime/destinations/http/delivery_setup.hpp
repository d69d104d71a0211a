// Everything that the requests of a batch are sent with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>

#include "runtime/destinations/http/authorized_client.hpp"
#include "runtime/destinations/http/request_plan.hpp"
#include "runtime/destinations/http/row_results.hpp"
#include "runtime/destinations/http/traffic.hpp"

namespace sluice::destinations {

/// A request that was delivered and is harmless to repeat: shows whether the API works. Without a
/// plan there is none.
struct delivered_request {
  std::shared_ptr<const http::http_request> request = {};
  request_plan* plan = nullptr;
  std::size_t rows = 1;
};

/// The setup of one writer for one batch.
struct delivery_setup {
  authorized_client& client;
  traffic::lane& lane;
  traffic& shared;
  const std::stop_token& stop;
  /// Nothing else is left to deliver: a request that fails now is not tried again in this run.
  bool last_chance = false;
  bool has_ids = false;  ///< requests carry ids; the parts of a divided request have other ids
  bool tells_answers = false;  ///< see delivery_context
  bool may_insert = false;     ///< a row that an update does not find may be inserted
  bool may_update = false;     ///< a row that an insert finds present may be updated
  /// The rows were first sent by a request of the other kind, and are not sent back to it.
  bool changed = false;
  /// Of requests that look up: called with the verdict on a row for which something was found, or
  /// nothing. Of those that write: empty.
  std::function<void(std::uint32_t row, row_verdict told)> looked_up = {};
  /// Called with the number of rows that an answer has confirmed.
  std::function<void(std::uint64_t rows)> confirms = [](std::uint64_t) {};
  /// By operation: a delivered delta may be sent again without a further effect.
  std::array<bool, 3> repeatable = {};
  /// A request for a row of an earlier batch of this run, of any writer.
  std::function<delivered_request()> find_witness = [] { return delivered_request{}; };
};

}  // namespace sluice::destinations
