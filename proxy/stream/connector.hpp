// Connects to an upstream host: names resolved, addresses tried in turn, implicit TLS finished.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>

#include "proxy/stream/stream.hpp"
#include "proxy/stream/tls.hpp"

namespace satchel::stream {

struct Target {
  std::string host;
  std::uint16_t port = 993;
  bool implicit_tls = true;
  TlsContextPtr tls;  // for STARTTLS as well
};

std::unique_ptr<Connector> make_connector(boost::asio::any_io_executor executor, Target target);

}  // namespace satchel::stream
