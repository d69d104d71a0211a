// What the requests of a batch are sent by.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>

#include "runtime/destinations/http/request_plan.hpp"
#include "runtime/destinations/http/traffic.hpp"
#include "runtime/http/http_client.hpp"

namespace sluice::destinations {

/// Of one writer, for one batch.
struct delivery_setup {
  http::http_client& client;
  traffic::lane& lane;
  traffic& shared;
  const std::stop_token& stop;
  /// Nothing else is left to deliver: what fails now is not tried again in this run.
  bool last_chance = false;
  bool has_ids = false;     ///< requests carry ids: divided, a request has another one
  bool may_insert = false;  ///< a row that an update does not find may be inserted
  bool may_update = false;  ///< a row that is there when it is to be inserted may be updated
  /// The rows were to be delivered by a request of the other kind: they are not sent back to it.
  bool changed = false;
  /// Told how many rows an answer has confirmed.
  std::function<void(std::uint64_t rows)> confirms = [](std::uint64_t) {};
  /// Delivered before, and harmless to repeat: shows whether the API works. None: no plan.
  http::http_request witness = {};
  request_plan* witness_plan = nullptr;
};

}  // namespace sluice::destinations
