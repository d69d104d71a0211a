// Where the connections of a world deliver to, and what they find out there.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "runtime/destinations/destination.hpp"
#include "tests/world/dice.hpp"
#include "tests/world/story.hpp"
#include "tests/world/weather.hpp"

namespace sluice::test {

/// What a source gives a row, and what nobody may take for granted of a poisoned target.
inline constexpr auto poison = "c";

/// One destination. Rows are named by `row_named` of its plan.
class target {
 public:
  virtual ~target() = default;
  /// The ways into it.
  virtual destinations::destination_factory ways() = 0;
  /// What it holds: value by row.
  [[nodiscard]] virtual std::map<std::string, std::string> rows() const = 0;
  /// Somebody else puts a row there, or changes it. False where nobody else can.
  virtual bool put(const std::string& /*row*/, const std::string& /*value*/) { return false; }
  /// The same for removing it.
  virtual bool remove(const std::string& /*row*/) { return false; }
  /// Ways in have failed for as long as anybody waits, from now on: see weather.
  virtual void turn(const weather& /*now*/) {}
};

/// `folder`: for a file of it.
std::unique_ptr<target> make_target(const connection_plan& plan, std::uint64_t seed,
                                    const std::filesystem::path& folder);

std::unique_ptr<target> make_shelf(const connection_plan& plan);
std::unique_ptr<target> make_lines(const connection_plan& plan,
                                   const std::filesystem::path& folder);
std::unique_ptr<target> make_table(const connection_plan& plan);
std::unique_ptr<target> make_api(const connection_plan& plan, std::uint64_t seed);

}  // namespace sluice::test
