#include "runtime/net/links.hpp"

#include <sys/socket.h>

#include <utility>

namespace sluice::net {

links::links(node_name own_name)
    : own_name_(std::move(own_name)), book_(std::make_shared<book>()) {}

std::shared_ptr<links::hold> links::dialled(const node_name& node, int caf_socket) {
  return take(node, stage::dialling, caf_socket);
}

std::shared_ptr<links::hold> links::accepted(const node_name& node, int caf_socket) {
  return take(node, stage::accepted, caf_socket);
}

std::shared_ptr<links::hold> links::take(const node_name& node, stage progress, int caf_socket) {
  const std::lock_guard lock(book_->mutex);
  const auto present = book_->by_node.find(node);
  if (present != book_->by_node.end()) {
    // Both nodes decide alike: the node whose name comes first refuses the other one's attempt.
    const bool yields = progress == stage::accepted &&
                        present->second.progress == stage::dialling && own_name_ > node;
    if (!yields) return nullptr;
  }
  const auto number = ++book_->last_number;
  book_->by_node.insert_or_assign(node, link{progress, number, caf_socket});
  return std::make_shared<hold>(book_, node, number);
}

bool links::connected(const node_name& node) const {
  const std::lock_guard lock(book_->mutex);
  return book_->by_node.contains(node);
}

void links::cut(const node_name& node) {
  const std::lock_guard lock(book_->mutex);
  if (const auto found = book_->by_node.find(node); found != book_->by_node.end())
    ::shutdown(found->second.caf_socket, SHUT_RDWR);
}

links::hold::hold(std::shared_ptr<book> book, node_name node, std::uint64_t number)
    : book_(std::move(book)), node_(std::move(node)), number_(number) {}

links::hold::~hold() {
  with_link([this](auto entry) { book_->by_node.erase(entry); });
}

void links::hold::complete() {
  with_link([](auto entry) {
    if (entry->second.progress == stage::dialling) entry->second.progress = stage::established;
  });
}

template <class Change>
void links::hold::with_link(const Change& change) {
  const std::lock_guard lock(book_->mutex);
  const auto entry = book_->by_node.find(node_);
  if (entry != book_->by_node.end() && entry->second.number == number_) change(entry);
}

}  // namespace sluice::net
