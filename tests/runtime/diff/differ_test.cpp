#include "runtime/diff/differ.hpp"

#include <doctest/doctest.h>

#include "messages/delivery_name.hpp"
#include "tests/runtime/diff/pass_fixture.hpp"

using namespace sluice;
using namespace sluice::diff;
using test::key_of;
using test::pass_fixture;
using test::row_of;

namespace {

/// All deltas of one writer that can be had, as text: `insert 7=1`.
std::vector<std::string> taken_deltas(router& deltas) {
  deltas.complete_all();
  std::vector<std::string> out;
  while (const auto taken = deltas.take(0)) {
    for (std::size_t i = 0; i < taken->size(); ++i) {
      const auto delta = (*taken)[i];
      auto text =
          std::string(to_string(delta.op)) + " " + std::string(unpack(delta.key).at(0).bytes);
      if (!delta.row.empty()) text += "=" + std::string(unpack(delta.row).at(1).bytes);
      out.push_back(text);
    }
  }
  return out;
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(pass_fixture, "new changed and unchanged rows are told apart") {
  know(1, 10);
  know(2, 20);
  read(1, "10");
  read(2, "21");
  read(3, "30");
  decide();
  CHECK(taken_deltas(deltas) == texts{"update 2=21", "insert 3=30"});
  CHECK(differ.counters().unchanged == 1);
  CHECK(differ.counters().updates == 1);
  CHECK(differ.counters().inserts == 1);
  CHECK(differ.counters().read == 3);
}

TEST_CASE_FIXTURE(pass_fixture, "a delta carries its key and row and both hashes") {
  read(3, "30");
  decide();
  deltas.complete_all();
  const auto taken = deltas.take(0);
  REQUIRE(taken);
  const auto delta = (*taken)[0];
  CHECK(delta.key == key_of(3));
  CHECK(delta.row == row_of(3, 30));
  CHECK(delta.key_hash == fingerprint(key_of(3)));
  CHECK(delta.fingerprint == fingerprint(row_of(3, 30)));
}

TEST_CASE_FIXTURE(pass_fixture, "one lookup serves a whole block") {
  for (int i = 0; i < 100; ++i) read(i, "1");
  decide();
  CHECK(view.lookups() == 1);
}

TEST_CASE_FIXTURE(pass_fixture,
                  "of rows that share a key the first wins and the others are invalid") {
  know(1, 10);
  read(1, "11");
  read(2, "20");
  read(1, "12");
  read(2, "21");
  decide();
  read(1, "10");
  read(2, "22");
  decide();
  CHECK(taken_deltas(deltas) == texts{"update 1=11", "insert 2=20"});
  const auto invalid = differ.take_invalid();
  REQUIRE(invalid.size() == 4);
  CHECK(invalid[0].key == key_of(1));
  CHECK(invalid[1].key == key_of(2));
  CHECK(invalid[0].reason.find("came before") != std::string::npos);
  CHECK(differ.counters().invalid == 4);
  CHECK(differ.counters().read == 6);
}

TEST_CASE_FIXTURE(pass_fixture, "an invalid row whose key is known has not vanished") {
  know(1, 10);
  know(2, 20);
  know(3, 30);
  read(1, "ten");
  read_damaged(2);
  decide();
  CHECK(view.unseen() == 1);
  CHECK(taken_deltas(deltas).empty());
  CHECK(differ.take_invalid().size() == 2);
  CHECK(differ.unreadable_keys() == 0);
}

TEST_CASE_FIXTURE(pass_fixture, "an invalid row claims its key against later rows") {
  read(1, "ten");
  read(1, "10");
  decide();
  CHECK(taken_deltas(deltas).empty());
  CHECK(differ.counters().invalid == 2);
}

TEST_CASE_FIXTURE(pass_fixture, "rows with NULL in their key are invalid each by itself") {
  read(std::nullopt, "1");
  read(std::nullopt, "1");
  decide();
  const auto invalid = differ.take_invalid();
  REQUIRE(invalid.size() == 2);
  CHECK(invalid[0].reason == "key column 'id' is NULL");
  CHECK(invalid[1].reason == "key column 'id' is NULL");
  CHECK(differ.unreadable_keys() == 0);
}

TEST_CASE_FIXTURE(pass_fixture, "rows whose key cannot be read are counted for the delete guard") {
  know(1, 10);
  block.add_unreadable("column 'id' is not UTF-8");
  block.add_unreadable("column 'id' is not UTF-8");
  decide();
  CHECK(differ.unreadable_keys() == 2);
  CHECK(differ.counters().invalid == 2);
  read(std::nullopt, "1");
  read(1, "ten");
  decide();
  std::vector<std::uint64_t> numbers;
  for (const auto& row : differ.take_invalid()) numbers.push_back(row.nameless);
  CHECK(numbers == std::vector<std::uint64_t>{1, 2, 3, 0});
}

TEST_CASE_FIXTURE(pass_fixture, "invalid rows are handed out once") {
  read(std::nullopt, "1");
  decide();
  CHECK(differ.take_invalid().size() == 1);
  CHECK(differ.take_invalid().empty());
  CHECK(differ.counters().invalid == 1);
}

TEST_CASE("rows in batches that were never taken leave no trace in the counters") {
  pass_fixture pass({.writers = 1, .batch_rows = row_count{2}});
  for (int i = 0; i < 5; ++i) pass.read(i, "1");
  pass.decide();
  CHECK(pass.differ.counters().read == 0);
  CHECK(pass.differ.rows() == 5);
  pass.deltas.take(0);
  CHECK(pass.differ.counters().read == 2);
  CHECK(pass.differ.counters().inserts == 2);
}

TEST_CASE("a full run skips only what its own epoch acknowledged") {
  pass_fixture pass({}, {sync_mode::upsert, 2});
  pass.know(1, 10, 1);
  pass.know(2, 20, 2);
  pass.read(1, "10");
  pass.read(2, "20");
  pass.decide();
  CHECK(taken_deltas(pass.deltas) == texts{"update 1=10"});
  CHECK(pass.differ.counters().unchanged == 1);
}

TEST_CASE_FIXTURE(pass_fixture,
                  "a row that was refused counts as unchanged until it is another one") {
  const auto was_refused = [](operation op, int id, int n) {
    return refused_delta{op, fingerprint(key_of(id)), fingerprint(row_of(id, n))};
  };
  know(2, 20);
  know(4, 40);
  refused =
      refused_rows({was_refused(operation::insert, 1, 10), was_refused(operation::update, 2, 21),
                    was_refused(operation::insert, 3, 30), was_refused(operation::update, 4, 41)});
  read(1, "10");
  read(2, "21");
  read(3, "31");
  read(4, "40");
  decide();
  CHECK(taken_deltas(deltas) == texts{"insert 3=31"});
  CHECK(differ.counters().read == 4);
  CHECK(differ.counters().unchanged == 3);
  // Row 4 is again what the destination has: nothing of it is rejected any more.
  CHECK(refused.kept() ==
        std::vector{was_refused(operation::insert, 1, 10), was_refused(operation::update, 2, 21)});
}

TEST_CASE_FIXTURE(pass_fixture,
                  "a row that was refused is offered as long as its key is in doubt") {
  know(1, 10, 1, true, true);
  refused = refused_rows(std::vector{
      refused_delta{operation::update, fingerprint(key_of(1)), fingerprint(row_of(1, 11))}});
  read(1, "11");
  decide();
  CHECK(taken_deltas(deltas) == texts{"update 1=11"});
  CHECK(refused.kept().empty());
}

TEST_CASE("a delta that is in doubt is offered again under the name of its delivery") {
  pass_fixture pass({}, {.run = 9});
  const auto doubt = [&](int id, int n, bool acknowledged, operation op) {
    pass.view.add(key_of(id),
                  {{}, 1, acknowledged, true, 0, delivery_name(4, op, fingerprint(row_of(id, n)))});
  };
  doubt(1, 10, false, operation::insert);
  doubt(2, 20, true, operation::update);
  doubt(3, 30, true, operation::update);
  pass.read(1, "10");
  pass.read(2, "20");
  pass.read(3, "31");  // has changed meanwhile
  pass.read(4, "40");
  pass.decide();
  pass.deltas.complete_all();
  const auto taken = pass.deltas.take(0);
  REQUIRE(taken);
  const auto name = [&](std::size_t i) { return (*taken)[i].delivery; };
  CHECK(name(0) == delivery_name(4, operation::insert, fingerprint(row_of(1, 10))));
  CHECK(name(1) == delivery_name(4, operation::update, fingerprint(row_of(2, 20))));
  CHECK(name(2) == delivery_name_after(name(1), 9, operation::update, fingerprint(row_of(3, 31))));
  CHECK(name(3) == delivery_name(9, operation::insert, fingerprint(row_of(4, 40))));
}

TEST_CASE("in mode insert a row in doubt keeps the name of its delivery from run to run") {
  pass_fixture pass({}, {.mode = sync_mode::insert, .run = 9});
  const auto name = delivery_name(4, operation::insert, fingerprint(row_of(1, 10)));
  pass.view.add(key_of(1), {{}, 1, false, true, 0, name});
  pass.read(1, "10");
  pass.decide();
  pass.deltas.complete_all();
  const auto taken = pass.deltas.take(0);
  REQUIRE(taken);
  CHECK((*taken)[0].fingerprint == unknown_value);
  CHECK((*taken)[0].delivery == name);
}
