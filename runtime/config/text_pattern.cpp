#include "runtime/config/text_pattern.hpp"

#include <re2/re2.h>

#include "messages/expect.hpp"
#include "runtime/config/defaults.hpp"

namespace sluice::config {
namespace {

RE2::Options quiet() {
  RE2::Options options;
  options.set_log_errors(false);  // or it writes to standard error
  options.set_never_capture(true);
  return options;
}

}  // namespace

struct text_pattern::compiled {
  explicit compiled(const std::string& written)
      : too_long(written.size() > limits::pattern),
        expression(too_long ? std::string() : written, quiet()) {}

  bool too_long;
  RE2 expression;
};

text_pattern::text_pattern(const std::string& written)
    : compiled_(std::make_unique<compiled>(written)) {}
text_pattern::~text_pattern() = default;
text_pattern::text_pattern(text_pattern&&) noexcept = default;
text_pattern& text_pattern::operator=(text_pattern&&) noexcept = default;

std::string text_pattern::problem() const {
  if (compiled_->too_long) return "it is longer than " + std::to_string(limits::pattern) + " bytes";
  return compiled_->expression.error();
}

bool text_pattern::found_in(std::string_view text) const {
  expect(!compiled_->too_long && compiled_->expression.ok(), "match text",
         "an expression without a problem");
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled_->expression);
}

}  // namespace sluice::config
