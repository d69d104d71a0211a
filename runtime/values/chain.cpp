#include "runtime/values/chain.hpp"

#include <simdjson.h>

#include "messages/error.hpp"
#include "runtime/values/function_table.hpp"

namespace sluice::values {

chain::chain(std::span<const call> calls) {
  for (const auto& c : calls) {
    std::optional<call_problem> problem;
    auto run = bind(c, problem);
    if (problem)
      throw failure(errc::invalid_config, "prepare function", c.name, problem->message,
                    problem->hint);
    links_.push_back({find_function(c.name), std::move(run), {}});
  }
}

std::optional<value_view> chain::apply(value_view value) {
  std::optional<value_view> now = value;
  if (value.kind == value_kind::text &&
      !simdjson::validate_utf8(value.bytes.data(), value.bytes.size())) {
    problem_ = "is not UTF-8";
    now.reset();
  }
  for (auto& l : links_) {
    if (!now && !l.what->rescues) continue;
    const auto in = now.value_or(value_view{});
    if (in.kind == value_kind::null && !l.what->takes_null) continue;
    now = l.run(in, l.place);
    if (now && now->bytes.size() > most_bytes) {
      l.place.problem = "makes more than 64 MiB of it";
      now.reset();
    }
    if (!now) problem_ = std::string(l.what->name) + ": " + l.place.problem;
  }
  return now;
}

value_kind chain::kind_after(value_kind kind) const {
  for (const auto& l : links_) kind = l.what->gives(kind);
  return kind;
}

}  // namespace sluice::values
