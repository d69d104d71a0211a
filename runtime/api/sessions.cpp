#include "runtime/api/sessions.hpp"

#include <algorithm>
#include <utility>

namespace sluice::api {

std::string sessions::begin(caller who, clock::time_point now) {
  make_room(now);
  auto secret = source_();
  open_.insert_or_assign(digest_of(secret), session{std::move(who), now, now});
  return secret;
}

std::optional<caller> sessions::use(std::string_view secret, clock::time_point now) {
  const auto found = open_.find(digest_of(secret));
  if (found == open_.end()) return std::nullopt;
  if (end_of(found->second) <= now) {
    open_.erase(found);
    return std::nullopt;
  }
  found->second.used = now;
  return found->second.who;
}

std::optional<caller> sessions::take(std::string_view secret, clock::time_point now) {
  auto who = use(secret, now);
  end(secret);
  return who;
}

std::optional<sessions::clock::time_point> sessions::end_of(std::string_view secret,
                                                            clock::time_point now) const {
  const auto found = open_.find(digest_of(secret));
  if (found == open_.end()) return std::nullopt;
  const auto end = end_of(found->second);
  return end > now ? std::optional(end) : std::nullopt;
}

void sessions::end(std::string_view secret) { open_.erase(digest_of(secret)); }

sessions::clock::time_point sessions::end_of(const session& s) const {
  return std::min(s.used + limits_.idle, s.begun + limits_.longest);
}

void sessions::make_room(clock::time_point now) {
  std::erase_if(open_, [&](const auto& one) { return end_of(one.second) <= now; });
  if (open_.size() < limits_.most) return;
  open_.erase(std::ranges::min_element(open_, {}, [](const auto& one) { return one.second.used; }));
}

}  // namespace sluice::api
