#include "tests/world/story.hpp"

#include <fmt/format.h>

#include <array>

#include "tests/world/dice.hpp"
#include "tests/world/table_shape.hpp"

namespace sluice::test {
namespace {

struct likelihood {
  act what;
  std::uint32_t weight;
  std::uint32_t most;  ///< of `amount`
};

constexpr std::array likelihoods{
    likelihood{act::edit, 24, 8},        likelihood{act::respell, 8, 8},
    likelihood{act::retype, 5, 8},       likelihood{act::meddle, 2, 0},
    likelihood{act::sync, 10, 0},        likelihood{act::full_sync, 3, 0},
    likelihood{act::rough_sync, 12, 40}, likelihood{act::torn_sync, 3, 25},
    likelihood{act::begin, 16, 120},     likelihood{act::go_on, 8, 80},
    likelihood{act::stop, 8, 0},         likelihood{act::stop_now, 3, 0},
    likelihood{act::kill, 6, 0},         likelihood{act::kill_within, 5, 60},
    likelihood{act::lose_power, 8, 60},  likelihood{act::fail_disk, 4, 40},
    likelihood{act::restart, 2, 0},      likelihood{act::copy_state, 5, 0},
    likelihood{act::restore, 7, 0},      likelihood{act::hang, 5, 60},
    likelihood{act::release, 4, 0},      likelihood{act::pass_time, 4, 90},
    likelihood{act::set_clock, 2, 0},    likelihood{act::reload, 5, 0},
    likelihood{act::disable, 2, 0},
};

step a_step(dice& chance, std::uint32_t connections) {
  std::uint32_t all = 0;
  for (const auto& one : likelihoods) all += one.weight;
  auto at = chance.below(all);
  auto found = likelihoods.begin();
  while (at >= found->weight) at -= (found++)->weight;
  return {found->what, chance.below(connections), 1 + chance.below(found->most + 1), chance.draw()};
}

/// In what ways the rows of a family may be told apart.
telling_apart a_way(dice& chance, key_family keys) {
  switch (keys) {
    case key_family::numbers:
      return chance.chance(75) ? telling_apart::by_number : telling_apart::by_text;
    case key_family::uuids:
      return chance.chance(75) ? telling_apart::by_uuid : telling_apart::by_text;
    case key_family::moments:
      return telling_apart::by_instant;
    case key_family::names:
      return chance.chance(50) ? telling_apart::without_blanks : telling_apart::by_text;
  }
  return telling_apart::by_text;
}

void on_a_shelf(dice& chance, connection_plan& plan) {
  plan.keys = chance.one_of(std::array{key_family::numbers, key_family::numbers, key_family::uuids,
                                       key_family::moments, key_family::names});
  plan.how = a_way(chance, plan.keys);
  plan.dresses.clear();
  for (unsigned dress = 0; dress < dresses(plan.keys); ++dress) plan.dresses.push_back(dress);
  using enum sync_mode;
  plan.mode = chance.one_of(
      std::array{mirror, mirror, mirror, mirror, upsert, upsert, insert, update, append});
  plan.marks = plan.mode == mirror && chance.chance(20);
  plan.poisoned = chance.chance(15);
}

void on_lines(connection_plan& plan) {
  // In a file 5 and "5" are two keys, and it is the reader's affair what they mean.
  plan.dresses = {0, 1};
}

void on_a_table(dice& chance, connection_plan& plan) {
  plan.shape = chance.below(table_shapes);
  const auto shape = table_shape_of(plan.shape);
  plan.keys = shape.numbers ? key_family::numbers : key_family::names;
  plan.how = shape.numbers  ? telling_apart::by_number
             : shape.padded ? telling_apart::without_blanks
                            : telling_apart::by_text;
  if (shape.numbers) plan.dresses = {0, 1, 3};
  plan.rows = 12;
}

void on_an_api(dice& chance, connection_plan& plan) {
  plan.shape = chance.below(1u << 16);
  if (chance.chance(40)) {
    plan.keys = key_family::names;
    plan.how = telling_apart::folded;
  } else {
    plan.dresses = {0, 1};
  }
  plan.poisoned = chance.chance(30);
}

connection_plan a_connection(dice& chance) {
  connection_plan plan;
  plan.mode = chance.chance(75) ? sync_mode::mirror : sync_mode::upsert;
  plan.rows = 10 + chance.below(25);
  const auto kind = chance.below(100);
  plan.target = kind < 62   ? target_kind::shelf
                : kind < 74 ? target_kind::lines
                : kind < 90 ? target_kind::api
                            : target_kind::table;
  switch (plan.target) {
    case target_kind::shelf:
      on_a_shelf(chance, plan);
      break;
    case target_kind::lines:
      on_lines(plan);
      break;
    case target_kind::api:
      on_an_api(chance, plan);
      break;
    case target_kind::table:
      on_a_table(chance, plan);
      break;
  }
  plan.writers = 1 + chance.below(3);
  plan.batch_rows = 1 + chance.below(5);
  plan.window = 1 + chance.below(3);
  plan.often_merged = chance.chance(40);
  if (chance.chance(20)) plan.every_minutes = chance.one_of(std::array{15u, 60u});
  return plan;
}

}  // namespace

std::string_view to_string(act what) {
  constexpr std::array names{"edit",      "respell",    "retype",     "meddle",      "sync",
                             "full_sync", "rough_sync", "torn_sync",  "begin",       "go_on",
                             "stop",      "stop_now",   "kill",       "kill_within", "lose_power",
                             "fail_disk", "restart",    "copy_state", "restore",     "hang",
                             "release",   "pass_time",  "set_clock",  "reload",      "disable"};
  static_assert(names.size() == static_cast<std::size_t>(last_act) + 1);
  return names.at(static_cast<std::size_t>(what));
}

story invent(std::uint64_t seed) {
  dice chance(mix(seed, 0));
  story out;
  out.seed = seed;
  for (auto n = 1 + chance.below(3); n > 0; --n) out.connections.push_back(a_connection(chance));
  const auto all = static_cast<std::uint32_t>(out.connections.size());
  for (auto n = 16 + chance.below(20); n > 0; --n) out.steps.push_back(a_step(chance, all));
  return out;
}

std::string describe(const story& told) {
  constexpr std::array targets{"a shelf", "a file of lines", "a table", "an API"};
  constexpr std::array families{"numbers", "uuids", "moments", "names"};
  constexpr std::array ways{"number", "text",    "text without blanks",
                            "uuid",   "instant", "text without case"};
  std::string out;
  std::size_t number = 0;
  for (const auto& c : told.connections)
    out += fmt::format(
        "c{}: {}{} to {}{}{}, keys are {} by {}; {} rows, {} writers, batches of {}, window {}{}\n",
        number++, to_string(c.mode), c.marks ? " that marks" : "",
        targets.at(static_cast<std::size_t>(c.target)),
        c.target == target_kind::table || c.target == target_kind::api
            ? fmt::format(" of shape {}", c.shape)
            : "",
        c.poisoned ? " that never takes 'c'" : "", families.at(static_cast<std::size_t>(c.keys)),
        ways.at(static_cast<std::size_t>(c.how)), c.rows, c.writers, c.batch_rows, c.window,
        c.every_minutes > 0 ? fmt::format(", every {} min", c.every_minutes) : "");
  return out;
}

}  // namespace sluice::test
