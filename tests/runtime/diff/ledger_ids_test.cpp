// What a real ledger remembers, as another connection's mapping finds it.
#include <doctest/doctest.h>

#include "messages/error.hpp"
#include "runtime/diff/fingerprint.hpp"
#include "runtime/diff/ledger_ids.hpp"
#include "runtime/ledger/shared_ledgers.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::diff;

namespace {

std::string packed(value_kind kind, std::string_view bytes) {
  std::string out;
  append_value(out, kind, bytes);
  return out;
}

/// The ledger of companies, by a rule.
class companies {
 public:
  explicit companies(const std::string& rule)
      : rule_(rule), identity_(*identity_rule::parse(rule)) {
    auto ledger = ledgers_.open(directory(), "companies");
    ledger->identify_by(rule, [](std::string_view key) { return fingerprint(key); }, {});
  }

  /// Delivers the company, and remembers `id` of it; nothing if `id` is empty.
  void deliver(const std::string& key, const std::string& id, operation op = operation::insert) {
    batch deltas(1);
    deltas.append(op, fingerprint(identity_.of(key)), {1, 1}, key, "row");
    std::vector<row_answer> answers;
    if (!id.empty())
      answers = {{0, packed(value_kind::text, "record_id") + packed(value_kind::text, id)}};
    auto ledger = ledgers_.open(directory(), "companies");
    const std::vector<fate> delivered{fate::delivered};
    ledger->record_outcome(ledger->record_intent(deltas), delivered, answers);
  }
  [[nodiscard]] ledger_ids look(const std::string& identity = "companies") {
    return ledger_ids(ledgers_.look(directory(), identity, {}));
  }

 private:
  [[nodiscard]] std::filesystem::path directory() const { return scratch_.path() / "companies"; }

  test::temp_dir scratch_;
  ledger::shared_ledgers ledgers_{scratch_.path()};
  std::string rule_;
  row_identity identity_;
};

}  // namespace

TEST_CASE("a remembered id is found however its key is spelled") {
  companies known("number");
  known.deliver(packed(value_kind::integer, "5"), "rec5");
  known.deliver(packed(value_kind::integer, "6"), "");
  auto ids = known.look();
  for (const auto& key : {packed(value_kind::integer, "5"), packed(value_kind::decimal, "5.00"),
                          packed(value_kind::text, "5")})
    CHECK(ids.find(key, "record_id") == value_view{value_kind::text, "rec5"});
  CHECK(ids.find(packed(value_kind::integer, "5"), "etag").kind == value_kind::null);
  CHECK(ids.find(packed(value_kind::integer, "6"), "record_id").kind == value_kind::null);
  CHECK(ids.find(packed(value_kind::integer, "7"), "record_id").kind == value_kind::null);
}

TEST_CASE("ids are those of the moment, and gone with their row") {
  companies known("text lower");
  const auto acme = packed(value_kind::text, "ACME");
  known.deliver(acme, "rec1");
  auto before = known.look();
  known.deliver(packed(value_kind::text, "acme"), "rec2", operation::update);
  CHECK(before.find(acme, "record_id") == value_view{value_kind::text, "rec1"});
  CHECK(known.look().find(acme, "record_id").bytes == "rec2");
  known.deliver(acme, "", operation::erase);
  CHECK(known.look().find(acme, "record_id").kind == value_kind::null);
}

TEST_CASE("a ledger of another destination remembers nothing for this one") {
  companies known("number");
  known.deliver(packed(value_kind::integer, "5"), "rec5");
  CHECK(known.look("another").find(packed(value_kind::integer, "5"), "record_id").kind ==
        value_kind::null);
}

TEST_CASE("a ledger with a rule that is none is not read") {
  auto strange = ledger::nothing_known();
  strange.rule = "by smell";
  CHECK_THROWS_AS(ledger_ids(std::move(strange)), failure);
}
