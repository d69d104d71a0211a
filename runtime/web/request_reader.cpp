#include "runtime/web/request_reader.hpp"

#include <algorithm>
#include <utility>

namespace sluice::web {
namespace {

constexpr std::string_view head_end = "\r\n\r\n";

}  // namespace

request_reader::state request_reader::refuse(refusal why) {
  why_ = std::move(why);
  return state::refused;
}

request_reader::state request_reader::read() {
  if (head_) return read_body();
  // Some clients end a body with a line end that is not part of it (RFC 9112, section 2.2).
  for (; searched_ < 2 && bytes_.starts_with("\r\n"); searched_ = 0) bytes_.erase(0, 2);
  for (;;) {
    const auto at = bytes_.find('\n', searched_);
    if (std::min(at, bytes_.size()) > most_head_)
      return refuse(
          {431, "the head of a request may have " + std::to_string(most_head_) + " bytes"});
    if (at == std::string::npos) break;
    if (at == 0 || bytes_[at - 1] != '\r')
      return refuse({400, "a line ends without a carriage return"});
    searched_ = at + 1;
    if (std::string_view{bytes_}.substr(0, searched_).ends_with(head_end)) return read_whole_head();
  }
  searched_ = bytes_.size();
  return state::more;
}

request_reader::state request_reader::read_whole_head() {
  auto found = read_head(std::string_view{bytes_}.substr(0, searched_));
  if (auto* const why = std::get_if<refusal>(&found)) return refuse(std::move(*why));
  head_ = std::move(std::get<request_head>(found));
  bytes_.erase(0, std::exchange(searched_, 0));
  if (head_->length > most_body_)
    return refuse({413, "the body of a request may have " + std::to_string(most_body_) + " bytes"});
  if (head_->is_chunked) chunks_.emplace(most_body_);
  return read_body();
}

request_reader::state request_reader::read_body() {
  if (!chunks_) {
    if (bytes_.size() < head_->length) return state::more;
    head_->asked.body = bytes_.substr(0, head_->length);
    bytes_.erase(0, head_->length);
    return state::whole;
  }
  std::string_view rest = bytes_;
  const auto found = chunks_->read(rest);
  bytes_.erase(0, bytes_.size() - rest.size());
  switch (found) {
    case chunked_body::state::more:
      return state::more;
    case chunked_body::state::broken:
      return refuse({400, "a chunk of the body is broken"});
    case chunked_body::state::too_large:
      return refuse(
          {413, "the body of a request may have " + std::to_string(most_body_) + " bytes"});
    case chunked_body::state::whole:
      break;
  }
  head_->asked.body = chunks_->take();
  return state::whole;
}

request_head request_reader::take() {
  auto out = *std::exchange(head_, std::nullopt);
  chunks_.reset();
  gone_ahead_ = false;
  // Not more than the next request needs.
  bytes_.shrink_to_fit();
  return out;
}

bool request_reader::wants_go_ahead() {
  if (gone_ahead_ || !head_ || !head_->awaits_go_ahead || !bytes_.empty()) return false;
  return gone_ahead_ = true;
}

std::string_view request_reader::method() const {
  if (head_) return head_->asked.method;
  return std::string_view{bytes_}.substr(0, bytes_.find(' '));
}

std::string_view request_reader::target() const {
  return head_ ? std::string_view{head_->asked.target} : target_in(bytes_);
}

}  // namespace sluice::web
