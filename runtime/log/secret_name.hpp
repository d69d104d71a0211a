// Which settings hold secrets, by their names: the one list of the whole program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::log {

/// A name in the form for comparing names: letters and digits only, lower case.
std::string plain_name(std::string_view name);

/// True for names such as Password, AccessToken, Authorization or X-Api-Key, and for texts that
/// hold one.
bool names_a_secret(std::string_view name);

/// The same for a setting in the query of an address, where `key`, `sig` and `code` count, too:
/// elsewhere these words are too common.
bool names_a_secret_of_query(std::string_view name);

/// True for values such as `orders`, `eu-west-1` or `Acme`: short, and made of words and small
/// numbers. Masking such a value would make texts unreadable and protect little: secrets look
/// different.
bool is_like_a_word(std::string_view value);

struct setting {
  std::string_view name;
  std::string_view value;
};

/// The secret parts of a setting's value: all of it if the name is that of a secret; else the
/// password of an address (`http://user:password@host`), and the values of settings within
/// it that are secrets by their names (psqlodbc's `pqopt={sslpassword=…}`,
/// `md:shop?motherduck_token=…`). Views into the value, none of them empty.
std::vector<std::string_view> secret_parts(const setting& said);

/// The steps of a path that look like secrets (long, and unlike words), such as those of Slack's
/// webhooks. Views into `path`.
std::vector<std::string_view> secret_steps(std::string_view path);

/// The path of an address, or of the end of one, from the server up to the query: `/services/T0/x`.
/// A view into `address`.
std::string_view path_of_address(std::string_view address);

/// `user:password` of an address, without the @; empty where it has none. A view into `value`.
std::string_view user_of_address(std::string_view value);

}  // namespace sluice::log
