#include "runtime/net/payload.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace sluice::net {
namespace {

/// The atoms before CAF's identities: `default` (process and host, 24 bytes) and none.
constexpr std::uint64_t hashed_identity = 0x00003E9AAB9BAC79;
constexpr std::uint64_t no_identity = 0xF;
constexpr std::size_t hashed_identity_size = 24;
/// The longest forwarding stack. CAF was never seen to send a stack; a short one does no harm.
constexpr std::uint32_t longest_forwarding = 8;
/// An error's text has no limit of its own; a database's may be a page long.
constexpr std::uint32_t longest_error_text = 64u << 10;

/// Calls `judge` with each name of a list of types, until it returns false.
template <class Judge>
bool each_type(std::string_view types, const Judge& judge) {
  constexpr std::string_view begin = "@<>";
  if (!types.starts_with(begin)) return false;
  types.remove_prefix(begin.size());
  while (!types.empty()) {
    if (types.front() != '+') return false;
    types.remove_prefix(1);
    const auto name = types.substr(0, types.find('+'));
    if (!judge(name)) return false;
    types.remove_prefix(name.size());
  }
  return true;
}

/// Goes through bytes once. Every step returns whether the bytes were there.
class walk {
 public:
  explicit walk(payload_bytes bytes) : rest_(bytes) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  bool skip(std::size_t n) {
    if (rest_.size() < n) return false;
    rest_ = rest_.subspan(n);
    return true;
  }
  std::optional<std::uint64_t> number(std::size_t bytes) {
    if (rest_.size() < bytes) return std::nullopt;
    std::uint64_t n = 0;
    for (std::size_t i = 0; i < bytes; ++i) n = n << 8 | static_cast<unsigned char>(rest_[i]);
    skip(bytes);
    return n;
  }
  /// A length of at most 32 bits, written as CAF writes it and no longer.
  std::optional<std::uint32_t> length() {
    std::uint64_t n = 0;
    for (unsigned i = 0; i < 5; ++i) {
      const auto byte = number(1);
      if (!byte) return std::nullopt;
      n |= (*byte & 0x7F) << (7 * i);
      if ((*byte & 0x80) != 0) continue;
      if (n > 0xFFFFFFFF || (i > 0 && *byte == 0)) return std::nullopt;
      return static_cast<std::uint32_t>(n);
    }
    return std::nullopt;
  }
  std::optional<std::string_view> text(std::uint32_t longest) {
    const auto size = length();
    if (!size || *size > longest || *size > rest_.size()) return std::nullopt;
    const std::string_view found(rest_.data(), *size);
    skip(*size);
    return found;
  }
  bool identity(bool may_be_none) {
    const auto kind = number(8);
    if (kind == hashed_identity) return skip(hashed_identity_size);
    return may_be_none && kind == no_identity;
  }
  bool actor() { return skip(8) && identity(true); }
  /// The names of a message's types.
  std::optional<std::string_view> types() {
    if (number(2) != 0) return std::nullopt;
    return text(node_message_head);
  }
  bool value(const value_form& form) {
    switch (form.what) {
      case value_form::kind::atom:
        return number(8) == form.atom;
      case value_form::kind::number:
        return skip(form.bytes);
      case value_form::kind::text:
        return text(form.longest).has_value();
    }
    return false;
  }
  bool error() {
    if (!skip(1 + 8)) return false;  // code and category
    const auto context = types();
    return context && each_type(*context, [this](std::string_view type) { return detail(type); });
  }

 private:
  /// One value of an error's context.
  bool detail(std::string_view type) {
    if (type == "@str") return text(longest_error_text).has_value();
    if (type == "@atom" || type == "@u64" || type == "@i64") return skip(8);
    if (type == "@u32" || type == "@i32") return skip(4);
    if (type == "@u16" || type == "@i16") return skip(2);
    if (type == "@u8" || type == "@i8" || type == "bool") return skip(1);
    if (type != "sluice::error" || !skip(1)) return false;
    for (int i = 0; i < 4; ++i)
      if (!text(longest_error_text)) return false;
    return true;
  }

  payload_bytes rest_;
};

/// Values of these types hold no message, whatever their bytes are.
bool is_flat(std::string_view type) {
  constexpr std::array<std::string_view, 23> of_caf{"@atom",
                                                    "@str",
                                                    "@strvec",
                                                    "@strset",
                                                    "@strmap",
                                                    "bool",
                                                    "@u8",
                                                    "@u16",
                                                    "@u32",
                                                    "@u64",
                                                    "@i8",
                                                    "@i16",
                                                    "@i32",
                                                    "@i64",
                                                    "float",
                                                    "double",
                                                    "@node",
                                                    "@addr",
                                                    "@actor",
                                                    "@unit",
                                                    "@weak_actor_ptr",
                                                    "@strong_actor_ptr",
                                                    "@duration"};
  return type.starts_with("sluice::") || type.starts_with("std::vector<sluice::") ||
         type.starts_with("std::map<sluice::") || std::ranges::find(of_caf, type) != of_caf.end();
}

/// Skips to the message in a payload between nodes.
bool reach_message(walk& w, bool routed) {
  if (routed && !(w.identity(true) && w.identity(true))) return false;
  const auto forwarding = w.length();
  if (!forwarding || *forwarding > longest_forwarding) return false;
  for (std::uint32_t i = 0; i < *forwarding; ++i)
    if (!w.actor()) return false;
  return true;
}

constexpr std::string_view just_error = "@<>+@error";
constexpr std::string_view exit = "@<>+@exit";
constexpr std::string_view down = "@<>+@down";

}  // namespace

const message_form* find_form(payload_bytes payload, std::span<const message_form> forms) {
  walk beginning(payload);
  if (beginning.number(1) != 0) return nullptr;  // forwarded
  const auto types = beginning.types();
  if (!types) return nullptr;
  for (const auto& form : forms) {
    if (form.types != *types) continue;
    auto w = beginning;
    if (std::ranges::all_of(form.values, [&](const auto& v) { return w.value(v); }) && w.at_end())
      return &form;
  }
  return nullptr;
}

bool is_identity(payload_bytes payload) {
  walk w(payload);
  return w.identity(false) && w.at_end();
}

bool is_monitoring(payload_bytes payload) {
  walk w(payload);
  return w.identity(false) && w.identity(false) && w.at_end();
}

bool is_ending(payload_bytes payload) {
  walk w(payload);
  return w.identity(false) && w.identity(false) && w.error() && w.at_end();
}

nesting nesting_of(payload_bytes beginning, bool routed) {
  walk w(beginning);
  if (!reach_message(w, routed)) return nesting::unfit;
  const auto types = w.types();
  if (!types) return nesting::unfit;
  if (types == just_error || types == exit || types == down) return nesting::inside;
  return each_type(*types, is_flat) ? nesting::flat : nesting::unfit;
}

bool holds_only_errors(payload_bytes payload, bool routed) {
  walk w(payload);
  if (!reach_message(w, routed)) return false;
  const auto types = w.types();
  if (types == exit || types == down) {
    if (!w.actor()) return false;
  } else if (types != just_error) {
    return false;
  }
  return w.error() && w.at_end();
}

}  // namespace sluice::net
