// Linux: the kernel's messages about interfaces and addresses (rtnetlink), and the clock that goes on asleep.
#ifdef __linux__

#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <string>

#include "proxy/platform/system_hints.hpp"

namespace satchel::platform {
namespace {

std::chrono::milliseconds read_clock(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::seconds(now.tv_sec) +
                                                               std::chrono::nanoseconds(now.tv_nsec));
}

std::string bytes_of(const sockaddr* address) {
  if (address == nullptr) return {};
  if (address->sa_family == AF_INET)
    return std::string(reinterpret_cast<const char*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr), 4);
  if (address->sa_family == AF_INET6)
    return std::string(reinterpret_cast<const char*>(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr), 16);
  return {};
}

// Each interface with its state, and each address of it. (The kernel also tells when a router merely renews them.)
std::set<std::string> addresses() {
  std::set<std::string> all;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return all;
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next)
    all.insert(std::string(one->ifa_name) + ' ' + std::to_string(one->ifa_flags & (IFF_UP | IFF_RUNNING)) + ' ' +
               bytes_of(one->ifa_addr));
  ::freeifaddrs(first);
  return all;
}

class LinuxHints final : public SystemHints {
 public:
  LinuxHints() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)) {
    sockaddr_nl here{};
    here.nl_family = AF_NETLINK;
    here.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
    if (socket_ >= 0) (void)::bind(socket_, reinterpret_cast<const sockaddr*>(&here), sizeof here);
    known_ = addresses();
  }
  ~LinuxHints() override {
    if (socket_ >= 0) ::close(socket_);
  }

  bool network_changed() override {
    bool told = false;
    char buffer[8192];  // what is in them does not matter
    while (socket_ >= 0) {
      const ssize_t size = ::recv(socket_, buffer, sizeof buffer, MSG_DONTWAIT);
      const bool too_many = size < 0 && errno == ENOBUFS;  // some were lost
      if (size <= 0 && !too_many) break;
      told = true;
    }
    if (!told) return false;
    std::set<std::string> now = addresses();
    if (now == known_) return false;
    known_ = std::move(now);
    return true;
  }

  std::chrono::milliseconds asleep() override { return read_clock(CLOCK_BOOTTIME) - read_clock(CLOCK_MONOTONIC); }

 private:
  int socket_;
  std::set<std::string> known_;
};

}  // namespace

std::unique_ptr<SystemHints> make_system_hints() {
  return std::make_unique<LinuxHints>();
}

}  // namespace satchel::platform

#endif
