// The part of the protocol that nodes speak among each other, and the face that a cluster shows.
//
// Only nodes can send the messages of `cluster_actor`; runtime/net/frame_guard.hpp refuses those
// of others.
#pragma once

#include <caf/all.hpp>
#include <map>
#include <string>
#include <vector>

#include "messages/cluster.hpp"
#include "messages/protocol.hpp"

namespace sluice {

/// A node, and how to reach the actors that matter to other nodes.
struct introduction {
  member_facts facts;
  caf::strong_actor_ptr commands;    ///< a node_actor: for the connections of the node
  caf::strong_actor_ptr cluster;     ///< a cluster_actor
  caf::strong_actor_ptr deliveries;  ///< a deliveries_actor
};

/// Where batches are delivered.
struct delivery_place {
  caf::strong_actor_ptr deliveries;  ///< a deliveries_actor; null: that node cannot be asked
  error unavailable;                 ///< why that node cannot be asked
};

/// Where a connection is run, or why nobody can tell.
struct whereabouts {
  bool here = false;
  node_name node;
  caf::strong_actor_ptr commands;  ///< elsewhere: a node_actor
  error unavailable;               ///< code `none` unless nobody can be asked
};

/// A node that can be asked, and what it runs.
struct reachable_node {
  node_name node;
  caf::strong_actor_ptr commands;  ///< a node_actor
  std::vector<connection_name> connections;
};

/// Who can be asked about connections, and about which ones nobody can.
struct reachable_nodes {
  std::vector<reachable_node> others;
  std::map<connection_name, node_name> lost;  ///< the node that runs it
};

template <class F>
typename F::result_type inspect(F& f, member_facts& x) {
  auto started = wire::from_time(x.started_at);
  auto ends = wire::from_times(x.certificate_ends_at);
  const auto load = [&]() -> caf::error {
    x.started_at = wire::to_time(started);
    x.certificate_ends_at = wire::to_times(ends);
    return caf::none;
  };
  return f(caf::meta::type_name("sluice::member_facts"), x.info, started, x.connections, ends,
           x.draining, caf::meta::load_callback(load));
}
template <class F>
typename F::result_type inspect(F& f, introduction& x) {
  return f(caf::meta::type_name("sluice::introduction"), x.facts, x.commands, x.cluster,
           x.deliveries);
}
template <class F>
typename F::result_type inspect(F& f, node_status& x) {
  auto started = wire::from_times(x.started_at);
  auto since = wire::from_times(x.since);
  auto ends = wire::from_times(x.certificate_ends_at);
  const auto load = [&]() -> caf::error {
    x.started_at = wire::to_times(started);
    x.since = wire::to_times(since);
    x.certificate_ends_at = wire::to_times(ends);
    return caf::none;
  };
  return f(caf::meta::type_name("sluice::node_status"), x.node, x.address, x.version, x.link,
           started, since, x.connections, x.conflicts, x.problem, ends, x.ending,
           caf::meta::load_callback(load));
}
template <class F>
typename F::result_type inspect(F& f, whereabouts& x) {
  return f(caf::meta::type_name("sluice::whereabouts"), x.here, x.node, x.commands, x.unavailable);
}
template <class F>
typename F::result_type inspect(F& f, delivery_place& x) {
  return f(caf::meta::type_name("sluice::delivery_place"), x.deliveries, x.unavailable);
}
template <class F>
typename F::result_type inspect(F& f, delivery_order& x) {
  return f(caf::meta::type_name("sluice::delivery_order"), x.remote_id, x.connection, x.run, x.mode,
           x.schema, x.set_fields, x.set_packed, x.tells_answers, x.destination, x.file);
}
template <class F>
typename F::result_type inspect(F& f, rejection& x) {
  return f(x.index, x.reason, x.status, x.again, x.unproven);
}
template <class F>
typename F::result_type inspect(F& f, row_answer& x) {
  return f(x.index, x.text);
}
template <class F>
typename F::result_type inspect(F& f, batch_outcome& x) {
  std::string fates;  // a byte each
  for (const auto one : x.fates) fates += static_cast<char>(one);
  auto ask_again = wire::from_times(x.ask_again_at);
  const auto load = [&]() -> caf::error {
    x.fates.clear();
    for (const auto one : fates) x.fates.push_back(static_cast<fate>(one));
    x.ask_again_at = wire::to_times(ask_again);
    return caf::none;
  };
  return f(caf::meta::type_name("sluice::batch_outcome"), fates, x.rejections, x.failed, ask_again,
           x.remembered, x.answers, caf::meta::load_callback(load));
}
template <class F>
typename F::result_type inspect(F& f, reachable_node& x) {
  return f(x.node, x.commands, x.connections);
}
template <class F>
typename F::result_type inspect(F& f, reachable_nodes& x) {
  return f(caf::meta::type_name("sluice::reachable_nodes"), x.others, x.lost);
}

}  // namespace sluice

