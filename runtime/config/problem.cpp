#include "runtime/config/problem.hpp"

#include "runtime/log/printable.hpp"

namespace sluice::config {

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
