#include "runtime/fault/fail_point.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <string_view>
#include <utility>

#include "messages/error.hpp"

namespace sluice::fault {
namespace detail {

std::atomic<point> armed{point::none};
std::atomic<std::uint64_t> passes_left{0};

void reached() {
  if (passes_left.fetch_sub(1) == 1) ::kill(::getpid(), SIGKILL);
}

}  // namespace detail

namespace {

constexpr std::array<std::pair<std::string_view, point>, 13> names{{
    {"after_run_record", point::after_run_record},
    {"after_epoch", point::after_epoch},
    {"after_ledger_mark", point::after_ledger_mark},
    {"after_catalog_mark", point::after_catalog_mark},
    {"after_intent", point::after_intent},
    {"after_delivery", point::after_delivery},
    {"after_outcome", point::after_outcome},
    {"drain_began", point::drain_began},
    {"before_switch", point::before_switch},
    {"after_switch", point::after_switch},
    {"token_answered", point::token_answered},
    {"token_stored", point::token_stored},
    {"before_run_end", point::before_run_end},
}};

[[noreturn]] void refuse(const std::string& text) {
  std::string known;
  for (const auto& [name, at] : names) known += " " + std::string(name);
  throw failure(errc::invalid_config, "read SLUICE_FAIL_POINT", text,
                "not NAME or NAME:COUNT with one of the names" + known,
                "unset it: it is for tests of crashes");
}

}  // namespace

void arm(const std::string& text) {
  if (text.empty()) return;
  const auto colon = text.find(':');
  const auto name = std::string_view(text).substr(0, colon);
  const auto* const found = std::find_if(names.begin(), names.end(),
                                         [&](const auto& known) { return known.first == name; });
  std::uint64_t count = 1;
  if (colon != std::string::npos) {
    const auto* const end = text.data() + text.size();
    const auto [stopped, failed] = std::from_chars(text.data() + colon + 1, end, count);
    if (failed != std::errc{} || stopped != end) count = 0;
  }
  if (found == names.end() || count == 0) refuse(text);
  detail::passes_left = count;
  detail::armed = found->second;
}

}  // namespace sluice::fault
