#include "runtime/destinations/http/shown_request.hpp"

#include <array>
#include <cstdint>

namespace sluice::destinations {

shown_requests::shown_requests(const config::http_config& destination, const delivery_context& run)
    : config_(destination) {
  for (std::size_t i = 0; i < config_.shown_requests.size(); ++i)
    plans_.push_back(config::is_sent(config_, i, run.mode)
                         ? std::make_unique<request_plan>(config_.shown_requests[i], config_, run,
                                                          text_template::references::as_written)
                         : nullptr);
}

rendering shown_requests::render(const batch& deltas, std::size_t index) {
  const auto position = config_.request_for[static_cast<std::size_t>(deltas[index].op)];
  const std::array rows{static_cast<std::uint32_t>(index)};
  auto built = plans_.at(position.value())->build(deltas, rows);
  if (!built.unsendable.empty()) return {{}, std::move(built.unsendable.front().reason)};
  const auto& request = built.request;
  auto out = request.method + ' ' + request.url + '\n';
  for (const auto& header : request.headers) out += header + '\n';
  if (config_.basic_auth) out += "Authorization: Basic ***\n";
  if (config_.auth) out += "Authorization: ***\n";
  if (config_.gzip && request.has_body) out += "Content-Encoding: gzip\n";
  if (request.has_body) out += '\n' + request.body;
  return {std::move(out), {}};
}

}  // namespace sluice::destinations
