#include "runtime/log/redactor.hpp"

#include <algorithm>
#include <mutex>

namespace sluice::log {

void redactor::add(std::string_view secret) {
  if (secret.size() < shortest_secret) return;
  const std::unique_lock lock(mutex_);
  if (std::ranges::find(secrets_, secret) != secrets_.end()) return;
  const auto position = std::ranges::find_if(
      secrets_, [&](const std::string& known) { return known.size() < secret.size(); });
  secrets_.insert(position, std::string(secret));
}

std::string redactor::masked(std::string_view text) const {
  std::string out(text);
  const std::shared_lock lock(mutex_);
  for (const auto& secret : secrets_) {
    for (auto at = out.find(secret); at != std::string::npos; at = out.find(secret, at + 3))
      out.replace(at, secret.size(), "***");
  }
  return out;
}

redactor& secrets() {
  static redactor instance;
  return instance;
}

}  // namespace sluice::log
