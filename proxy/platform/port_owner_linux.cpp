// Linux: the listening socket's inode in /proc/net, then the process that has it open.
#ifdef __linux__

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "proxy/platform/port_owner.hpp"

namespace satchel::platform {
namespace {

namespace fs = std::filesystem;
constexpr const char* listening = "0A";  // state TCP_LISTEN in /proc/net/tcp

// Fields of a line: number, local address:port, remote, state, queues, timer, retransmits, uid, timeout, inode.
std::string inode_of(const char* table, std::uint16_t port) {
  std::ifstream lines(table);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::vector<std::string> field;
    for (std::string word; fields >> word;) field.push_back(word);
    if (field.size() < 10 || field[3] != listening) continue;
    const std::string& local = field[1];
    const std::size_t colon = local.rfind(':');
    if (colon != std::string::npos && std::stoul(local.substr(colon + 1), nullptr, 16) == port) return field[9];
  }
  return {};
}

bool holds(const fs::path& process, const std::string& link) {
  std::error_code error;
  for (const auto& descriptor : fs::directory_iterator(process / "fd", error)) {
    std::error_code ignored;
    if (fs::read_symlink(descriptor.path(), ignored) == link) return true;
  }
  return false;
}

}  // namespace

std::string port_owner(std::uint16_t port) {
  std::string inode = inode_of("/proc/net/tcp", port);
  if (inode.empty()) inode = inode_of("/proc/net/tcp6", port);
  if (inode.empty()) return {};
  const std::string link = "socket:[" + inode + "]";
  std::error_code error;
  for (const auto& process : fs::directory_iterator("/proc", error)) {
    const std::string pid = process.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos || !holds(process.path(), link)) continue;
    std::ifstream name_file(process.path() / "comm");
    std::string name;
    std::getline(name_file, name);
    return name + " (process " + pid + ")";
  }
  return "another user's process";
}

}  // namespace satchel::platform

#endif
