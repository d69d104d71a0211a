#include "runtime/source/row_digests.hpp"

#include <algorithm>

#include "messages/expect.hpp"

namespace sluice::source {
namespace {

[[noreturn]] void refuse_answer(const char* what) {
  throw odbc::odbc_error(odbc::error_class::permanent,
                         std::string("the database answered a digest with ") + what);
}

/// `hashes` is an expression of the digits.
column_plan plan_of_hash(std::string hashes) {
  // No text, which could be long and would be cut.
  column_plan plan{.kind = value_kind::uuid};
  plan.expression = plan.column = plan.copy = std::move(hashes);
  return plan;
}

}  // namespace

row_digests::row_digests(odbc::connection& on, const model_description& model,
                         const std::vector<std::size_t>& wanted)
    : on_(on), model_(model), sql_(hash_sql_of(on.kind())) {
  expect(sql_ != nullptr && !model.key.empty(), "hash rows", "a database that does so, and a key");
  terms_ = sql_->form();
  const auto version = on_.query(sql_->version());
  terms_ += ", version " + version.at(0).at(0).value_or("");
  const auto add = [&](std::size_t position, std::vector<std::string>& to) {
    const auto& plan = model_.columns[position];
    to.push_back(plan.hashed);
    terms_ += "\n" + plan.hashed + " " + std::string(to_string(plan.kind)) + " " + plan.declared;
  };
  for (const auto position : model_.key) add(position, of_.key);
  terms_ += "\nrow";
  for (const auto position : wanted) add(position, of_.row);
}

std::vector<bucket_digest> row_digests::ask(unsigned bits, const bucket_set& within,
                                            fetched& count) {
  expect(bits <= most_bucket_bits && within.bits <= bits, "ask for digests", "so many buckets");
  auto conditions = model_.conditions;
  if (within.bits > 0) {
    if (within.numbers.empty()) return {};
    conditions.push_back(condition(within));
  }
  std::vector<bucket_digest> found;
  found.reserve(count_buckets(bits, within));
  if (const auto first = sql_->before_digests(); !first.empty()) on_.execute(first);
  auto rows = on_.open_cursor(sql_->digests(of_, bits, model_.relation, conditions));
  while (rows.fetch()) {
    const auto text = rows.cell(0);
    if (!text || !read_digests(*text, found)) refuse_answer("what is no digest");
    count.bytes += text->size();
  }
  count.rows += found.size();
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.bucket < b.bucket; });
  const auto same = [](const auto& a, const auto& b) { return a.bucket == b.bucket; };
  if (std::adjacent_find(found.begin(), found.end(), same) != found.end())
    refuse_answer("one bucket in two rows");
  return found;
}

std::vector<column_plan> row_digests::columns() const {
  return {plan_of_hash(sql_->key_hash(of_)), plan_of_hash(sql_->row_hash(of_))};
}

std::string row_digests::condition(const bucket_set& buckets) const {
  expect(buckets.bits > 0 && !buckets.numbers.empty(), "read buckets", "a bucket");
  return sql_->in_buckets(of_, buckets);
}

std::optional<row_hashes> read_hashes(const hash_sql& sql, std::span<const raw_cell> cells) {
  const auto hash = [&](const raw_cell& cell) {
    return cell.kind == value_kind::null ? std::nullopt : sql.read_hash(cell.bytes);
  };
  const auto key = hash(cells[0]);
  if (!key) return std::nullopt;
  return row_hashes{*key, hash(cells[1])};
}

}  // namespace sluice::source
