// The protocol of shims and nodes, and what all messages are made of. The messages of commands are
// those of messages/commands.hpp; what nodes tell each other is in messages/cluster_protocol.hpp,
// what never leaves a process in actors/common/protocol.hpp.
//
// Read an interface as: arguments -> reply. Every reply may also be an error of category "sluice"
// (see to_caf / to_error). Nothing here outlives a node's version: `hello` refuses peers of
// another version.
#pragma once

#include <caf/all.hpp>
#include <string>
#include <vector>

#include "messages/batch.hpp"
#include "messages/command_messages.hpp"
#include "messages/error.hpp"
#include "messages/names.hpp"
#include "messages/run.hpp"
#include "messages/sync.hpp"
#include "messages/wire.hpp"

namespace sluice {

/// An error as a CAF error, and back. `to_error` words CAF's own errors for people.
caf::error to_caf(const error& e);
error to_error(const caf::error& e, const std::string& operation);

}  // namespace sluice

CAF_BEGIN_TYPE_ID_BLOCK(sluice, caf::id_block::sluice_commands::end)
CAF_ADD_TYPE_ID(sluice, (sluice::waiting))
CAF_ADD_TYPE_ID(sluice, (sluice::error))
CAF_ADD_TYPE_ID(sluice, (sluice::connection_name))
CAF_ADD_TYPE_ID(sluice, (std::vector<sluice::connection_name>))
CAF_ADD_TYPE_ID(sluice, (sluice::run_id))
CAF_ADD_TYPE_ID(sluice, (sluice::node_name))
CAF_ADD_TYPE_ID(sluice, (sluice::writer_number))
CAF_ADD_TYPE_ID(sluice, (sluice::row_count))
CAF_ADD_TYPE_ID(sluice, (sluice::timestamp))
CAF_ADD_TYPE_ID(sluice, (sluice::batch))
CAF_ADD_TYPE_ID(sluice, (sluice::run_record))
CAF_ADD_TYPE_ID(sluice, (std::vector<sluice::run_record>))
CAF_ADD_TYPE_ID(sluice, (sluice::connection_status))
CAF_ADD_TYPE_ID(sluice, (std::vector<sluice::connection_status>))
CAF_ADD_TYPE_ID(sluice, (sluice::rejected_row))
CAF_ADD_TYPE_ID(sluice, (std::vector<sluice::rejected_row>))
CAF_ADD_TYPE_ID(sluice, (sluice::run_list))
CAF_ADD_TYPE_ID(sluice, (sluice::rejected_reason))
CAF_ADD_TYPE_ID(sluice, (std::vector<sluice::rejected_reason>))
CAF_ADD_TYPE_ID(sluice, (sluice::rejected_list))
CAF_ADD_TYPE_ID(sluice, (sluice::row_log_page))
CAF_ADD_TYPE_ID(sluice, (sluice::shown_configuration))
CAF_ADD_TYPE_ID(sluice, (std::vector<sluice::refused_delta>))
CAF_ADD_TYPE_ID(sluice, (sluice::start_options))
CAF_ADD_TYPE_ID(sluice, (sluice::start_once))
CAF_ADD_TYPE_ID(sluice, (sluice::known_start))
CAF_ADD_TYPE_ID(sluice, (sluice::stop_options))
CAF_ADD_TYPE_ID(sluice, (sluice::run_phase))
CAF_ADD_TYPE_ID(sluice, (sluice::node_info))
CAF_ADD_TYPE_ID(sluice, (sluice::pass_end))
CAF_ADD_TYPE_ID(sluice, (sluice::model_opened))
CAF_ADD_TYPE_ID(sluice, (sluice::ledger_position))
CAF_ADD_TYPE_ID(sluice, (sluice::read_progress))
CAF_ADD_TYPE_ID(sluice, (sluice::reading_halted))
CAF_ADD_TYPE_ID(sluice, (sluice::operation_counts))
CAF_ADD_TYPE_ID(sluice, (sluice::batch_settled))
CAF_ADD_TYPE_ID(sluice, (sluice::writer_drained))
CAF_ADD_TYPE_ID(sluice, (sluice::connection_memory))
CAF_ADD_TYPE_ID(sluice, (sluice::connection_entry))
CAF_ADD_TYPE_ID(sluice, (sluice::settled_rows))
CAF_ADD_TYPE_ID(sluice, (sluice::run_ended))
CAF_ADD_TYPE_ID(sluice, (sluice::preview_options))
CAF_ADD_TYPE_ID(sluice, (sluice::preview_result))
CAF_ADD_TYPE_ID(sluice, (sluice::reload_report))
CAF_ADD_TYPE_ID(sluice, (sluice::console_code))
CAF_ADD_TYPE_ID(sluice, (sluice::credential_status))
CAF_ADD_TYPE_ID(sluice, (std::vector<sluice::credential_status>))

