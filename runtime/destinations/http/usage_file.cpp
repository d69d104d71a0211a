#include "runtime/destinations/http/usage_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/os/files.hpp"
#include "runtime/os/small_file.hpp"
#include "runtime/os/system_error.hpp"
#include "runtime/os/unique_fd.hpp"

namespace sluice::destinations {
namespace {

using nlohmann::json;
using unit = config::rate_limit::unit;

constexpr int version = 1;
constexpr std::size_t largest = 4u << 20;

[[noreturn]] void fail(const std::filesystem::path& file, std::string cause) {
  throw failure(errc::ledger_failed, "keep the use of an account", file.string(), std::move(cause),
                "check state_dir, its owner, its permissions and its disk; without the file the "
                "account's windows begin anew");
}

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

std::optional<account_usage> usage_file::read() const {
  const auto content = os::read_small_file(file_, largest);
  if (!content.text && content.code == ENOENT) return std::nullopt;
  if (!content.text) fail(file_, content.why);
  const auto document = json::parse(*content.text, nullptr, false);
  if (!document.is_object() || document.value("version", 0) != version)
    fail(file_, "it is not what this version of Sluice has written");
  try {
    account_usage out;
    const auto& windows = document.at("windows");
    for (const auto& each : windows) out.windows.push_back(window_in(each));
    out.open = document.at("open").get<bool>();
    return out;
  } catch (const json::exception&) {
    fail(file_, "it lacks a part");
  }
}

void usage_file::write(const account_usage& usage) const {
  const auto folder = file_.parent_path();
  if (::mkdir(folder.c_str(), 0700) == 0) {
    if (const int cause = os::sync_folder(folder.parent_path()); cause != 0)
      fail(folder, os::reason(cause));
  } else if (errno != EEXIST) {
    fail(folder, os::reason(errno));
  }
  json windows = json::array();
  for (const auto& each : usage.windows) windows.push_back(json_of(each));
  const auto text =
      json{{"version", version}, {"windows", std::move(windows)}, {"open", usage.open}}.dump();
  const auto temporary = std::filesystem::path(file_) += ".tmp";
  {
    const os::unique_fd out(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!out) fail(temporary, os::reason(errno));
    if (const int cause = os::write_all(out.get(), text); cause != 0)
      fail(temporary, os::reason(cause));
    if (::fdatasync(out.get()) != 0) fail(temporary, os::reason(errno));
  }
  if (::rename(temporary.c_str(), file_.c_str()) != 0) fail(file_, os::reason(errno));
  if (const int cause = os::sync_folder(folder); cause != 0) fail(folder, os::reason(cause));
}

}  // namespace sluice::destinations
