#include "runtime/mapping/compile.hpp"

#include <algorithm>

#include "messages/error.hpp"
#include "runtime/config/field_path.hpp"
#include "runtime/config/suggestion.hpp"
#include "runtime/mapping/constant.hpp"

namespace sluice::mapping {

namespace {

/// Looks columns up by name; collects the used ones and the problems.
class column_finder {
 public:
  explicit column_finder(const std::vector<source::model_column>& columns) : columns_(columns) {
    names_.reserve(columns.size());
    for (const auto& column : columns) names_.push_back(column.name);
  }

  /// The position of the column among the model's, noted as used. If it is missing or ambiguous,
  /// adds a problem and returns a position that must not be used. `role` names the user of the
  /// column.
  std::size_t find(const std::string& name, const std::string& role) {
    const auto found = std::find(names_.begin(), names_.end(), name);
    if (found == names_.end()) {
      add_missing(name, role);
      return 0;
    }
    if (std::find(found + 1, names_.end(), name) != names_.end())
      add_problem("column '" + name + "' (" + role + ") occurs more than once");
    const auto position = static_cast<std::size_t>(found - names_.begin());
    used_.push_back(position);
    return position;
  }

  /// The same for several columns.
  std::vector<std::size_t> find_all(const std::vector<std::string>& names,
                                    const std::string& role) {
    std::vector<std::size_t> positions;
    positions.reserve(names.size());
    for (const auto& name : names) positions.push_back(find(name, role));
    return positions;
  }

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }
  [[nodiscard]] value_kind kind(std::size_t position) const { return columns_[position].kind; }
  [[nodiscard]] const std::string& declared(std::size_t position) const {
    return columns_[position].declared;
  }
  /// The columns that were used, ascending, each once.
  [[nodiscard]] std::vector<std::size_t> used() const {
    auto out = used_;
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }

 private:
  void add_missing(const std::string& name, const std::string& role) {
    auto text = "column '" + name + "' (" + role + ") does not exist";
    const std::vector<std::string_view> known(names_.begin(), names_.end());
    if (const auto near = config::nearest(name, known))
      text += ", nearest is '" + std::string(*near) + "'";
    add_problem(std::move(text));
  }
  void add_problem(std::string text) {
    if (std::find(problems_.begin(), problems_.end(), text) == problems_.end())
      problems_.push_back(std::move(text));
  }

  const std::vector<source::model_column>& columns_;
  std::vector<std::string> names_;
  std::vector<std::size_t> used_;
  std::vector<std::string> problems_;
};

std::string join(const std::vector<std::string>& parts, const char* between) {
  std::string out;
  for (const auto& part : parts) {
    if (!out.empty()) out += between;
    out += part;
  }
  return out;
}

/// A field and its step; columns are positions in the model.
struct compiled_field {
  field shape;
  field_step step;
};

/// Compiles the value of one field. Where it adds a problem to `columns`, its result is of no use.
struct field_compiler {
  const std::string& connection;
  const config::mapped_field& mapped;
  column_finder& columns;
  const known_ids_by_connection& known;
  std::string role = "field '" + config::field_path_text(mapped.path) + "'";

  compiled_field operator()(const config::column_value& column) const {
    std::vector<std::size_t> sources{columns.find(column.column, role)};
    for (const auto& name : column.otherwise) sources.push_back(columns.find(name, role));
    if (!columns.problems().empty()) return {};
    const auto first = sources.front();
    const auto kind = columns.kind(first);
    if (!column.otherwise.empty() || !column.apply.empty()) {
      values::chain apply(column.apply);
      const auto gives = kind_after(apply.kind_after(common_kind(sources)), column.as);
      return {{mapped.path, gives, {}, column.omit_null},
              function_step{std::move(sources), std::move(apply), column.as, column.column}};
    }
    if (column.as == cast::none)
      return {{mapped.path, kind, column.column, column.omit_null, columns.declared(first)},
              copy_step{first}};
    return {{mapped.path, kind_after(kind, column.as), {}, column.omit_null},
            cast_step{first, column.as, column.column}};
  }

  compiled_field operator()(const config::constant_value& constant) const {
    auto value = compile_constant(connection, role, constant);
    return {{mapped.path, value.kind, {}}, constant_step{std::move(value.packed)}};
  }

  compiled_field operator()(const config::template_value& text) const {
    // A statement of its own: GCC 12 destroys `path` twice if an aggregate's later member throws.
    template_step step;
    for (const auto& piece : text.pieces)
      step.pieces.push_back({piece.literal, columns.find(piece.column, role),
                             values::chain(piece.apply), piece.column});
    step.tail = text.tail;
    step.apply = values::chain(text.apply);
    const auto kind = step.apply.kind_after(value_kind::text);
    return {{mapped.path, kind, {}}, std::move(step)};
  }

