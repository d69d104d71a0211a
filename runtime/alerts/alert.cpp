#include "runtime/alerts/alert.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>

#include "messages/error.hpp"
#include "messages/json.hpp"
#include "messages/timestamp.hpp"

namespace sluice::alerts {
namespace {

/// Whether more than `percent` of the rows that were to be delivered could not be: the destination
/// refused them, or they were invalid from the start.
bool too_many_rejected(const run_counters& rows, std::uint32_t percent) {
  const auto bad = rows.rejected + rows.invalid;
  return bad > 0 && bad * 100 > (rows.deltas() + rows.invalid) * percent;
}

bool occurred(alert_event x, const run_ended& ended, const config::notify_config& endpoint) {
  const auto& run = ended.run;
  switch (x) {
    case alert_event::failed:
      return run.state == run_state::failed || run.state == run_state::interrupted;
    case alert_event::rejected:
      return too_many_rejected(run.counters, endpoint.rejected_percent);
    case alert_event::stopped:
      return run.state == run_state::stopped;
    case alert_event::recovered:
      return ended.recovered;
    case alert_event::skipped:
      return run.state == run_state::skipped;
  }
  return false;
}

std::vector<std::string_view> words(const std::vector<alert_event>& events) {
  std::vector<std::string_view> out;
  for (const auto event : events) out.push_back(to_string(event));
  return out;
}

}  // namespace

std::vector<alert_event> events_of(const run_ended& ended, const config::notify_config& endpoint) {
  std::vector<alert_event> events;
  std::ranges::copy_if(endpoint.on, std::back_inserter(events),
                       [&](alert_event x) { return occurred(x, ended, endpoint); });
  return events;
}

std::string body_of(const alert& what, timestamp sent_at, std::uint64_t dropped) {
  // Texts of databases and APIs are UTF-8 by now; a defect there must not keep an alert back.
  return nlohmann::ordered_json{{"id", what.id},
                                {"sent_at", format_timestamp(sent_at)},
                                {"events", words(what.events)},
                                {"connection", what.run->connection},
                                {"node", what.node},
                                {"dropped", dropped},
                                {"run", to_json(*what.run)}}
      .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string signature(std::string_view secret, std::string_view body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(body.data());
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes, body.size(),
           mac.data(), &size) == nullptr)
    throw failure(errc::internal, "sign alert", {}, "OpenSSL computes no HMAC-SHA256", {});
  return fmt::format("sha256={:02x}", fmt::join(std::span(mac).first(size), ""));
}

std::vector<std::pair<std::string, std::string>> headers_of(const alert& what) {
  return {{"Content-Type", "application/json"},
          {"X-Sluice-Event", fmt::format("{}", fmt::join(words(what.events), ","))},
          {"X-Sluice-Delivery", what.id}};
}

}  // namespace sluice::alerts
