#include "runtime/credentials/token_state.hpp"

#include <utility>

namespace sluice::credentials {

void token_state::granted(std::string text, nlohmann::json others,
                          std::optional<milliseconds> lives, clock::time_point asked) {
  token_ = access_token{std::move(text), ++numbers_, std::move(others)};
  due_.reset();
  ends_.reset();
  // Its life began when the server made it, at the earliest when it was asked.
  if (lives) {
    due_ = asked + std::chrono::duration_cast<milliseconds>(*lives * share_of_life);
    ends_ = asked + *lives;
  }
  failure_ = {};
  over_ = false;
  failures_ = 0;
  again_ = {};
}

void token_state::ended(std::uint64_t number) {
  if (!token_ || token_->number != number) return;
  token_.reset();
  again_ = {};
}

void token_state::failed(error why, clock::time_point again) {
  failure_ = std::move(why);
  ++failures_;
  over_ = false;
  again_ = again;
}

void token_state::failed_for_good(error why, clock::time_point again) {
  failure_ = std::move(why);
  ++failures_;
  over_ = true;
  again_ = again;
}

const access_token* token_state::usable(clock::time_point now) const {
  return token_ && (!ends_ || now < *ends_) ? &*token_ : nullptr;
}

bool token_state::wants_another(clock::time_point now) const {
  if (now < again_) return false;
  return usable(now) == nullptr || (due_ && now >= *due_);
}

}  // namespace sluice::credentials
