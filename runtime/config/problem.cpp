#include "runtime/config/problem.hpp"

#include "runtime/log/printable.hpp"

namespace sluice::config {

void file_problems::add(std::string pointer, std::string message, std::string hint) {
  insert(position(), std::move(pointer), std::move(message), std::move(hint));
}

void file_problems::insert(std::size_t position, std::string pointer, std::string message,
                           std::string hint) {
  if (count()) return;
  ++named_;
  all_.insert(all_.begin() + static_cast<std::ptrdiff_t>(position),
              {file_, std::move(pointer), std::move(message), std::move(hint)});
}

bool file_problems::count() {
  if (named_ < most_named) return false;
  if (more_++ == 0) {
    number_at_ = all_.size();
    all_.push_back({file_, "", "", ""});
  }
  all_[number_at_].message =
      "… and " + std::to_string(more_) + (more_ == 1 ? " more problem" : " more problems");
  return true;
}

std::string to_text(const problem& x) {
  auto out = x.file.string();
  if (!x.pointer.empty()) out += ":" + x.pointer;
  out += ": " + x.message;
  if (!x.hint.empty()) out += "; " + x.hint;
  return log::printable(out);
}

std::string to_text(const std::vector<problem>& all) {
  std::string out;
  for (const auto& x : all) out += to_text(x) + "\n";
  return out;
}

}  // namespace sluice::config
