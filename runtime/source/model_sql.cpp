#include "runtime/source/model_sql.hpp"

#include "messages/hex.hpp"

namespace sluice::source {
namespace {

std::string hex_literal(std::string_view bytes) { return "X'" + to_hex(bytes) + "'"; }

}  // namespace

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (const auto& part : parts) {
    if (!out.empty()) out += between;
    out += part;
  }
  return out;
}

std::string select_statement::text() const {
  std::string out = "SELECT " + joined(expressions, ", ") + " FROM " + relation;
  if (!conditions.empty()) out += " WHERE (" + joined(conditions, ") AND (") + ")";
  if (!order.empty()) out += " ORDER BY " + joined(order, ", ");
  if (limit) out += " LIMIT " + std::to_string(*limit);
  return out;
}

std::vector<std::string> texts_for(const select_statement& select,
                                   const std::vector<std::string>& parts) {
  if (parts.empty()) return {select.text()};
  std::vector<std::string> texts;
  for (const auto& part : parts) {
    auto one = select;
    one.conditions.push_back(part);
    texts.push_back(one.text());
  }
  return texts;
}

std::string table_relation(std::string_view quoted_table) {
  return std::string(quoted_table) + " AS " + std::string(model_alias);
}

std::string query_relation(std::string_view statement) {
  // The query stands on lines of its own, since it may end in a comment.
  return "(\n" + std::string(statement) + "\n) AS " + std::string(model_alias);
}

std::string numbered_relation(std::string_view statement, std::size_t columns) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < columns; ++i) names.push_back("c" + std::to_string(i));
  return query_relation("WITH sluice_numbered(" + joined(names, ", ") + ") AS (\n" +
                        std::string(statement) + "\n) SELECT * FROM sluice_numbered");
}

std::string page_literal(const page_key& key, std::string_view value) {
  switch (key.form) {
    case page_key::literal::number:
      return std::string(value);
    case page_key::literal::binary:
      return hex_literal(value);
    case page_key::literal::text:
      break;
  }
  // The literal has the column's character set and collation: only then do values compare in the
  // order of the unique index, and only then is that index used.
  return "CONVERT(_utf8mb4 " + hex_literal(value) + " USING " + key.character_set + ") COLLATE " +
         key.collation;
}

std::string behind(const std::vector<page_key>& key, const std::vector<std::string>& last) {
  std::vector<std::string> ranges;
  std::string equal_so_far;
  for (std::size_t i = 0; i < key.size(); ++i) {
    ranges.push_back("(" + equal_so_far + key[i].expression + " > " + last[i] + ")");
    equal_so_far += key[i].expression + " = " + last[i] + " AND ";
  }
  return joined(ranges, " OR ");
}

}  // namespace sluice::source