CAF_BEGIN_TYPE_ID_BLOCK(sluice_cluster, caf::id_block::sluice::end)
CAF_ADD_TYPE_ID(sluice_cluster, (sluice::introduction))
CAF_ADD_TYPE_ID(sluice_cluster, (sluice::whereabouts))
CAF_ADD_TYPE_ID(sluice_cluster, (sluice::reachable_nodes))
CAF_ADD_TYPE_ID(sluice_cluster, (sluice::node_status))
CAF_ADD_TYPE_ID(sluice_cluster, (std::vector<sluice::node_status>))
CAF_ADD_TYPE_ID(sluice_cluster, (std::map<sluice::connection_name, sluice::node_name>))
CAF_ADD_TYPE_ID(sluice_cluster, (sluice::delivery_order))
CAF_ADD_TYPE_ID(sluice_cluster, (sluice::delivery_place))
CAF_ADD_TYPE_ID(sluice_cluster, (sluice::batch_outcome))

CAF_ADD_ATOM(sluice_cluster, sluice, drain_atom, "drain")
CAF_ADD_ATOM(sluice_cluster, sluice, facts_atom, "facts")
CAF_ADD_ATOM(sluice_cluster, sluice, join_atom, "join")
CAF_ADD_ATOM(sluice_cluster, sluice, linked_atom, "linked")
CAF_ADD_ATOM(sluice_cluster, sluice, answered_atom, "answered")
CAF_ADD_ATOM(sluice_cluster, sluice, probe_atom, "probe")
CAF_ADD_ATOM(sluice_cluster, sluice, alive_atom, "alive")
CAF_ADD_ATOM(sluice_cluster, sluice, deliver_atom, "deliver")
CAF_END_TYPE_ID_BLOCK(sluice_cluster)

namespace sluice {

/// The FRONT interface: what shims see of a node. The front speaks for the whole cluster: a command
/// about a connection goes to the node that runs the connection.
using front_actor = command::client_interface<command::all>::extend<
    // First message of every peer, as the node takes it.
    caf::replies_to<hello_atom, std::string>::with<node_info>>;

/// The CLUSTER interface: one per node; what it knows of the other nodes.
using cluster_actor = caf::typed_actor<
    // From another node, through its entrance: who that node is; answers who this one is.
    caf::replies_to<join_atom, introduction>::with<introduction>,
    // From another node: what it runs now, and what it drains (see member_facts).
    caf::reacts_to<update_atom, node_info, std::vector<connection_name>,
                   std::vector<connection_name>>,
    // From another node: is this link alive?
    caf::replies_to<alive_atom>::with<bool>,

    // From the front: who runs this connection?
    caf::replies_to<find_atom, connection_name>::with<whereabouts>,
    // From the front: whom to ask about all connections.
    caf::replies_to<list_atom>::with<reachable_nodes>,
    // From the front: the nodes, for people.
    caf::replies_to<command::nodes>::with<std::vector<node_status>>,
    // From a remote destination: who on that node delivers?
    caf::replies_to<deliver_atom, node_name>::with<delivery_place>,
    // From the node: the connections that it runs now, and the others, each with the node that is
    // said to run it.
    caf::reacts_to<update_atom, std::vector<connection_name>, std::map<connection_name, node_name>>,
    // From the node: the connections that it drains now, which are not configured any more.
    caf::reacts_to<drain_atom, std::vector<connection_name>>,
    // From the node: it is ending.
    caf::reacts_to<shutdown_atom>,
    // From a dialler: how this node introduces itself.
    caf::replies_to<facts_atom>::with<introduction>,
    // From a dialler: the address, and the name of the node that answered there.
    caf::reacts_to<answered_atom, std::string, node_name>,
    // From a dialler: the introduction of a node that took this node's.
    caf::reacts_to<linked_atom, introduction>,
    // From a dialler: an address where no node could be reached, and why.
    caf::reacts_to<failed_atom, std::string, error>,
    // INTERNAL: a linked node introduces itself again, so the link may be dead.
    caf::reacts_to<probe_atom, node_name>>;

/// The DELIVERY interface: holds a destination for a writer of another node. Detached, since
/// destinations block. Ends with the actor that opened it.
using delivery_actor = caf::typed_actor<
    // From a remote destination, first: open the destination.
    caf::replies_to<open_atom, delivery_order>::with<bool>,
    // From the same: how the destination tells rows apart (identity_rule::text).
    caf::replies_to<keys_atom>::with<std::string>,
    // From the same: apply these deltas.
    caf::replies_to<batch>::with<batch_outcome>,
    // From the same: apply these deltas, which were refused for the sake of other rows.
    caf::replies_to<again_atom, batch>::with<batch_outcome>,
    // From the same, last: close the destination; answers its warnings, and ends.
    caf::replies_to<close_atom>::with<std::vector<std::string>>>;

/// The DELIVERIES interface: one per node; opens deliveries for other nodes.
using deliveries_actor = caf::typed_actor<
    // From a remote destination: answers a delivery_actor that has opened the destination.
    caf::replies_to<open_atom, delivery_order>::with<caf::strong_actor_ptr>,
    // From the same: the remote destination of this id wants its batch delivered no more.
    caf::reacts_to<abandon_atom, std::string>>;

/// The ENTRANCE interface: what another node, known by its certificate, sees before it is linked.
using entrance_actor =
    caf::typed_actor<caf::replies_to<hello_atom, std::string>::with<node_info>,
                     // Refused if the introduction is not that of the certificate's owner.
                     caf::replies_to<join_atom, introduction>::with<introduction>>;

/// The DIALLER interface: one for each peer; keeps this node linked with the peer. Detached, since
/// connecting blocks.
using dialler_actor = caf::typed_actor<
    // INTERNAL: make a link unless there is one.
    caf::reacts_to<next_atom>>;

}  // namespace sluice
