#include "runtime/http/reference_value.hpp"

#include <algorithm>
#include <utility>

#include "messages/error.hpp"
#include "messages/expect.hpp"
#include "runtime/log/redactor.hpp"
#include "runtime/log/secret_name.hpp"

namespace sluice::http {
namespace {

using kind = reference_place::kind;

bool is_control(unsigned char c) { return c < ' ' || c == 0x7f; }

bool names_a_secret(const reference_place& at) {
  return at.in == kind::query ? log::names_a_secret_of_query(at.name)
                              : log::names_a_secret(at.name);
}

/// Whether the place is one of server or path in an address; of these, messages show the server.
bool leads(const reference_place& at) { return at.in == kind::server || at.in == kind::path; }

void keep_if_secret(const config::text_piece& piece, const std::string& value,
                    const reference_place& at) {
  auto& known = log::secrets();
  const bool named = names_a_secret(at) || log::names_a_secret(piece.text);
  if (named || (!leads(at) && !log::is_like_a_word(value))) return known.add(value);
  if (!leads(at)) return;
  const std::string_view path = at.in == kind::path ? value : log::path_of_address(value);
  for (const auto step : log::secret_steps(path)) known.add(step);
}

std::string in_words(const reference_place& at) {
  switch (at.in) {
    case kind::header:
      return "the header " + std::string(at.name);
    case kind::server:
    case kind::path:
    case kind::query:
      return "a url";
    case kind::credential:
      return "basic_auth." + std::string(at.name);
    case kind::json:
      break;
  }
  return "the member \"" + std::string(at.name) + "\"";
}

/// Where the value comes from, for the beginning of a sentence.
std::string_view source_of(const config::text_piece& piece) {
  switch (piece.what) {
    case config::text_piece::kind::literal:
      break;
    case config::text_piece::kind::env:
      return "the environment variable ";
    case config::text_piece::kind::file:
      return "the file ";
    case config::text_piece::kind::exec:
      return "what the program prints ";
  }
  return "the text ";
}

void check(const config::text_piece& piece, const std::string& value, const reference_place& at) {
  const auto refuse = [&](const std::string& what, std::string hint) {
    throw failure(errc::invalid_config, "resolve reference", config::to_text(piece),
                  std::string(source_of(piece)) + what + ", and stands in " + in_words(at),
                  std::move(hint));
  };
  const bool blank = value.find_first_not_of(" \t\r\n\v\f") == std::string::npos;
  const bool secret = !leads(at) && (at.in != kind::json || names_a_secret(at));
  if (blank && secret)
    refuse(value.empty() ? "is empty" : "holds nothing but blanks",
           "set it to the value that is meant");
  const bool ends_in_control =
      !value.empty() && (is_control(static_cast<unsigned char>(value.front())) ||
                         is_control(static_cast<unsigned char>(value.back())));
  // JSON can hold a text of several lines, such as a key.
  if (at.in == kind::json ? secret && ends_in_control : std::ranges::any_of(value, is_control))
    refuse("holds a line break or another control character",
           "remove it: the end of a line often comes with a value that is copied");
  if ((leads(at) || at.in == kind::query) && value.find(' ') != std::string::npos)
    refuse("holds a blank", "write %20 for a space in a url");
}

}  // namespace

std::string reference_value(const config::text_piece& piece, const reference_place& at,
                            const std::filesystem::path& base) {
  expect(piece.what != config::text_piece::kind::literal, "resolve reference", "a reference");
  auto value = config::value_of(piece, base);
  check(piece, value, at);
  keep_if_secret(piece, value, at);
  return value;
}

config::http_config::credentials resolved(const config::http_config::credentials& written,
                                          const std::filesystem::path& base) {
  const auto expanded = [&](const std::string& text, std::string_view name) {
    std::string out;
    for (const auto& piece : config::parse_references(text).pieces)
      out += piece.what == config::text_piece::kind::literal
                 ? piece.text
                 : reference_value(piece, {kind::credential, name}, base);
    return out;
  };
  config::http_config::credentials out{expanded(written.user, "user"),
                                       expanded(written.password, "password")};
  log::secrets().add(out.password);
  log::secrets().add(out.user + ":" + out.password);
  if (out.password.empty() || !log::is_like_a_word(out.user)) log::secrets().add(out.user);
  return out;
}

}  // namespace sluice::http
