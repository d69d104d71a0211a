// Destinations that fail at random, for the convergence test.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "tests/support/connection_fixture.hpp"

namespace sluice::test {

class convergence_target {
 public:
  virtual ~convergence_target() = default;
  /// Makes it the destination of `world`, which goes before it.
  virtual void attach(outside_world& world) = 0;
  /// So many of a hundred deliveries go wrong from now on.
  virtual void fail(unsigned percent) = 0;
  /// Whether it holds ids by their value, so that their spelling may change.
  [[nodiscard]] virtual bool holds_numbers() const { return false; }
  /// How it spells ids as texts, of which it takes several for one: in one of three ways, another
  /// number is another choice. Nothing where ids are numbers.
  using spelling = std::function<std::string(long id, unsigned variant)>;
  [[nodiscard]] virtual spelling spelled() const { return {}; }
  /// Whether it never takes a row with this value.
  [[nodiscard]] virtual bool refuses(const std::string&) const { return false; }
  /// Puts a row there that nobody delivered. Only of the double.
  virtual void put(long, const std::string&) {}
  /// What it holds: value by id.
  [[nodiscard]] virtual std::map<long, std::string> rows() const = 0;
};

/// The destination double: batches fail in every way that the contract knows.
std::unique_ptr<convergence_target> make_double_target(std::uint32_t seed);
/// A real API behind real HTTP, drawn from a pool of what such APIs are like: how they tell of
/// rows, whether they ignore the case of ids, remember deliveries, never take some value. Requests
/// fail before and after they were applied, answers are lost, unreadable, tell of some rows only,
/// or say that the request before is still worked on.
std::unique_ptr<convergence_target> make_api_target(std::uint32_t seed);
/// One that has a request for inserts, which takes no row that is there, and another for updates.
std::unique_ptr<convergence_target> make_separate_api_target(std::uint32_t seed);

/// A real table, of PostgreSQL, MariaDB or SQLite in turn, whose columns are drawn from a pool: of
/// numbers, padded, folding, without a type. Deliveries fail before and after they were applied.
std::unique_ptr<convergence_target> make_table_target(std::uint32_t seed);

}  // namespace sluice::test
