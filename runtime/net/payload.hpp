// Looks into the payload of a frame before CAF does.
//
// CAF's deserialiser recurses where a message holds a message, an error (which holds a message) or
// a configuration value: a megabyte with 60,000 levels exhausts the stack. The functions here go
// forward once, without recursion, and believe no length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "messages/message_form.hpp"

namespace sluice::net {

using payload_bytes = std::span<const char>;

/// The form among `forms` that the whole of `payload` has. Null for another message, one of a wrong
/// length, or one that is to be passed on to other actors (CAF's forwarding stack).
const message_form* find_form(payload_bytes payload, std::span<const message_form> forms);

/// Whether `payload` is a node's identity and nothing else, as in a handshake.
bool is_identity(payload_bytes payload);
/// Whether `payload` is two nodes' identities, as in a monitor message.
bool is_monitoring(payload_bytes payload);
/// Whether `payload` is two nodes' identities and an error, as in the down message of an actor. The
/// error's context may hold texts, numbers and errors of Sluice's.
bool is_ending(payload_bytes payload);

/// How a message between nodes is treated.
enum class nesting : std::uint8_t {
  flat,    ///< let it pass: no value of it holds a message
  inside,  ///< may hold a message: judge the whole with `holds_only_errors`
  unfit,   ///< no message, or one that no node sends
};
/// Judges by the beginning of a payload: `node_message_head` bytes, or all of a shorter one.
/// `routed`: the payload begins with two nodes' identities.
nesting nesting_of(payload_bytes beginning, bool routed);
inline constexpr std::size_t node_message_head = 4096;
/// Whether the whole payload is one error, or ends an actor by one, as in `is_ending`.
bool holds_only_errors(payload_bytes payload, bool routed);

}  // namespace sluice::net
