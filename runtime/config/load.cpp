// Reads files into a configuration, or reports all of their problems.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <system_error>

#include "runtime/config/destination_kind.hpp"
#include "runtime/config/effective.hpp"
#include "runtime/config/exposed_files.hpp"
#include "runtime/config/read_credentials.hpp"
#include "runtime/config/read_limits.hpp"
#include "runtime/config/references.hpp"
#include "runtime/config/sections.hpp"
#include "runtime/config/suggestion.hpp"

namespace sluice::config {
namespace {

std::filesystem::path absolute_path(const std::filesystem::path& file) {
  std::error_code failed;
  const auto path = std::filesystem::absolute(file, failed);
  return failed ? file : path.lexically_normal();  // reading it will say what is wrong
}

/// Relations between connections, checked as they are added.
class connection_set {
 public:
  connection_set(node_config& node, std::vector<problem>& problems)
      : node_(node), problems_(problems) {}

  void add(connection_config connection, const std::string& name_pointer) {
    if (!is_name(connection.name)) return;  // has been reported
    if (const auto file = file_of(connection.destination); file && !file->path.empty()) {
      const auto [other, free] = written_.emplace(file->path, connection.file);
      if (!free)
        problems_.push_back({connection.file, fmt::format("/destination/{}", file->key),
                             "writes the same file as " + other->second.string(),
                             "give every connection a file of its own"});
    }
    const auto [other, free] = node_.connections.try_emplace(connection.name);
    if (free) {
      other->second = std::move(connection);
      return;
    }
    problems_.push_back({connection.file, name_pointer,
                         "the name is taken by " + other->second.file.string(),
                         "give every connection a name of its own"});
  }

