// The commands as messages of CAF: their types on the wire, and the interfaces that take them.
#pragma once

#include <caf/all.hpp>
#include <tuple>

#include "messages/commands.hpp"

namespace sluice {

/// Who waits for what a command begins; the work is given up when that actor or its node goes.
/// Nobody: the work goes on until it is done. The front says who; a client cannot.
struct waiting {
  caf::strong_actor_ptr by;
};

template <class F>
typename F::result_type inspect(F& f, waiting& x) {
  return f(caf::meta::type_name("sluice::waiting"), x.by);
}

}  // namespace sluice

namespace sluice::command {

template <class F, known C>
typename F::result_type inspect(F& f, C& x) {
  return std::apply(
      [&](auto&... members) { return f(caf::meta::type_name(type_name_of<C>.data()), members...); },
      x.members());
}

namespace detail {

template <std::size_t, class Pack>
struct element;
template <std::size_t N, class C, class... Commands>
struct element<N, pack<C, Commands...>> : element<N - 1, pack<Commands...>> {};
template <class C, class... Commands>
struct element<0, pack<C, Commands...>> {
  using type = C;
};
template <class C, class... Commands>
constexpr std::size_t index_in(pack<Commands...>) {
  std::size_t n = 0;
  (void)((std::is_same_v<C, Commands> || (++n, false)) || ...);
  return n;
}

/// As the front takes a command, and as the actors behind the front do.
template <class C>
using from_client = typename caf::replies_to<C>::template with<typename C::answer>;
template <class C>
using from_front =
    std::conditional_t<C::facts.waited_for,
                       typename caf::replies_to<C, waiting>::template with<typename C::answer>,
                       from_client<C>>;

template <class... Commands>
caf::typed_actor<from_client<Commands>...> for_clients(pack<Commands...>);
template <class... Commands>
caf::typed_actor<from_front<Commands>...> behind_front(pack<Commands...>);

}  // namespace detail

/// An actor that takes the commands of a pack from clients.
template <class Pack>
using client_interface = decltype(detail::for_clients(Pack{}));
/// An actor that gets the commands from a front: with who waits, where somebody may.
template <class Pack>
using inner_interface = decltype(detail::behind_front(Pack{}));

/// The handler of C behind a front: `f` with the command, and with who waits, where somebody may.
template <known C, class F>
auto handler(F f) {
  if constexpr (C::facts.waited_for)
    return [f](const C& c, const waiting& who) { return f(c, who); };
  else
    return [f](const C& c) { return f(c); };
}

}  // namespace sluice::command

// The rows of all commands in CAF's registry of types.
namespace caf::id_block {
struct sluice_commands {
  static constexpr type_id_t begin = first_custom_type_id;
  static constexpr type_id_t end = begin + sluice::command::all::size;
};
template <type_id_t Id>
concept of_command = Id >= sluice_commands::begin&& Id < sluice_commands::end;
}  // namespace caf::id_block
namespace caf {
template <sluice::command::known C>
struct type_id<C> {
  static constexpr type_id_t value =
      id_block::sluice_commands::begin +
      static_cast<type_id_t>(sluice::command::detail::index_in<C>(sluice::command::all{}));
};
template <sluice::command::known C>
struct type_name<C> {
  static constexpr const char* value = sluice::command::type_name_of<C>.data();
};
template <type_id_t Id>
requires id_block::of_command<Id>
struct type_by_id<Id> : sluice::command::detail::element<Id - id_block::sluice_commands::begin,
                                                         sluice::command::all> {
};
template <type_id_t Id>
requires id_block::of_command<Id>
struct type_name_by_id<Id> : type_name<typename type_by_id<Id>::type> {
};
}  // namespace caf
