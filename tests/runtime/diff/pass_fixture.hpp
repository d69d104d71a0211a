// A pass over rows of two columns, `id` (the key) and `n` (cast to a number), in memory.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/diff/differ.hpp"
#include "runtime/mapping/compile.hpp"
#include "tests/runtime/diff/memory_view.hpp"
#include "tests/support/temp_dir.hpp"

namespace sluice::test {

inline mapping::row_plan id_and_number() {
  return mapping::compile("c",
                          {{{"id"}, config::column_value{"id"}},
                           {{"n"}, config::column_value{"n", config::column_value::cast::number}}},
                          {"id"}, {{"id", value_kind::integer}, {"n", value_kind::text}});
}

inline std::string key_of(int id) {
  std::string packed;
  append_value(packed, value_kind::integer, std::to_string(id));
  return packed;
}

/// What a row with this id and number is packed to.
inline std::string row_of(int id, int n) {
  auto packed = key_of(id);
  append_value(packed, value_kind::integer, std::to_string(n));
  return packed;
}

/// Everything a pass needs, with a block that is decided about when the test says so.
struct pass_fixture {
  explicit pass_fixture(diff::routing how = {}, const diff::pass_rules& rules = {})
      : deltas(how), differ(view, fresh, refused, deltas, rules) {}

  void know(int id, int n, std::uint32_t epoch = 1, bool acknowledged = true,
            bool in_doubt = false) {
    view.add(key_of(id), {diff::fingerprint(row_of(id, n)), epoch, acknowledged, in_doubt, 0});
  }
  void read(std::optional<int> id, const std::string& n) {
    const auto id_text = id ? std::to_string(*id) : std::string();
    block.add(plan,
              std::vector<value_view>{id ? value_view{value_kind::integer, id_text} : value_view{},
                                      {value_kind::text, n}});
  }
  /// A row whose `n` the source cannot represent.
  void read_damaged(int id) {
    const auto id_text = std::to_string(id);
    block.add_unreadable(plan, std::vector<value_view>{{value_kind::integer, id_text}, {}},
                         std::vector<std::size_t>{1}, "column 'n' is not UTF-8");
  }
  void decide() {
    differ.decide_all(block);
    block.clear();
  }

  temp_dir dir;
  mapping::row_plan plan = id_and_number();
  memory_view view;
  std::set<hash128> new_keys;
  diff::new_key_filter fresh{[this](const hash128& h) { return new_keys.insert(h).second; },
                             dir.path()};
  diff::refused_rows refused;
  diff::router deltas;
  diff::differ differ;
  diff::row_block block;
};

}  // namespace sluice::test
