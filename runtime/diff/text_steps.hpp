// The steps by which destinations change texts before a comparison.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "messages/identity_rule.hpp"

namespace sluice::diff {

/// Applies the steps of an identity to texts. Letters follow Unicode in the version of the
/// installed ICU. A later version may treat new characters differently, which only matters for keys
/// with these characters. One thread only.
class text_steps {
 public:
  /// `text` after all steps. Valid until the next call, and as long as `text`. REQUIRES: UTF-8.
  std::string_view apply(std::span<const identity_step> steps, std::string_view text);

 private:
  std::string text_;
};

}  // namespace sluice::diff
