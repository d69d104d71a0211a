#include "runtime/source/cursor_sql.hpp"

#include "messages/expect.hpp"
#include "runtime/source/sql_literal.hpp"

namespace sluice::source {
namespace {

using odbc::product;

/// Keys in one statement: SQLite takes a million bytes of SQL, and PostgreSQL plans each part of a
/// composite key by itself.
constexpr std::size_t keys_at_a_time = 500;
constexpr std::size_t bytes_at_a_time = 256u << 10;

/// The literals of one key, in all their spellings: a row of literals each. None if a value has no
/// certain literal.
std::vector<std::vector<std::string>> literal_rows(product kind, const model_description& model,
                                                   const std::vector<value_view>& key) {
  std::vector<std::vector<std::string>> rows{{}};
  for (std::size_t i = 0; i < key.size(); ++i) {
    std::vector<std::vector<std::string>> longer;
    for (const auto& literal : key_literals(kind, model.columns[model.key[i]], key[i]))
      for (auto row : rows) {
        row.push_back(literal);
        longer.push_back(std::move(row));
      }
    rows = std::move(longer);
  }
  return rows;
}

/// One row of literals in the form that `condition_of` needs.
std::string term_of(product kind, const std::vector<std::string>& columns,
                    const std::vector<std::string>& literals) {
  if (columns.size() == 1) return literals[0];
  if (kind == product::sqlite) return "(" + joined(literals, ", ") + ")";
  std::string term;
  for (std::size_t i = 0; i < columns.size(); ++i)
    term += (i == 0 ? "(" : " AND ") + columns[i] + " = " + literals[i];
  return term + ")";
}

/// True for the rows that `terms` name. Each database gets the form that it makes index look-ups
/// of; SQLite allows a thousand ORs at most.
std::string condition_of(product kind, const std::vector<std::string>& columns,
                         const std::vector<std::string>& terms) {
  if (columns.size() == 1) return columns[0] + " IN (" + joined(terms, ", ") + ")";
  if (kind == product::sqlite)
    return "(" + joined(columns, ", ") + ") IN (SELECT * FROM (VALUES " + joined(terms, ", ") +
           "))";
  return joined(terms, " OR ");
}

/// Nothing if a key has no certain literals.
std::optional<std::vector<std::string>> key_conditions(product kind, const model_description& model,
                                                       const std::vector<std::string>& keys) {
  std::vector<std::string> columns;
  for (const auto position : model.key)
    columns.push_back(key_column(kind, model.columns[position]));
  std::vector<std::string> conditions;
  std::vector<std::string> terms;
  std::size_t taken = 0, bytes = 0;
  const auto finish = [&] {
    if (!terms.empty()) conditions.push_back(condition_of(kind, columns, terms));
    terms.clear();
    taken = bytes = 0;
  };
  for (const auto& packed : keys) {
    const auto key = unpack(packed);
    if (key.size() != columns.size()) continue;  // of another key: there is no such row
    const auto spellings = literal_rows(kind, model, key);
    if (spellings.empty()) return std::nullopt;
    for (const auto& literals : spellings) {
      terms.push_back(term_of(kind, columns, literals));
      bytes += terms.back().size();
    }
    if (++taken == keys_at_a_time || bytes >= bytes_at_a_time) finish();
  }
  finish();
  return conditions;
}

/// The literal at which reading begins, if there is a certain one.
std::optional<std::string> begin_of(product kind, const model_description& model,
                                    const std::string& cursor) {
  const auto& plan = model.columns[*model.cursor];
  if (model.overlap.count() == 0) return cursor_literal(kind, plan, cursor);
  const auto begin = earlier(kind, cursor, model.overlap);
  if (!begin)
    throw odbc::odbc_error(odbc::error_class::permanent,
                           "the cursor's overlap cannot be taken from " + cursor +
                               ", the value of " + "column '" + plan.name + "' that was reached");
  return cursor_literal(kind, plan, *begin);
}

std::vector<std::string> rows_of_keys(product kind, const model_description& model,
                                      const std::vector<std::string>& keys) {
  auto conditions = key_conditions(kind, model, keys);
  if (!conditions)
    throw odbc::odbc_error(odbc::error_class::permanent,
                           "rows cannot be chosen by this key: a value of it has no certain "
                           "spelling in SQL");
  if (conditions->empty()) conditions->emplace_back("1 = 0");
  return *std::move(conditions);
}

}  // namespace

std::vector<std::string> wanted_rows(product kind, const model_description& model,
                                     const starting_point& from) {
  if (from.only_keys) return rows_of_keys(kind, model, from.keys);
  if (!from.cursor) return {};
  expect(model.cursor.has_value(), "read model", "a model with a cursor");
  const auto& column = model.columns[*model.cursor].column;
  const auto begin = begin_of(kind, model, *from.cursor);
  const auto by_key = key_conditions(kind, model, from.keys);
  if (!begin || !by_key) return {};
  std::vector<std::string> parts{column + " >= " + *begin + " OR " + column + " IS NULL"};
  for (const auto& keys : *by_key)
    // Not `<`: SQLite would take the index of the cursor, which is most of the table.
    parts.push_back("(" + keys + ") AND NOT (" + column + " >= " + *begin + ")");
  return parts;
}

select_statement highest_value(product kind, const model_description& model,
                               const starting_point& from) {
  expect(model.cursor.has_value(), "read model", "a model with a cursor");
  const auto& plan = model.columns[*model.cursor];
  select_statement select{.expressions = {cursor_text(kind, plan)}, .relation = model.relation};
  const auto begin = from.cursor ? cursor_literal(kind, plan, *from.cursor) : std::nullopt;
  select.conditions = {begin ? plan.column + " >= " + *begin : plan.column + " IS NOT NULL"};
  if (kind == product::generic) {
    // Databases share no form of LIMIT, and ORDER BY without LIMIT would sort and read the whole
    // column.
    select.expressions = {"MAX(" + plan.expression + ")"};
    return select;
  }
  // Not MAX: PostgreSQL lacks it for some types that have an order (uuid, boolean).
  select.order = {plan.column + " DESC"};
  select.limit = 1;
  return select;
}

}  // namespace sluice::source
