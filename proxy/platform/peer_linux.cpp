// Linux: asks the kernel (sock_diag over netlink) for the owner of the socket at the other end.
#ifdef __linux__

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstring>

#include "proxy/platform/peer.hpp"

namespace satchel::platform {
namespace {

constexpr timeval answer_limit{1, 0};

class LinuxPeerCheck final : public PeerCheck {
 public:
  LinuxPeerCheck() : socket_(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)) {
    if (socket_ >= 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &answer_limit, sizeof answer_limit);
  }
  ~LinuxPeerCheck() override {
    if (socket_ >= 0) ::close(socket_);
  }

  Peer check(const Endpoint& ours, const Endpoint& theirs) override {
    if (socket_ < 0 || ours.address.size() != theirs.address.size()) return Peer::unknown;
    if (!ask(theirs, ours)) return Peer::unknown;
    return answer();
  }

 private:
  // Seen from the peer, its own end is the source.
  bool ask(const Endpoint& source, const Endpoint& destination) {
    struct {
      nlmsghdr header;
      inet_diag_req_v2 request;
    } message{};
    message.header.nlmsg_len = sizeof message;
    message.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    message.header.nlmsg_flags = NLM_F_REQUEST;
    message.header.nlmsg_seq = ++sequence_;
    message.request.sdiag_family = source.address.size() == 4 ? AF_INET : AF_INET6;
    message.request.sdiag_protocol = IPPROTO_TCP;
    message.request.idiag_states = ~0u;
    message.request.id.idiag_sport = htons(source.port);
    message.request.id.idiag_dport = htons(destination.port);
    std::memcpy(message.request.id.idiag_src, source.address.data(), source.address.size());
    std::memcpy(message.request.id.idiag_dst, destination.address.data(), destination.address.size());
    message.request.id.idiag_cookie[0] = message.request.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    return ::sendto(socket_, &message, sizeof message, 0, reinterpret_cast<sockaddr*>(&kernel), sizeof kernel) ==
           ssize_t(sizeof message);
  }

  Peer answer() {
    alignas(nlmsghdr) char buffer[4096];
    while (true) {
      const ssize_t size = ::recv(socket_, buffer, sizeof buffer, 0);
      if (size < ssize_t(sizeof(nlmsghdr))) return Peer::unknown;
      const auto* header = reinterpret_cast<const nlmsghdr*>(buffer);
      if (header->nlmsg_seq != sequence_) continue;  // an answer to an earlier question that came too late
      if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY || header->nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg)))
        return Peer::unknown;
      const auto* found = static_cast<const inet_diag_msg*>(NLMSG_DATA(header));
      return found->idiag_uid == ::geteuid() ? Peer::same_user : Peer::other_user;
    }
  }

  int socket_;
  std::uint32_t sequence_ = 0;
};

}  // namespace

std::unique_ptr<PeerCheck> make_peer_check() {
  return std::make_unique<LinuxPeerCheck>();
}

}  // namespace satchel::platform

#endif