 private:
  node_config& node_;
  std::vector<problem>& problems_;
  std::map<std::filesystem::path, std::filesystem::path> written_;  ///< destination, configuration
};

/// Keeps the first of equal problems from `begin` on: settings that several requests share are
/// checked for each request.
void remove_repeated(std::vector<problem>& problems, std::size_t begin) {
  std::set<std::string> seen;
  const auto from = problems.begin() + static_cast<std::ptrdiff_t>(begin);
  problems.erase(std::remove_if(from, problems.end(),
                                [&](const problem& x) { return !seen.insert(to_text(x)).second; }),
                 problems.end());
}

/// Adds problems at positions that have no problem yet.
void add_unless_known(std::vector<problem> more, std::vector<problem>& problems) {
  const auto known = problems;
  for (auto& p : more)
    if (std::ranges::none_of(known, [&](const problem& k) {
          return k.file == p.file && p.pointer.starts_with(k.pointer);
        }))
      problems.push_back(std::move(p));
}

/// Each credential that a destination of this node names must be there. Another node that delivers
/// has its own.
void check_credential_names(const node_config& node, std::vector<problem>& problems) {
  std::vector<std::string_view> known;
  for (const auto& [name, credential] : node.credentials) known.push_back(name);
  for (const auto& [name, connection] : node.connections) {
    const auto* const http = std::get_if<http_config>(&connection.destination.kind);
    if (http == nullptr || !http->auth || http->auth->name.empty()) continue;
    const auto& on = connection.delivery.on;
    if (!on.empty() && on != node.name) continue;
    if (const auto found = node.credentials.find(http->auth->name);
        found != node.credentials.end()) {
      for (const auto& unfit : unfit_settings(*http, found->second))
        problems.push_back(
            {connection.file, "/destination/" + unfit.key, unfit.problem, unfit.hint});
      continue;
    }
    problems.push_back({connection.file, "/destination/auth",
                        "node.json has no credential \"" + http->auth->name + "\"",
                        known.empty() ? "add it to \"credentials\" of node.json"
                                      : suggestion(http->auth->name, known)});
  }
}

/// The same for accounts.
void check_account_names(const node_config& node, std::vector<problem>& problems) {
  std::vector<std::string_view> known;
  for (const auto& [name, limits] : node.accounts) known.push_back(name);
  for (const auto& [name, connection] : node.connections) {
    const auto* const http = std::get_if<http_config>(&connection.destination.kind);
    if (http == nullptr || http->account.empty()) continue;
    const auto& on = connection.delivery.on;
    if (!on.empty() && on != node.name) continue;
    if (const auto found = node.accounts.find(http->account); found != node.accounts.end()) {
      if (const auto problem = too_many_rows(*http, found->second); !problem.empty())
        problems.push_back({connection.file, "/destination/account", problem, "lower batch_rows"});
      continue;
    }
    problems.push_back(
        {connection.file, "/destination/account",
         "node.json has no account \"" + http->account + "\"",
         known.empty() ? "add it to \"accounts\" of node.json" : suggestion(http->account, known)});
  }
}

void append(std::vector<problem> more, std::vector<problem>& to) {
  for (auto& p : more) to.push_back(std::move(p));
}

/// Checks the references of endpoints in the file's `notify`: each must have a value.
void check_endpoints(const std::filesystem::path& file, const std::vector<notify_config>& notify,
                     std::vector<problem>& problems) {
  for (std::size_t i = 0; i < notify.size(); ++i) {
    const auto& endpoint = notify[i];
    const std::array<std::pair<const char*, const std::string*>, 3> texts{
        {{"/url", &endpoint.url}, {"/secret", &endpoint.secret}, {"/key", &endpoint.key}}};
    for (const auto& [key, text] : texts)
      for (const auto& why : unresolved(*text, endpoint.directory))
        problems.push_back({file, "/notify/" + std::to_string(i) + key, why,
                            "it is resolved whenever an alert is sent"});
  }
}

}  // namespace

load_result load(const std::filesystem::path& node_file, references what, effective is) {
  load_result result;
  auto& problems = result.problems;

  const reading node_reading{absolute_path(node_file), problems};
  const auto node_document = read_json(node_reading.file, problems);
  if (!node_document) return result;
  auto [node, connection_files] = read_node({*node_document, node_reading});
  node.file = node_reading.file;

  connection_set connections(node, problems);
  std::vector<std::filesystem::path> unread;
  effective_config shown;
  for (const auto& file : connection_files) {
    const reading connection_reading{file, problems};
    const auto document = read_json(file, problems);
    if (!document) {
      unread.push_back(file);
      continue;
    }
    const auto before = problems.size();
    auto connection = read_connection({*document, connection_reading}, node.notify);
    remove_repeated(problems, before);
    if (problems.size() == before) {  // a file with problems is not shown
      append(exposed_files(connection_reading, *document), result.warnings);
      connection.shown = effective_of(connection_reading, *document);
      if (is == effective::seen) shown.connections.emplace(connection.name, connection.shown);
    }
    const bool named = document->is_object() && document->contains("name");
    if (!is_name(connection.name)) unread.push_back(file);
    connections.add(std::move(connection), named ? "/name" : "");
  }
  check_sequence(node.connections, unread, problems);
  keep_own_connections(node, problems);
  check_credential_names(node, problems);
  check_account_names(node, problems);
  find_known_values(node, unread, problems);
  if (what == references::tried) add_unless_known(check_references(node), problems);
  if (!problems.empty()) {
    result.warnings.clear();
    return result;
  }
  append(exposed_files(node_reading, *node_document), result.warnings);
  if (is == effective::seen) {
    shown.node = effective_of(node_reading, *node_document);
    std::erase_if(shown.connections,
                  [&](const auto& one) { return !node.connections.contains(one.first); });
    result.effective = std::move(shown);
  }
  result.config = std::move(node);
  return result;
}

load_result load_node(const std::filesystem::path& node_file) {
  load_result result;
  const reading from{absolute_path(node_file), result.problems};
  const auto document = read_json(from.file, result.problems);
  if (!document) return result;
  auto node = read_node({*document, from}).node;
  node.file = from.file;
  if (result.problems.empty()) result.config = std::move(node);
  return result;
}

std::vector<problem> check_references(const node_config& config) {
  std::vector<problem> problems;
  const auto check = [&](const connection_config& connection, const std::string& pointer,
                         const secret_string& secret) {
    const auto missing = secret.unresolved();
    for (const auto& why : missing)
      problems.push_back(
          {connection.file, pointer, why, "it is resolved whenever the database is connected to"});
    if (!missing.empty()) return;
    try {
      static_cast<void>(secret.resolve());
    } catch (const failure& f) {  // its resolved text is no connection string
      problems.push_back({connection.file, pointer, f.info().cause, f.info().hint});
    }
  };
  check_endpoints(config.file, config.notify, problems);
  for (const auto& [name, connection] : config.connections) {
    if (connection.notify != config.notify)
      check_endpoints(connection.file, connection.notify, problems);
    check(connection, "/source/odbc", connection.source.odbc);
    for (const auto& [secret, key] : late_secrets(connection.destination))
      check(connection, fmt::format("/destination/{}", key), *secret);
  }
  return problems;
}

}  // namespace sluice::config
