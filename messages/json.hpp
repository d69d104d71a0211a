// The JSON forms of what commands print. The field names are promises to scripts: add to them,
// never rename one.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "messages/cluster.hpp"
#include "messages/credential.hpp"
#include "messages/error.hpp"
#include "messages/queries.hpp"
#include "messages/run.hpp"
#include "messages/sync.hpp"

namespace sluice {

/// `{"code", "message", "hint"}`; null for no error. `hint` is "" where there is none.
nlohmann::ordered_json to_json(const error& e);

/// A run. Absent times and counts are null; `error` is as above. `delivered_inserts`,
/// `delivered_updates` and `delivered_deletes` are the parts of `delivered`, null where not known,
/// as for runs of earlier releases. `fetched_rows` and `fetched_bytes` say what came over the wire.
nlohmann::ordered_json to_json(const run_record& run);

/// What `status` prints; `connections` prints an array of these.
nlohmann::ordered_json to_json(const connection_status& status);

/// A node of the cluster; `nodes` prints an array of these. Unknown times and texts are null.
nlohmann::ordered_json to_json(const node_status& node);

/// A credential; `credentials` prints an array of these. Absent times and `error` are null.
nlohmann::ordered_json to_json(const credential_status& status);

/// What `reload` did: lists of connections' names, `unchanged` is a number.
nlohmann::ordered_json to_json(const reload_report& report);

/// What `preview` prints, as text because of the keys, see below: `{"connection", "type", "reason",
/// "mode", "read", "unchanged", "invalid", "inserts", "updates", "deletes", "rejected_retried",
/// "samples": [{"key", "operation", "rendered", "reason", "key_text"}, ...], "warnings",
/// "guarded"}`. `guarded` is an error, and `rendered` null where nothing would be sent.
std::string preview_to_json_text(const preview_result& preview);

/// `[{"key", "operation", "reason", "attempts", "first_at", "last_at", "status", "in_doubt",
/// "key_text"}, ...]` as text, because a key is copied as it was written: its numbers may have more
/// digits than a JSON library keeps. `key_text` is the key as a string, for readers that would
/// round its numbers. A stored key that is not JSON becomes a JSON string.
std::string to_json_text(const std::vector<rejected_row>& rows);

/// `[{"key", "reason", "rows", "last_at", "key_text"}, ...]`; the key is that of one of the rows.
std::string to_json_text(const std::vector<rejected_reason>& reasons);

}  // namespace sluice
