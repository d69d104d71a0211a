#include "actors/api/request_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

namespace sluice::actors {
namespace {

/// Whoever guesses tokens does so for long.
constexpr std::chrono::minutes between_failures{1};

log::repeated_lines::sink lines_of(const log::logger& out) {
  return [out](const std::string& line) { out.info("{}", line); };
}

}  // namespace

std::string reason_of(const web::response& answer) {
  const auto body = nlohmann::json::parse(answer.body, nullptr, false);
  if (body.is_object())
    for (const auto* const member : {"detail", "error"})
      if (const auto found = body.find(member); found != body.end() && found->is_string())
        return found->get<std::string>();
  return std::to_string(answer.status);
}

request_log::request_log(const log::logger& out)
    : changes_(lines_of(out)),
      refusals_(lines_of(out)),
      failures_([out](const std::string& line) { out.warning("{}", line); }, between_failures) {}

void request_log::changed(const api::caller& by, const std::string& what, clock::time_point now) {
  const auto line = fmt::format("over HTTP: {}, by {}", what, by.name);
  changes_.say({.kind = line, .text = line}, now);
}

void request_log::refused(const api::caller& by, const web::request& asked, const std::string& what,
                          const std::string& why, clock::time_point now) {
  const auto& who = by.name.empty() ? asked.peer : by.name;
  refusals_.say({.kind = who + '\n' + what,
                 .text = fmt::format("over HTTP: refused {} to {}: {}", what, who, why)},
                now);
}

void request_log::failed_sign_in(const web::request& asked, const std::string& why,
                                 clock::time_point now) {
  failures_.say({.kind = asked.peer,
                 .text = fmt::format("over HTTP: a sign-in from {} failed: {}", asked.peer, why)},
                now);
}

void request_log::sum_up(clock::time_point now) {
  for (auto* const lines : {&changes_, &refusals_, &failures_}) lines->sum_up(now);
}

request_log::clock::time_point request_log::due() const {
  return std::min({changes_.due(), refusals_.due(), failures_.due()});
}

}  // namespace sluice::actors
