#include "actors/actor_support.hpp"

namespace sluice::actors {

error error_from(const std::exception_ptr& thrown, const std::string& operation,
                 const std::string& object) {
  try {
    std::rethrow_exception(thrown);
  } catch (const failure& f) {
    return f.info();
  } catch (const std::exception& e) {
    return {errc::internal, operation, object, e.what(), "please report this as a defect"};
  } catch (...) {
    return {errc::internal, operation, object, "an exception of unknown type",
            "please report this as a defect"};
  }
}

}  // namespace sluice::actors
