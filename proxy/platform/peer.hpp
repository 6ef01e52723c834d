// Who is at the other end of a loopback connection (design section 9). One implementation for each
// operating system, in a file whose name says so; what the answer means is decided by the caller.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace satchel::platform {

enum class Peer : std::uint8_t { same_user, other_user, unknown };

// An address as bytes in network order: 4 (IPv4) or 16 (IPv6), and a port.
struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
};

class PeerCheck {
 public:
  virtual ~PeerCheck() = default;
  // `ours` and `theirs` as this process sees them on an accepted connection. Takes microseconds.
  virtual Peer check(const Endpoint& ours, const Endpoint& theirs) = 0;
};

std::unique_ptr<PeerCheck> make_peer_check();

// The same answer always; for tests and for "door.unknown_peer".
std::unique_ptr<PeerCheck> make_fixed_peer_check(Peer answer);

}  // namespace satchel::platform
