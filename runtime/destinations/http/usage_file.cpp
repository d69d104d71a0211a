#include "runtime/destinations/http/usage_file.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace sluice::destinations {
namespace {

using nlohmann::json;
using unit = config::rate_limit::unit;

constexpr kept_document::about about{
    .largest = 4u << 20,
    .operation = "keep the use of an account",
    .hint =
        "check state_dir, its owner, its permissions and its disk; without the file the "
        "account's windows begin anew"};

json json_of(const account_usage::window& of) {
  json uses = json::array();
  for (const auto& [at, amount] : of.uses) uses.push_back({at.time_since_epoch().count(), amount});
  return {{"of", of.limit.of == unit::rows ? "rows" : "requests"},
          {"most", of.limit.most},
          {"per_ms", of.limit.per.count()},
          {"uses", std::move(uses)},
          {"claimed", of.claimed}};
}

account_usage::window window_in(const json& of) {
  account_usage::window out;
  out.limit.of = of.at("of") == "rows" ? unit::rows : unit::requests;
  out.limit.most = of.at("most").get<std::uint32_t>();
  out.limit.per = std::chrono::milliseconds(of.at("per_ms").get<std::int64_t>());
  out.claimed = of.at("claimed").get<std::uint64_t>();
  for (const auto& each : of.at("uses"))
    out.uses.emplace_back(timestamp(std::chrono::milliseconds(each.at(0).get<std::int64_t>())),
                          each.at(1).get<std::uint64_t>());
  return out;
}

}  // namespace

usage_file::usage_file(std::filesystem::path file) : document_(std::move(file), about) {}

std::optional<account_usage> usage_file::read() const {
  return document_.read([](const json& document) {
    account_usage out;
    const auto& windows = document.at("windows");
    for (const auto& each : windows) out.windows.push_back(window_in(each));
    out.open = document.at("open").get<bool>();
    return out;
  });
}

void usage_file::write(const account_usage& usage) const {
  json windows = json::array();
  for (const auto& each : usage.windows) windows.push_back(json_of(each));
  document_.write({{"windows", std::move(windows)}, {"open", usage.open}});
}

}  // namespace sluice::destinations
