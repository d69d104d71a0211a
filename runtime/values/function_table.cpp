#include "runtime/values/function_table.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "runtime/values/decimal.hpp"

namespace sluice::values {
namespace {

std::vector<function> every_function() {
  std::vector<function> out;
  for (auto* const part : {text_functions, number_functions, time_functions, hash_functions,
                           contact_functions, json_functions, choice_functions})
    std::ranges::move(part(), std::back_inserter(out));
  return out;
}

/// `pad(width, character, side)`; what may be left out in brackets.
std::string signature_of(const function& f) {
  std::string out(f.name);
  const char* before = "(";
  for (const auto& p : f.parameters) {
    out.append(before).append(p.optional ? "[" : "").append(p.name).append(p.optional ? "]" : "");
    before = ", ";
  }
  if (f.repeats) out += ", …";
  return f.parameters.empty() ? out : out + ")";
}

void check_arguments(const function& f, const call& c, arguments& given) {
  const auto least = static_cast<std::size_t>(
      std::ranges::count_if(f.parameters, [](const parameter& p) { return !p.optional; }));
  const auto form = "it is " + signature_of(f);
  if (c.arguments.size() < least) return given.complain("has too few arguments", form);
  if (c.arguments.size() > f.parameters.size() && !f.repeats)
    return given.complain(f.parameters.empty() ? "takes no arguments" : "has too many arguments",
                          form);
  for (std::size_t i = 0; i < c.arguments.size(); ++i) {
    const auto& p = f.parameters[std::min(i, f.parameters.size() - 1)];
    const auto kind = c.arguments[i].kind;
    if (p.what == parameter::type::text && kind != value_kind::text)
      given.complain("takes a text as its " + std::string(p.name), form);
    if (p.what == parameter::type::number && !is_number(kind))
      given.complain("takes a number as its " + std::string(p.name), form);
  }
}

}  // namespace

std::string arguments::text(std::size_t i, std::string otherwise) const {
  return i < size() ? call_.arguments[i].bytes : std::move(otherwise);
}

std::int64_t arguments::whole(std::size_t i, std::int64_t from, std::int64_t to,
                              std::int64_t otherwise) {
  if (i >= size()) return otherwise;
  const auto& bytes = call_.arguments[i].bytes;
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), out);
  if (error == std::errc() && end == bytes.data() + bytes.size() && out >= from && out <= to)
    return out;
  complain("has the argument " + bytes,
           "a whole number from " + std::to_string(from) + " to " + std::to_string(to));
  return otherwise;
}

std::span<const function> functions() {
  static const std::vector<function> all = every_function();
  return all;
}

std::vector<std::string_view> function_names() {
  std::vector<std::string_view> out;
  for (const auto& f : functions()) out.push_back(f.name);
  return out;
}

const function* find_function(std::string_view name) {
  const auto found = std::ranges::find(functions(), name, &function::name);
  return found == functions().end() ? nullptr : &*found;
}

step bind(const call& c, std::optional<call_problem>& problem) {
  const auto* const f = find_function(c.name);
  if (f == nullptr) {
    problem =
        call_problem{"there is no function \"" + c.name + "\"", "config/reference.md lists them"};
    return {};
  }
  arguments given(c);
  check_arguments(*f, c, given);
  step out;
  if (!given.problem) out = f->bind(given);
  if (given.problem) {
    given.problem->message = "\"" + c.name + "\" " + given.problem->message;
    problem = std::move(given.problem);
  }
  return out;
}

std::optional<call_problem> problem_of(const call& c) {
  std::optional<call_problem> out;
  static_cast<void>(bind(c, out));
  return out;
}

}  // namespace sluice::values
