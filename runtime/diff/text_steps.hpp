// What destinations do to texts before they compare them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "messages/identity_rule.hpp"

namespace sluice::diff {

/// Takes texts through the steps of an identity. Letters are those of Unicode, as the ICU that is
/// installed knows them: a character that a later one adds is another letter then, which is of
/// concern only to keys that hold it. One thread only.
class text_steps {
 public:
  /// `text` after all steps. Valid until the next call, and as long as `text`. REQUIRES: UTF-8.
  std::string_view apply(std::span<const identity_step> steps, std::string_view text);

 private:
  std::string text_;
};

}  // namespace sluice::diff
