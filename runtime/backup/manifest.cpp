#include "runtime/backup/manifest.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <nlohmann/json.hpp>

namespace sluice::backup {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int format_version = 1;

std::string hash_text(const hash128& x) { return fmt::format("{:016x}{:016x}", x.high, x.low); }

std::string checksum_of(const json& document) {
  const auto text = document.dump();
  return fmt::format("{:016x}", XXH3_64bits(text.data(), text.size()));
}

[[noreturn]] void refuse(const std::filesystem::path& folder, const std::string& cause,
                         const std::string& hint) {
  throw failure(errc::ledger_failed, "read backup", folder.string(), cause, hint);
}

/// A path that stays within the folder.
bool is_inside(const std::string& path) {
  const std::filesystem::path p(path);
  if (p.empty() || p.is_absolute()) return false;
  for (const auto& part : p)
    if (part == ".." || part == ".") return false;
  return true;
}

digest parse_digest(const json& file) {
  const auto hash = file.at("xxh3").get<std::string>();
  if (hash.size() != 32) throw std::invalid_argument("a hash of another length");
  return {
      file.at("bytes").get<std::uint64_t>(),
      {std::stoull(hash.substr(0, 16), nullptr, 16), std::stoull(hash.substr(16), nullptr, 16)}};
}

manifest parse(json document) {
  const auto checksum = document.at("checksum").get<std::string>();
  document.erase("checksum");
  if (checksum != checksum_of(document)) throw std::invalid_argument("bad checksum");
  manifest what;
  what.version = document.at("program").get<std::string>();
  what.node = node_name(document.at("node").get<std::string>());
  const auto made = parse_timestamp(document.at("made_at").get<std::string>());
  if (!made) throw std::invalid_argument("no time");
  what.made_at = *made;
  for (const auto& file : document.at("files")) {
    const auto path = file.at("path").get<std::string>();
    if (!is_inside(path)) throw std::invalid_argument("a path that leads out of the backup");
    what.files.emplace(path, parse_digest(file));
  }
  return what;
}

}  // namespace

std::string to_text(const manifest& what) {
  ordered_json document{{"sluice_backup", format_version},
                        {"program", what.version},
                        {"node", what.node},
                        {"made_at", format_timestamp(what.made_at)}};
  auto files = ordered_json::array();
  for (const auto& [path, sum] : what.files)
    files.push_back({{"path", path}, {"bytes", sum.bytes}, {"xxh3", hash_text(sum.hash)}});
  document["files"] = std::move(files);
  // The checksum covers the members in the order of their names, which is that of `json`.
  document["checksum"] = checksum_of(json::parse(document.dump()));
  return document.dump(2) + "\n";
}

manifest read_manifest(const std::filesystem::path& folder) {
  const auto file = folder / manifest_name;
  if (!open_if_there(file))
    refuse(folder,
           std::string("there is no ") + manifest_name +
               ": this is no backup, or one that was not finished",
           "name a folder that `sluice backup` has filled");
  const auto document = json::parse(read_text(file), nullptr, false);
  if (!document.is_object() || !document.contains("sluice_backup"))
    refuse(folder, std::string(manifest_name) + " is damaged", "use another backup");
  if (document["sluice_backup"] != format_version)
    refuse(folder,
           "its format has version " + document["sluice_backup"].dump() +
               ", and this program knows " + std::to_string(format_version),
           "use the program that made it");
  try {
    return parse(document);
  } catch (const std::exception& e) {
    refuse(folder, std::string(manifest_name) + " is damaged: " + e.what(), "use another backup");
  }
}

void verify(const manifest& what, const std::filesystem::path& folder) {
  const auto damaged = [&](const std::filesystem::path& file, const char* cause) {
    return failure(errc::ledger_corrupt, "verify backup", file.string(), cause,
                   "use another backup; nothing was touched");
  };
  for (const auto& [path, sum] : what.files) {
    const auto file = folder / path;
    if (!open_if_there(file)) throw damaged(file, "the file is missing");
    if (digest_of(file) != sum) throw damaged(file, "it is not what was copied");
  }
}

}  // namespace sluice::backup
