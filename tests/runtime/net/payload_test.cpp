#include "runtime/net/payload.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/runtime/net/frames.hpp"

using namespace sluice;
using namespace sluice::net;
using test::identity;
using test::message;

namespace {

constexpr std::uint64_t list = 0x0123456789ABCDEF;

/// `@atom` and a number; `@atom`, a text and a number.
const std::vector<message_form> atom_forms{
    {"@<>+@atom", {{value_form::kind::atom, 0, list}}},
    {"@<>+@atom+@str+@u32",
     {{value_form::kind::atom, 0, list}, {value_form::kind::text}, {value_form::kind::number, 4}}}};

std::string number(std::uint64_t n, unsigned bytes) {
  std::string out;
  for (unsigned i = bytes; i-- > 0;) out += static_cast<char>(n >> (8 * i));
  return out;
}
std::string length(std::uint64_t n) {
  std::string out;
  for (; n > 0x7F; n >>= 7) out += static_cast<char>((n & 0x7F) | 0x80);
  return out + static_cast<char>(n);
}
std::string text(const std::string& t) { return length(t.size()) + t; }

const message_form* form_of(const std::string& payload) { return find_form(payload, atom_forms); }
nesting nesting_of(const std::string& payload) { return net::nesting_of(payload, false); }

/// A message, held by an error, held by a message, ... as many times.
std::string nested(const std::string& type, const std::string& before, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += message("@<>+" + type).substr(i == 0 ? 0 : 1) + before;
  return all + message("@<>").substr(1);
}
const std::string code_and_category = std::string(9, '\1');

}  // namespace

TEST_CASE("a request has exactly one of the forms that there are") {
  CHECK(form_of(message("@<>+@atom", number(list, 8))) == &atom_forms[0]);
  CHECK(form_of(message("@<>+@atom+@str+@u32", number(list, 8) + text("crm") + number(5, 4))) ==
        &atom_forms[1]);

  CHECK_FALSE(form_of(message("@<>+@atom", number(list + 1, 8))));
  CHECK_FALSE(form_of(message("@<>+@atom", number(list, 8) + "x")));
  CHECK_FALSE(form_of(message("@<>+@atom", number(list, 7))));
  CHECK_FALSE(form_of(message("@<>+@str", text("crm"))));
  CHECK_FALSE(form_of(message("@<>+@message", message("@<>"))));
  CHECK_FALSE(form_of(message("@<>")));
  CHECK_FALSE(form_of(""));
}

TEST_CASE("no length in a request is believed") {
  const auto with_text = [](const std::string& t) {
    return form_of(message("@<>+@atom+@str+@u32", number(list, 8) + t + number(5, 4))) != nullptr;
  };
  CHECK(with_text(text(std::string(longest_text, 'x'))));
  CHECK_FALSE(with_text(text(std::string(longest_text + 1, 'x'))));
  CHECK_FALSE(with_text(length(0x7FFFFFFF)));
  CHECK_FALSE(with_text(length(0xFFFFFFFFFFFFFFFF)));
  CHECK_FALSE(with_text(std::string(20, '\x80')));
  // As long as the text is, but written longer than CAF would.
  CHECK_FALSE(with_text("\x83" + std::string(1, '\0') + "crm"));
}

TEST_CASE("a request that is to be forwarded is none") {
  auto forwarded = message("@<>+@atom", number(list, 8));
  forwarded[0] = '\1';
  CHECK_FALSE(form_of(forwarded));
}

TEST_CASE("whatever a request is cut to is no request") {
  const auto whole = message("@<>+@atom+@str+@u32", number(list, 8) + text("crm") + number(5, 4));
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_FALSE(form_of(whole.substr(0, size)));
}

TEST_CASE("a handshake says an identity and nothing else") {
  CHECK(is_identity(identity()));
  CHECK_FALSE(is_identity(identity() + "x"));
  CHECK_FALSE(is_identity(identity().substr(1)));
  CHECK_FALSE(is_identity(std::string(32, 'x')));
  CHECK_FALSE(is_identity(number(0xF, 8)));  // nobody
  CHECK(is_monitoring(identity() + identity('j')));
  CHECK_FALSE(is_monitoring(identity()));
}

TEST_CASE("an actor's end may be told by an error of Sluice's, and nothing may be nested in it") {
  const auto told = [](const std::string& why) {
    return is_ending(identity() + identity('j') + code_and_category + why);
  };
  const auto context = [](const std::string& types, const std::string& values = "") {
    return message(types, values).substr(1);
  };
  CHECK(told(context("@<>")));
  CHECK(told(context("@<>+@str", text("because"))));
  CHECK(told(context("@<>+sluice::error",
                     "\1" + text("read") + text("crm") + text("gone") + text("ask again"))));
  CHECK_FALSE(told(context("@<>+sluice::error", "\1" + text("read"))));
  CHECK_FALSE(told(context("@<>+@message", context("@<>"))));
  CHECK_FALSE(told(context("@<>+@error", code_and_category + context("@<>"))));
  CHECK_FALSE(told(context("@<>+@str", length(0x7FFFFFFF))));
}

TEST_CASE("between nodes only an error may hold a message, and only an error of Sluice's") {
  CHECK(nesting_of(message("@<>+sluice::batch", "...")) == nesting::flat);
  CHECK(nesting_of(message("@<>+@atom+@str+std::vector<sluice::run_record>")) == nesting::flat);
  CHECK(nesting_of(message("@<>")) == nesting::flat);
  CHECK(nesting_of(message("@<>+@error")) == nesting::inside);
  CHECK(nesting_of(message("@<>+@exit")) == nesting::inside);
  for (const auto* const types :
       {"@<>+@message", "@<>+@str+@message", "@<>+@error+@error", "@<>+@str+@error",
        "@<>+@config_value", "@<>+dictionary<@config_value>", "@<>+@open_stream_msg",
        "@<>+std::vector<std::pair<@str,@message>>", "@<>+@group", "@<>+", "@<>@str", "", "@str"}) {
    CAPTURE(types);
    CHECK(nesting_of(message(types)) == nesting::unfit);
  }
  CHECK(nesting_of("") == nesting::unfit);

  const auto sluices = message("@<>+@error", code_and_category) +
                       message("@<>+sluice::error").substr(1) + "\1" + text("a") + text("b") +
                       text("c") + text("d");
  CHECK(holds_only_errors(sluices, false));
  CHECK_FALSE(holds_only_errors(sluices + "x", false));
  CHECK(holds_only_errors(nested("@error", code_and_category, 1), false));
  CHECK_FALSE(holds_only_errors(nested("@error", code_and_category, 2), false));
  CHECK_FALSE(holds_only_errors(nested("@error", code_and_category, 60'000), false));
  CHECK(holds_only_errors(message("@<>+@exit", number(7, 8) + identity() + code_and_category) +
                              message("@<>").substr(1),
                          false));
}

TEST_CASE("a routed message is looked at behind its two identities") {
  const auto routed = identity() + identity('j') + message("@<>+@error", code_and_category) +
                      message("@<>").substr(1);
  CHECK(net::nesting_of(routed, true) == nesting::inside);
  CHECK(holds_only_errors(routed, true));
  CHECK(net::nesting_of(identity() + identity('j') + message("@<>+@message"), true) ==
        nesting::unfit);
}
