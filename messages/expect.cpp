#include "messages/expect.hpp"

#include <string_view>
#include <utility>

namespace sluice {

error defect(std::string operation, std::string object, std::string cause) {
  return {errc::internal, std::move(operation), std::move(object), std::move(cause),
          "please report this as a defect"};
}

void fail_expectation(const char* operation, const char* what, std::source_location where) {
  // Without the folder in which the tree was built.
  std::string_view file(where.file_name());
  file.remove_prefix(file.rfind('/') + 1);
  throw failure(defect(operation, {},
                       std::string("expected ") + what + " (" + std::string(file) + ":" +
                           std::to_string(where.line()) + ")"));
}

}  // namespace sluice
