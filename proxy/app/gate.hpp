// What client sessions need of the rest: who may come in (server::Door, one for each connection) and
// the engines behind (server::Backfill).
#pragma once

#include "proxy/app/service.hpp"
#include "proxy/platform/peer.hpp"
#include "proxy/server/backfill.hpp"
#include "proxy/server/door.hpp"

namespace satchel::app {

// `peer`: who is at the other end. An unknown one is let in only where the settings say so.
std::shared_ptr<server::Door> make_door(store::Store& store, platform::Peer peer, UnknownPeer unknown);

// Engines are looked up at each call: accounts come and go.
std::unique_ptr<server::Backfill> make_backfill(Service& service);

}  // namespace satchel::app
