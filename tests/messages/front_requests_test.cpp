#include "messages/front_requests.hpp"

#include <doctest/doctest.h>
#include <caf/binary_serializer.hpp>
#include <caf/scoped_execution_unit.hpp>

#include <string>
#include <vector>

#include "messages/cluster_protocol.hpp"
#include "runtime/net/payload.hpp"
#include "tests/support/sharing_config.hpp"

using namespace sluice;

namespace {

/// CAF itself says what a message looks like.
struct wire_fixture {
  test::sharing_config config;
  caf::actor_system system{config};

  /// The payload of a frame: not forwarded, with these values.
  template <class... Ts>
  std::vector<char> payload(const Ts&... values) {
    std::vector<char> bytes;
    caf::scoped_execution_unit context{&system};
    caf::binary_serializer sink(&context, bytes);
    auto nobody = std::vector<caf::strong_actor_ptr>{};
    auto message = caf::make_message(values...);
    REQUIRE_FALSE(sink(nobody, message));
    return bytes;
  }
  template <class... Ts>
  const message_form* form_of(const Ts&... values) {
    return net::find_form(payload(values...), front_requests());
  }

  /// Calls `see` with the payload of each request of an interface, made of empty values, and then
  /// with that of each reply.
  template <class Interface, class See>
  void each_request(const See& see) {
    each(typename Interface::signatures{}, see, [](const auto&) {});
  }
  template <class Interface, class See>
  void each_message(const See& see) {
    each(typename Interface::signatures{}, see, see);
  }

 private:
  template <class... Signatures, class Ask, class Reply>
  void each(caf::detail::type_list<Signatures...>, const Ask& ask, const Reply& reply) {
    (each_part(Signatures{}, ask, reply), ...);
  }
  template <class... In, class... Out, class Ask, class Reply>
  void each_part(caf::typed_mpi<caf::detail::type_list<In...>, caf::output_tuple<Out...>>,
                 const Ask& ask, const Reply& reply) {
    // What never leaves the process cannot be written.
    if constexpr ((!caf::allowed_unsafe_message_type<In>::value && ...)) ask(payload(In{}...));
    if constexpr ((!std::is_void_v<Out> && ...)) reply(payload(Out{}...));
  }
};

}  // namespace

TEST_CASE_FIXTURE(wire_fixture,
                  "every request of the front has one of the forms that clients may send") {
  std::size_t seen = 0;
  each_request<front_actor>([&](const std::vector<char>& request) {
    ++seen;
    CAPTURE(std::string(request.begin(), request.end()));
    CHECK(net::find_form(request, front_requests()) != nullptr);
  });
  CHECK(seen == front_requests().size());
  CHECK(seen == command::all::size + 1);  // and hello
}

TEST_CASE_FIXTURE(wire_fixture, "a request has its form whatever its values are") {
  const start_options how{
      .full = true, .trigger = run_trigger::schedule, .requested_by = "me@here"};
  CHECK(form_of(command::start{"customers", how}));
  const auto with_keys = [this](std::size_t bytes) {
    start_options about;
    about.rows.keys = long_text(std::string(bytes, 'x'));
    return form_of(command::start{"customers", about});
  };
  CHECK(with_keys(longest_long_text));
  CHECK_FALSE(with_keys(longest_long_text + 1));
  CHECK(form_of(command::stop{"customers", {true, "me@here"}}));
  CHECK(form_of(command::await{"customers", "01JD", command::poll_time{60'000}}));
  CHECK(form_of(command::preview{"customers", {true, 100}}));
  CHECK(form_of(command::enable{"c"}));
  CHECK(form_of(command::status{connection_name(std::string(longest_text, 'x'))}));
  CHECK_FALSE(form_of(command::status{connection_name(std::string(longest_text + 1, 'x'))}));
}

TEST_CASE_FIXTURE(wire_fixture, "a client cannot say who waits for its command") {
  caf::scoped_actor self{system};
  const waiting somebody{caf::actor_cast<caf::strong_actor_ptr>(self)};
  CHECK_FALSE(form_of(command::start{"customers", {}}, somebody));
  CHECK_FALSE(form_of(command::start{"customers", {}}, waiting{}));
  CHECK_FALSE(form_of(command::preview{"customers", {}}, somebody));
}

TEST_CASE_FIXTURE(wire_fixture, "nothing but requests of the front has such a form") {
  const auto here = caf::strong_actor_ptr{};
  CHECK_FALSE(form_of(join_atom_v, introduction{}));
  CHECK_FALSE(form_of(command::status{"customers"}, std::string("and more")));
  CHECK_FALSE(form_of(std::string("before"), command::status{"customers"}));
  CHECK_FALSE(form_of(shutdown_atom_v, false));
  CHECK_FALSE(form_of(start_options{}));
  CHECK_FALSE(form_of(cancel_atom_v));
  CHECK_FALSE(form_of(caf::link_atom::value, here));
  CHECK_FALSE(form_of(caf::exit_msg{}));
  CHECK_FALSE(form_of(caf::down_msg{}));
  CHECK_FALSE(form_of(caf::error{caf::sec::none}));
  CHECK_FALSE(form_of(command::connections{}, caf::make_message(list_atom_v)));
  CHECK_FALSE(form_of(std::string("list")));
  CHECK_FALSE(form_of(batch{}));
  CHECK_FALSE(form_of());
}

TEST_CASE_FIXTURE(wire_fixture, "how a request is answered is known by its form") {
  CHECK(form_of(command::connections{})->answered == answer_kind::list);
  CHECK(form_of(command::nodes{})->answered == answer_kind::list);
  CHECK(form_of(command::reload{})->answered == answer_kind::list);
  CHECK(form_of(command::runs{"c", {.limit = 1}})->answered == answer_kind::list);
  CHECK(form_of(command::rejected{"c", {.limit = 1}})->answered == answer_kind::list);
  CHECK(form_of(command::preview{"c", {}})->answered == answer_kind::later);
  CHECK(form_of(command::await{"c", "01JD", command::poll_time{1}})->answered ==
        answer_kind::later);
  CHECK(form_of(command::stop{"c", {}})->answered == answer_kind::prompt);
  CHECK(form_of(command::start{"c", {}})->answered == answer_kind::prompt);
  CHECK(form_of(hello_atom_v, std::string("1"))->answered == answer_kind::prompt);
  CHECK(form_of(command::shutdown{false})->answered == answer_kind::prompt);
}

TEST_CASE_FIXTURE(wire_fixture, "whatever nodes say to each other passes between them") {
  std::size_t seen = 0;
  const auto passes = [&](const std::vector<char>& message) {
    ++seen;
    CAPTURE(std::string(message.begin(), message.end()));
    CHECK(net::nesting_of(message, false) == net::nesting::flat);
  };
  each_message<node_actor>(passes);
  each_message<cluster_actor>(passes);
  each_message<entrance_actor>(passes);
  each_message<deliveries_actor>(passes);
  each_message<delivery_actor>(passes);
  CHECK(seen > 60);
  const auto errors = payload(to_caf({errc::timed_out, "read", "crm", "no answer", "look there"}));
  CHECK(net::nesting_of(errors, false) == net::nesting::inside);
  CHECK(net::holds_only_errors(errors, false));
  CHECK(net::holds_only_errors(payload(caf::error{caf::exit_reason::kill}), false));
  CHECK(
      net::holds_only_errors(payload(caf::make_error(caf::sec::bad_function_call, "why")), false));
}
