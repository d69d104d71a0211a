#include "runtime/destinations/http/shown_request.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "runtime/config/request_variables.hpp"

namespace sluice::destinations {
namespace {

bool names_look_up(const config::http_request_config& request) {
  return std::ranges::any_of(config::variables_of(request), [](const auto& variable) {
    return variable.what == config::template_variable::name::lookup;
  });
}

}  // namespace

shown_requests::shown_requests(const config::http_config& destination, const delivery_context& run)
    : config_(destination) {
  const auto plan = [&](const config::http_request_config& request) {
    return std::make_unique<request_plan>(request, config_, run,
                                          text_template::references::as_written);
  };
  for (std::size_t i = 0; i < config_.shown_requests.size(); ++i) {
    const auto& request = config_.shown_requests[i];
    plans_.push_back(config::is_sent(config_, i, run.mode) ? plan(request) : nullptr);
    looks_up_.push_back(config_.lookup && names_look_up(request));
  }
  if (config_.lookup) lookup_ = plan(config_.lookup->shown_request);
}

rendering shown_requests::render(const batch& deltas, std::size_t index) {
  const auto position = config_.request_for[static_cast<std::size_t>(deltas[index].op)].value();
  auto out = show(*plans_.at(position), deltas, index);
  if (!looks_up_.at(position) || !out.refused.empty()) return out;
  auto before = show(*lookup_, deltas, index);
  if (!before.refused.empty()) return {{}, "nothing can be looked up: " + before.refused};
  if (!before.text.ends_with('\n')) before.text += '\n';
  out.text = "look up:\n" + before.text + "\nthen:\n" + out.text;
  return out;
}

rendering shown_requests::show(request_plan& plan, const batch& deltas, std::size_t index) const {
  const std::array rows{static_cast<std::uint32_t>(index)};
  auto built = plan.build(deltas, rows);
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
