#include "runtime/diff/refused_rows.hpp"

#include <doctest/doctest.h>

#include "tests/runtime/diff/memory_view.hpp"

using namespace sluice;
using namespace sluice::diff;

namespace {

const refused_delta insert_7{operation::insert, {0, 7}, {0, 70}};

refused_delta erased(const std::string& key) { return {operation::erase, fingerprint(key), {}}; }

}  // namespace

TEST_CASE("where nothing was refused nothing is kept") {
  refused_rows none;
  CHECK_FALSE(none.keep(insert_7));
  CHECK(none.kept().empty());
}

TEST_CASE("exactly what was refused is kept") {
  const refused_delta update_8{operation::update, {9, 8}, {0, 80}};
  refused_rows refused({update_8, insert_7});
  auto changed = insert_7;
  changed.fingerprint = {0, 71};
  auto became_update = insert_7;
  became_update.op = operation::update;
  const refused_delta other{operation::insert, {7, 0}, {0, 70}};
  for (const auto& delta : {changed, became_update, other}) CHECK_FALSE(refused.keep(delta));
  CHECK(refused.keep(insert_7));
  CHECK(refused.keep(update_8));
  CHECK(refused.kept() == std::vector{insert_7, update_8});
}

TEST_CASE("refused deletes are kept as long as their key is vanished and beyond doubt") {
  test::memory_view view;
  view.add("vanished", {{}, 1, true, false, 0});
  view.add("back", {{}, 1, true, false, 0});
  view.add("in doubt", {{}, 1, true, true, 0});
  view.add("never refused", {{}, 1, true, false, 0});
  view.mark_seen(1);
  refused_rows refused(
      {erased("vanished"), erased("back"), erased("in doubt"), erased("forgotten"), insert_7});
  refused.keep_vanished(view);
  CHECK(refused.kept() == std::vector{erased("vanished")});
  std::vector<std::string> to_delete;
  view.for_each_unseen([&](const hash128&, std::string_view key) {
    to_delete.emplace_back(key);
    return true;
  });
  CHECK(to_delete == std::vector<std::string>{"in doubt", "never refused"});
}
