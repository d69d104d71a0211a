// Looks into the payload of a frame before CAF does.
//
// CAF's deserialiser recurses where a message holds a message, an error (which holds one) or a
// configuration value, and 60,000 of them in a megabyte are the end of its stack. Everything here
// goes forward once, without recursion, and believes no length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "messages/message_form.hpp"

namespace sluice::net {

using payload_bytes = std::span<const char>;

/// The longest text in a client's request, in bytes.
inline constexpr std::uint32_t longest_text = 1024;

/// The form that the whole of `payload` has, out of `forms`; null if it has none of them: another
/// message, one that is longer or shorter than it says, or one that is to be passed on to others
/// (CAF's forwarding stack).
const message_form* find_form(payload_bytes payload, std::span<const message_form> forms);

/// A node's identity and nothing else: what a handshake says.
bool is_identity(payload_bytes payload);
/// Two nodes' identities: what whoever monitors an actor says.
bool is_monitoring(payload_bytes payload);
/// Two nodes' identities and an error: what is said of an actor that ended. The error's context is
/// texts, numbers and errors of Sluice's at most.
bool is_ending(payload_bytes payload);

/// What is to be done with a message between nodes.
enum class nesting : std::uint8_t {
  flat,    ///< let it pass: no value of it holds a message
  inside,  ///< may hold one: see the whole with `holds_only_errors`
  unfit,   ///< no message, or one that no node sends
};
/// Judges by the beginning of a payload: `node_message_head` bytes, or all if it has fewer.
/// `routed`: it begins with two nodes' identities.
nesting nesting_of(payload_bytes beginning, bool routed);
inline constexpr std::size_t node_message_head = 4096;
/// The whole payload is one error, or says that an actor ended or is to end by one, as `is_ending`.
bool holds_only_errors(payload_bytes payload, bool routed);

}  // namespace sluice::net
