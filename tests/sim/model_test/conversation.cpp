// Plays a conversation with the model server: lines on stdin, answers on stdout.
//
//   new <traits>          a new account without mailboxes but INBOX, and no connection
//   <number> <bytes>      bytes for that connection, which is made, and greets, when it is first named
//
// Bytes are written with \r, \n, \\ and \xNN. Each line is answered by "<number> <bytes>" of every connection that has
// output, "<number> closed" of one that ended, and a line with a dot.
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "../model/connection.hpp"

using namespace satchel::sim::model;

namespace {

std::string read_escaped(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      out += text[at];
      continue;
    }
    const char next = text[++at];
    if (next == 'x' && at + 2 < text.size()) {
      out += char(std::stoi(text.substr(at + 1, 2), nullptr, 16));
      at += 2;
    } else {
      out += next == 'r' ? '\r' : next == 'n' ? '\n' : next;
    }
  }
  return out;
}

std::string write_escaped(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) {
    char hex[8];
    std::snprintf(hex, sizeof hex, "\\x%02x", unsigned(std::uint8_t(c)));
    if (c == '\r')
      out += "\\r";
    else if (c == '\n')
      out += "\\n";
    else if (c == '\\')
      out += "\\\\";
    else
      out += std::uint8_t(c) < 0x20 || std::uint8_t(c) >= 0x7f ? hex : std::string(1, c);
  }
  return out;
}

Traits traits_of(const std::string& name) {
  for (const Traits& traits : {qresync(), condstore(), plain(), gmail_like(), exchange_like(), throttling()})
    if (traits.name == name) return traits;
  return qresync();
}

struct World {
  explicit World(const Traits& given) : traits(given), account(given) {
    for (const char* const name : {"Archive", "Drafts", "Junk", "Sent", "Trash"}) {
      account.remove(name);
      account.unsubscribe(name);
    }
    account.unsubscribe("INBOX");
  }

  Traits traits;
  Account account;
  std::map<int, Connection> connections;
};

void print_outputs(World& world) {
  for (auto& [number, connection] : world.connections) {
    connection.tell();
    const std::string output = connection.take_output();
    if (!output.empty()) std::cout << number << ' ' << write_escaped(output) << '\n';
    if (connection.closed()) std::cout << number << " closed\n";
  }
  std::cout << "." << std::endl;
}

}  // namespace

int main() {
  auto world = std::make_unique<World>(qresync());
  for (std::string line; std::getline(std::cin, line);) {
    const std::size_t space = line.find(' ');
    const std::string first = line.substr(0, space);
    const std::string rest = space == std::string::npos ? std::string() : line.substr(space + 1);
    if (first == "new") {
      world = std::make_unique<World>(traits_of(rest));
    } else {
      const int number = std::stoi(first);
      const auto found = world->connections.find(number);
      if (found == world->connections.end()) {
        auto [made, fresh] =
            world->connections.try_emplace(number, world->account, world->traits, std::uint64_t(number));
        std::cout << number << ' ' << write_escaped(made->second.greet()) << '\n';
      }
      world->connections.at(number).receive(read_escaped(rest));
    }
    print_outputs(*world);
  }
}
