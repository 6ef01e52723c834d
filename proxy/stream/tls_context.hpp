// What tls.hpp hides; for socket_stream.cpp and tls*.cpp only.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include "proxy/stream/tls.hpp"

namespace satchel::stream {

class TlsContext {
 public:
  explicit TlsContext(boost::asio::ssl::context::method method) : ssl(method) {}
  boost::asio::ssl::context ssl;
};

}  // namespace satchel::stream
