#include "runtime/credentials/authorization.hpp"

#include <doctest/doctest.h>

#include "messages/error.hpp"
#include "runtime/credentials/pkce.hpp"

using namespace sluice;
using namespace sluice::credentials;

namespace {

config::oauth2_credential app() {
  config::oauth2_credential out;
  out.grant = config::oauth2_credential::grant_type::refresh_token;
  out.client_id = "app 1";
  out.scope = "crm offline_access";
  out.authorize_url = "https://login.example.com/authorize?tenant=7";
  return out;
}

std::string cause_of(const std::string& came_back, const authorization& begun) {
  try {
    return "code: " + code_in(came_back, begun);
  } catch (const failure& f) {
    return f.info().cause;
  }
}

}  // namespace

TEST_CASE("the browser is sent with the app, what it may do, a state and a challenge") {
  const auto begun = begin_authorization(app(), "http://127.0.0.1:8765/callback");
  CHECK(begun.url ==
        "https://login.example.com/authorize?tenant=7&response_type=code&client_id=app%201&"
        "redirect_uri=http%3A%2F%2F127.0.0.1%3A8765%2Fcallback&state=" +
            begun.state + "&code_challenge=" + code_challenge(begun.verifier) +
            "&code_challenge_method=S256&scope=crm%20offline_access");
  const auto another = begin_authorization(app(), "http://127.0.0.1:8765/callback");
  CHECK(another.state != begun.state);
  CHECK(another.verifier != begun.verifier);
}

TEST_CASE("a code counts only with the state that was sent") {
  const auto begun = begin_authorization(app(), "http://127.0.0.1:1/");
  CHECK(cause_of("http://127.0.0.1:1/?code=a%2Fb+c&state=" + begun.state, begun) == "code: a/b c");
  CHECK(cause_of("/callback?state=" + begun.state + "&code=x#y", begun) == "code: x");
  const auto* const foreign = "the address does not belong to this authorisation";
  CHECK(cause_of("/?code=x&state=other", begun) == foreign);
  CHECK(cause_of("/?code=x", begun) == foreign);
  CHECK(cause_of("", begun) == foreign);
  CHECK(cause_of("/?state=" + begun.state, begun) == "the address has no code");
}

TEST_CASE("a refusal is told in the server's words") {
  const auto begun = begin_authorization(app(), "http://127.0.0.1:1/");
  CHECK(cause_of("/?error=access_denied&error_description=not+today&state=" + begun.state, begun) ==
        "access_denied: not today");
}

TEST_CASE("an app without an authorize_url cannot be authorised") {
  auto without = app();
  without.authorize_url.clear();
  CHECK_THROWS_AS(static_cast<void>(begin_authorization(without, "http://127.0.0.1:1/")), failure);
}
