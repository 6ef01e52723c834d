// A TCP socket as a Stream, plain or TLS. The event loop's thread. For listeners and connectors
// only: what talks includes stream.hpp.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "proxy/stream/stream.hpp"
#include "proxy/stream/tls.hpp"

namespace satchel::stream {

enum class Role : std::uint8_t { client, server };

// `host`: the name that the certificate must carry (client). `tls` may be null where TLS is never
// started: start_tls() is refused then.
StreamPtr make_socket_stream(boost::asio::ip::tcp::socket socket, Role role, TlsContextPtr tls, std::string host);

// What a failed handshake means: certificate, captive_portal (other bytes than TLS), no_network.
ConnectFailure handshake_failure(const Error& error);

}  // namespace satchel::stream
