// Connectors for accounts, over sockets and TLS.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "proxy/account/engine.hpp"

namespace satchel::app {

account::MakeConnector make_connectors(boost::asio::any_io_executor executor);

}  // namespace satchel::app
