// One reader per section of the configuration. Each records all problems of its section and returns
// the values that it could read; the result is used only if no problem was recorded.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/config/config.hpp"
#include "runtime/config/json_value.hpp"
#include "runtime/config/numeric_address.hpp"

namespace sluice::config {

struct node_keys;

/// node.json without the connections it names.
struct node_section {
  node_config node;
  std::vector<std::filesystem::path> connection_files;  ///< sorted
};
node_section read_node(const json_value& root);
/// Reads the node's addresses, certificate and peers. REQUIRES: `state_dir` is read.
void read_network(node_keys& keys, node_config& node);

/// The files that the `connections` pattern matches, sorted; `*`, `?` and `[…]` as in a shell. A
/// pattern that matches nothing is fine as long as its folder exists; a plain name must exist.
std::vector<std::filesystem::path> find_connection_files(const json_value& pattern);

/// What `listen` says; nothing, with a problem recorded, for anything else. `example` is the hint.
std::optional<numeric_address> read_numeric_address(const json_value& listen,
                                                    const std::string& example);
std::optional<http_listener_config> read_http_listener(const json_value& http);
std::optional<api_config> read_api(const json_value& api);
/// `of_node`: the endpoints of a connection without `notify`.
connection_config read_connection(const json_value& root,
                                  const std::vector<notify_config>& of_node);
source_config read_source(const json_value& source);
std::vector<mapped_field> read_mapping(const json_value& mapping);
constant_value read_constant(const json_value& constant);
std::vector<set_field> read_on_delete(const json_value& on_delete);
schedule::plan read_schedule(const json_value& schedule);
std::vector<notify_config> read_notify(const json_value& notify);

/// Checks that each `after` names an existing connection, and that no chain leads back to its
/// start. Appends to `problems`. A name may be that of a connection whose file is `unread`, because
/// it cannot be read.
void check_sequence(const std::map<connection_name, connection_config>& connections,
                    const std::vector<std::filesystem::path>& unread,
                    std::vector<problem>& problems);

/// Whether a connection of this name may be in one of the files that cannot be read: a connection
/// is named after its file by default.
bool is_unread(const connection_name& name, const std::vector<std::filesystem::path>& unread);

/// Checks the values of mappings that other connections remember, and fills `known_of` of the
/// connections that use them. Appends to `problems`. `unread`: as above.
void find_known_values(node_config& node, const std::vector<std::filesystem::path>& unread,
                       std::vector<problem>& problems);

/// Removes the connections of other nodes. A connection can only follow one of the same node.
void keep_own_connections(node_config& node, std::vector<problem>& problems);

/// Checks the requirements of `on_delete` for mode, mapping, key and destination.
void check_on_delete(const json_value& on_delete, const connection_config& connection);
/// Whether `field` copies the column unchanged.
bool copies(const mapped_field& field, const std::string& column);

}  // namespace sluice::config
