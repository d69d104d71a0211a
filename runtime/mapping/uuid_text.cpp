#include "runtime/mapping/uuid_text.hpp"

#include <cstddef>

namespace sluice::mapping {

std::optional<uuid_characters> canonical_uuid(std::string_view text) {
  if (text.size() > 2 && text.starts_with('{') && text.ends_with('}'))
    text = text.substr(1, text.size() - 2);
  uuid_characters out{};
  std::size_t size = 0;
  for (char c : text) {
    if (c == '-') continue;
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    const bool hexadecimal = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (!hexadecimal || size == out.size()) return std::nullopt;
    out[size++] = c;
    if (size == 8 || size == 13 || size == 18 || size == 23) out[size++] = '-';
  }
  if (size != out.size()) return std::nullopt;
  return out;
}

}  // namespace sluice::mapping
