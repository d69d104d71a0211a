#include "runtime/web/outbox.hpp"

#include <span>
#include <utility>

namespace sluice::web {

void outbox::add(std::string bytes) {
  if (bytes.empty()) return;
  size_ += bytes.size();
  texts_.push_back(std::move(bytes));
}

net::moved outbox::send(net::channel& to) {
  while (!texts_.empty()) {
    std::size_t n = 0;
    const auto result = to.write(std::span<const char>(texts_.front()).subspan(sent_), n);
    if (result != net::moved::some) return result;
    sent_ += n;
    size_ -= n;
    if (sent_ < texts_.front().size()) continue;
    texts_.pop_front();
    sent_ = 0;
  }
  return net::moved::some;
}

}  // namespace sluice::web