// From every peer, first.
CAF_ADD_ATOM(sluice, sluice, hello_atom, "hello")

// Within a run.
CAF_ADD_ATOM(sluice, sluice, open_atom, "open")
CAF_ADD_ATOM(sluice, sluice, credit_atom, "credit")
CAF_ADD_ATOM(sluice, sluice, next_atom, "next")
CAF_ADD_ATOM(sluice, sluice, cancel_atom, "cancel")
CAF_ADD_ATOM(sluice, sluice, end_rows_atom, "end_rows")
CAF_ADD_ATOM(sluice, sluice, abandon_atom, "abandon")
CAF_ADD_ATOM(sluice, sluice, failed_atom, "failed")
CAF_ADD_ATOM(sluice, sluice, confirmed_atom, "confirmed")
CAF_ADD_ATOM(sluice, sluice, settle_atom, "settle")
CAF_ADD_ATOM(sluice, sluice, again_atom, "again")

// Housekeeping inside a node.
CAF_ADD_ATOM(sluice, sluice, list_atom, "list")
CAF_ADD_ATOM(sluice, sluice, preview_atom, "preview")
CAF_ADD_ATOM(sluice, sluice, reload_atom, "reload")
CAF_ADD_ATOM(sluice, sluice, shutdown_atom, "shutdown")
CAF_ADD_ATOM(sluice, sluice, find_atom, "find")
CAF_ADD_ATOM(sluice, sluice, close_atom, "close")
CAF_ADD_ATOM(sluice, sluice, update_atom, "update")
CAF_ADD_ATOM(sluice, sluice, reject_atom, "reject")
CAF_ADD_ATOM(sluice, sluice, refused_atom, "refused")
CAF_ADD_ATOM(sluice, sluice, keep_atom, "keep")
CAF_ADD_ATOM(sluice, sluice, tick_atom, "tick")
CAF_ADD_ATOM(sluice, sluice, acquire_atom, "acquire")
CAF_ADD_ATOM(sluice, sluice, release_atom, "release")
CAF_ADD_ATOM(sluice, sluice, skip_atom, "skip")
CAF_ADD_ATOM(sluice, sluice, save_atom, "save")
CAF_ADD_ATOM(sluice, sluice, forget_atom, "forget")
CAF_ADD_ATOM(sluice, sluice, keys_atom, "keys")
CAF_ADD_ATOM(sluice, sluice, due_atom, "due")
CAF_ADD_ATOM(sluice, sluice, ended_atom, "ended")
CAF_ADD_ATOM(sluice, sluice, follow_atom, "follow")
CAF_ADD_ATOM(sluice, sluice, load_atom, "load")
CAF_ADD_ATOM(sluice, sluice, prune_atom, "prune")
CAF_END_TYPE_ID_BLOCK(sluice)

namespace sluice {

/// Registers types and the error category; every actor system of this project starts with it.
void configure_protocol(caf::actor_system_config& config);

/// The NODE interface: one per process; the only actor that other nodes see. Commands about a
/// connection are its supervisor's.
using node_commands = decltype(command::about_connections{} + command::about_node{} +
                               command::pack<command::connections>{});
using node_actor = command::inner_interface<node_commands>::extend<
    // First message of every peer, with its version: which node is this? Another version is
    // refused. The only message that is the same in every version.
    caf::replies_to<hello_atom, std::string>::with<node_info>>;

}  // namespace sluice

CAF_ERROR_CODE_ENUM(sluice::errc, "sluice")