  compiled_field operator()(const config::lua_value& lua) const {
    const auto named = values::columns_of_program(lua.program);
    const auto& names = named.every ? columns.names() : named.names;
    lua_step step{columns.find_all(names, role), {}, values::chain(lua.apply), lua.as};
    if (!columns.problems().empty()) return {};
    step.program = std::make_shared<values::lua_program>(lua.program, names);
    const auto kind = kind_after(step.apply.kind_after(value_kind::text), lua.as);
    return {{mapped.path, kind, {}, lua.omit_null}, std::move(step)};
  }

  compiled_field operator()(const config::known_value& value) const {
    const auto ids = known.find(value.of);
    known_step step{.sources = columns.find_all(value.by, role),
                    .name = value.name,
                    .of = value.of.text(),
                    .required = value.on_miss == config::known_value::miss::reject,
                    .ids = ids == known.end() ? nullptr : ids->second,
                    .apply = values::chain(value.apply),
                    .to = value.as};
    const auto kind = kind_after(step.apply.kind_after(value_kind::text), value.as);
    return {{mapped.path, kind, {}, value.omit_null}, std::move(step)};
  }

 private:
  /// Text where the columns differ in their kinds.
  [[nodiscard]] value_kind common_kind(const std::vector<std::size_t>& sources) const {
    const auto kind = columns.kind(sources.front());
    const bool same = std::ranges::all_of(
        sources, [&](std::size_t source) { return columns.kind(source) == kind; });
    return same ? kind : value_kind::text;
  }
};

compiled_field compile_field(const std::string& connection, const config::mapped_field& mapped,
                             column_finder& columns, const known_ids_by_connection& known) {
  return std::visit(field_compiler{connection, mapped, columns, known}, mapped.value);
}

std::vector<config::mapped_field> every_column(const std::vector<std::string>& names) {
  std::vector<config::mapped_field> mapping;
  mapping.reserve(names.size());
  for (const auto& name : names) mapping.push_back({{name}, config::column_value{name}});
  return mapping;
}

/// Where a column of the model stands in `wanted`, which contains it.
std::size_t position_in(const std::vector<std::size_t>& wanted, std::size_t column) {
  return static_cast<std::size_t>(std::lower_bound(wanted.begin(), wanted.end(), column) -
                                  wanted.begin());
}

/// Turns a step's positions in the model into positions in `wanted`.
struct narrowing {
  const std::vector<std::size_t>& wanted;

  void change(std::size_t& source) const { source = position_in(wanted, source); }
  void operator()(copy_step& step) const { change(step.source); }
  void operator()(cast_step& step) const { change(step.source); }
  void operator()(constant_step&) const {}
  template <class Step>
  requires requires(Step step) { step.sources; }
  void operator()(Step& step) const {
    for (auto& source : step.sources) change(source);
  }
  void operator()(template_step& step) const {
    for (auto& piece : step.pieces) change(piece.source);
  }
};

}  // namespace

row_plan compile(const std::string& connection, const std::vector<config::mapped_field>& mapping,
                 const std::vector<std::string>& key,
                 const std::vector<source::model_column>& columns,
                 const known_ids_by_connection& known) {
  if (key.empty())
    throw failure(errc::invalid_config, "compile mapping", connection, "no key column is named",
                  "name the columns that identify a row in source.key");
  column_finder finder(columns);
  row_schema schema;
  std::vector<field_step> steps;
  for (const auto& mapped : mapping.empty() ? every_column(finder.names()) : mapping) {
    auto field = compile_field(connection, mapped, finder, known);
    schema.fields.push_back(std::move(field.shape));
    steps.push_back(std::move(field.step));
  }
  std::vector<std::size_t> keys;
  for (const auto& name : key) {
    keys.push_back(finder.find(name, "key"));
    if (finder.problems().empty())
      schema.keys.push_back(
          {{name}, finder.kind(keys.back()), name, false, finder.declared(keys.back())});
  }
  if (!finder.problems().empty())
    throw failure(errc::invalid_config, "compile mapping", connection,
                  "the model does not fit: " + join(finder.problems(), "; "),
                  "correct mapping, source.key or the model, which has the columns " +
                      join(finder.names(), ", "));

  const auto wanted = finder.used();
  for (auto& step : steps) std::visit(narrowing{wanted}, step);
  for (auto& column : keys) column = position_in(wanted, column);
  return {wanted, std::move(schema), std::move(steps), std::move(keys)};
}

}  // namespace sluice::mapping
