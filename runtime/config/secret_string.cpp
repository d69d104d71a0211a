#include "runtime/config/secret_string.hpp"

#include <algorithm>

#include "messages/error.hpp"
#include "runtime/config/odbc_attributes.hpp"
#include "runtime/config/references.hpp"
#include "runtime/config/secret_names.hpp"
#include "runtime/log/redactor.hpp"

namespace sluice::config {
namespace {

/// Bytes that ODBC takes.
constexpr std::size_t longest = 32'767;
constexpr auto too_long = "the connection string has more than 32,767 bytes";

bool only_references(const std::string& value) {
  const auto parsed = parse_references(value);
  return parsed.malformed.empty() && !parsed.pieces.empty() &&
         std::ranges::all_of(parsed.pieces,
                             [](const auto& x) { return x.what != text_piece::kind::literal; });
}

[[noreturn]] void refuse(std::string cause) {
  throw failure(errc::invalid_config, "read ODBC connection string", "", std::move(cause),
                "it is a list of name=value parts separated by ;");
}

std::string resolved(const odbc_attribute& x, const std::filesystem::path& base) {
  if (x.name.empty()) return expand(x.written, base);
  if (x.written.find("${") == std::string::npos) return x.written;  // nothing to do: keep it exact
  const auto value = expand(x.value, base);
  return x.name + "=" + (x.braced ? quoted(value) : quoted_if_needed(value));
}

/// For the SQLite driver, a relative path would start at the node's working directory.
void anchor_sqlite_database(std::vector<odbc_attribute>& attributes,
                            const std::filesystem::path& base) {
  const bool sqlite = std::ranges::any_of(attributes, [](const auto& x) {
    return plain_name(x.name) == "driver" &&
           plain_name(x.value).find("sqlite") != std::string::npos;
  });
  if (!sqlite || base.empty()) return;
  for (auto& x : attributes) {
    const bool file = plain_name(x.name) == "database" && !x.value.empty() && !x.braced &&
                      !x.value.starts_with(':') && !x.value.starts_with("file:");
    if (!file || std::filesystem::path(x.value).is_absolute()) continue;
    x.value = (base / x.value).lexically_normal().string();
    x.written = x.name + "=" + x.value;  // never in braces: this driver takes them literally
  }
}

}  // namespace

std::string secret_string::shown() const {
  auto parsed = parse_odbc(written_, reference_syntax::on);
  if (!parsed.malformed.empty()) return "***";  // no telling where in it a password stands
  for (auto& x : parsed.all) {
    if (is_secret(x) && !only_references(x.value)) x.written = x.name + "=***";
  }
  return join(parsed.all);
}

std::string secret_string::resolve() const {
  auto parsed = parse_odbc(written_, reference_syntax::on);
  if (!parsed.malformed.empty()) refuse(parsed.malformed);
  for (auto& x : parsed.all) x.written = resolved(x, base_);
  auto text = join(parsed.all);

  // Parsed again, since references to whole attributes have become attributes.
  auto final = parse_odbc(text, reference_syntax::off);
  if (!final.malformed.empty()) refuse(final.malformed);
  for (const auto& x : final.all) {
    for (const auto part : log::secret_parts({.name = x.name, .value = x.value}))
      log::secrets().add(part);
  }
  anchor_sqlite_database(final.all, base_);
  text = join(final.all);
  if (text.size() > longest) refuse(too_long);
  return text;
}

std::vector<std::string> secret_string::unresolved() const {
  return config::unresolved(written_, base_);
}

std::string secret_string::malformed() const {
  if (written_.size() > longest) return too_long;
  if (const auto parsed = parse_references(written_); !parsed.malformed.empty())
    return parsed.malformed;
  return parse_odbc(written_, reference_syntax::on).malformed;
}

}  // namespace sluice::config
