#include "runtime/values/value_text.hpp"

#include "messages/base64.hpp"

namespace sluice::values {

std::string_view text_of(const value_view& value, std::string& scratch) {
  if (value.kind == value_kind::null) return {};
  if (value.kind == value_kind::boolean) return value.bytes == "1" ? "true" : "false";
  if (value.kind != value_kind::binary) return value.bytes;
  scratch.clear();
  append_base64(scratch, value.bytes);
  return scratch;
}

}  // namespace sluice::values
