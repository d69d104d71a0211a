#include "runtime/config/secret_names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "runtime/config/references.hpp"
#include "runtime/log/redactor.hpp"

namespace sluice::config {
namespace {

/// Whether the literal is no secret but the scheme in front of a header's credentials.
bool is_scheme(const std::string& literal) {
  return literal.ends_with(' ') && literal.size() <= 20 &&
         std::ranges::all_of(
             literal, [](unsigned char c) { return std::isalpha(c) != 0 || c == '-' || c == ' '; });
}

/// The first of `characters` outside of references, from `at` on; the text's end if there is none.
std::size_t find_literal(std::string_view text, std::string_view characters, std::size_t at) {
  while (at < text.size()) {
    const auto end = end_of_reference(text, at);
    if (end == at && characters.find(text[at]) != std::string_view::npos) return at;
    at = std::max(end, at + 1);
  }
  return text.size();
}

/// `Bearer x` without the scheme; a phrase of words has none.
std::string without_scheme(const std::string& literal) {
  const auto blank = literal.find(' ');
  if (blank == std::string::npos || literal.find(' ', blank + 1) != std::string::npos)
    return literal;
  return is_scheme(literal.substr(0, blank + 1)) ? literal.substr(blank + 1) : literal;
}

bool names_a_scheme(std::string_view literal) {
  static constexpr std::array<std::string_view, 6> schemes{"bearer", "basic", "digest",
                                                           "token",  "oauth", "jwt"};
  return std::ranges::find(schemes, plain_name(literal)) != schemes.end();
}

/// The texts around the {{…}} of a template.
std::vector<std::string> without_templates(const std::string& literal) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= literal.size();) {
    const auto open = std::min(literal.find("{{", at), literal.size());
    out.push_back(literal.substr(at, open - at));
    const auto close = literal.find("}}", open);
    at = close == std::string::npos ? literal.size() + 1 : close + 2;
  }
  return out;
}

/// A setting in the query of an address: `name=value`. Views into the address.
struct url_setting {
  std::string_view name;
  std::string_view value;
  bool has_value;
};

/// The settings in the query of an address, in order. `references`: whether `${…}` is taken as a
/// whole.
std::vector<url_setting> settings_of(std::string_view url, reference_syntax references) {
  const auto find = [&](std::string_view sign, std::size_t at) {
    return references == reference_syntax::on ? find_literal(url, sign, at)
                                              : std::min(url.find(sign, at), url.size());
  };
  std::vector<url_setting> out;
  for (auto at = find("?", 0); at < url.size();) {
    const auto next = find("&", at + 1);
    const auto setting = url.substr(at + 1, next - at - 1);
    const auto equals = std::min(setting.find('='), setting.size());
    out.push_back({setting.substr(0, equals), setting.substr(std::min(equals + 1, setting.size())),
                   equals < setting.size()});
    at = next;
  }
  return out;
}

/// A path with its secrets masked (log::secret_steps). References stay.
std::string shown_path(const std::string& path) {
  std::string out;
  for (const auto& piece : parse_references(path).pieces) {
    auto text = to_text(piece);
    if (piece.what == text_piece::kind::literal) {
      for (const auto step : log::secret_steps(piece.text))
        text.replace(text.find(step), step.size(), "***");
    }
    out += text;
  }
  return out;
}

}  // namespace

void keep_secret(const std::string& written) {
  const auto parsed = parse_references(written);
  for (const auto& piece : parsed.pieces) {
    if (piece.what != text_piece::kind::literal) continue;
    for (const auto& part : without_templates(piece.text)) {
      const auto literal = without_scheme(part);
      // A text beside a reference or a template may be only a prefix.
      const bool alone = part.size() == written.size();
      const bool masked_already = literal.find("***") != std::string::npos;
      if (masked_already || names_a_scheme(literal) || is_scheme(literal)) continue;
      if (alone || !log::is_like_a_word(literal)) log::secrets().add(literal);
    }
  }
}

void keep_secrets_of_url(const std::string& url) {
  for (const auto& setting : settings_of(url, reference_syntax::on))
    if (log::names_a_secret_of_query(setting.name)) keep_secret(std::string(setting.value));
}

void keep_secrets_of_address(std::string_view resolved) {
  auto& known = log::secrets();
  const auto user = log::user_of_address(resolved);
  if (!log::is_like_a_word(user)) known.add(user);
  if (const auto colon = user.find(':'); colon != std::string_view::npos) {
    known.add(user);
    known.add(user.substr(colon + 1));
  }
  const auto path = log::path_of_address(resolved);
  const auto steps = log::secret_steps(path);
  for (const auto step : steps) known.add(step);
  if (!steps.empty()) known.add(path);
  for (const auto& setting : settings_of(resolved, reference_syntax::off))
    if (log::names_a_secret_of_query(setting.name) || !log::is_like_a_word(setting.value))
      known.add(setting.value);
}

std::string shown_secret(const std::string& written) {
  const auto parsed = parse_references(written);
  const bool safe =
      parsed.has_references() && std::ranges::all_of(parsed.pieces, [](const auto& p) {
        return p.what != text_piece::kind::literal || is_scheme(p.text);
      });
  return safe ? written : "***";
}

std::string shown_url(const std::string& url, masked_settings masked) {
  const auto scheme = url.find("://");
  const auto server = scheme == std::string::npos ? 0 : scheme + 3;
  const auto server_end = find_literal(url, "/?#", server);
  auto user_end = server_end;  // the last @: a password may hold another
  for (auto at = server; (at = find_literal(url, "@", at)) < server_end; ++at) user_end = at;
  const auto query = find_literal(url, "?", 0);
  const auto path = url.substr(server_end, query - std::min(query, server_end));
  std::string settings;
  for (const auto& setting : settings_of(url, reference_syntax::on)) {
    settings += settings.empty() ? '?' : '&';
    settings += setting.name;
    if (!setting.has_value) continue;
    const bool secret = masked == masked_settings::all || names_a_secret(setting.name);
    const std::string value(setting.value);
    settings += "=" + (secret ? shown_secret(value) : value);
  }
  auto out = url.substr(0, server);
  if (user_end < server_end) {
    out += shown_secret(url.substr(server, user_end - server));
    out += url.substr(user_end, server_end - user_end);
  } else {
    out += url.substr(server, server_end - server);
  }
  return out + (masked == masked_settings::all ? shown_path(path) : path) + settings;
}

}  // namespace sluice::config
