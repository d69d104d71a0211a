#include "tests/world/target.hpp"

#include <stdexcept>

namespace sluice::test {

std::unique_ptr<target> make_target(const connection_plan& plan, std::uint64_t seed,
                                    const std::filesystem::path& folder) {
  switch (plan.target) {
    case target_kind::shelf:
      return make_shelf(plan);
    case target_kind::lines:
      return make_lines(plan, folder);
    case target_kind::table:
      return make_table(plan);
    case target_kind::api:
      return make_api(plan, seed);
  }
  throw std::logic_error("a target of no kind");
}

}  // namespace sluice::test
