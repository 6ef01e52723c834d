#include "transcript.hpp"

#include <sstream>

#include "samples.hpp"
#include "store/client_actions.hpp"
#include "world.hpp"

namespace satchel::server::test {
namespace {

// "<*>" stands for anything, "<n>" for a number.
bool matches(std::string_view pattern, std::string_view line) {
  while (true) {
    if (pattern.empty()) return line.empty();
    if (pattern.starts_with("<*>")) {
      for (std::size_t skip = 0; skip <= line.size(); ++skip)
        if (matches(pattern.substr(3), line.substr(skip))) return true;
      return false;
    }
    if (pattern.starts_with("<n>")) {
      std::size_t digits = 0;
      while (digits < line.size() && line[digits] >= '0' && line[digits] <= '9') ++digits;
      if (digits == 0) return false;
      pattern.remove_prefix(3);
      line.remove_prefix(digits);
      continue;
    }
    if (line.empty() || pattern.front() != line.front()) return false;
    pattern.remove_prefix(1);
    line.remove_prefix(1);
  }
}

// What a client sends: "<xFF>" stands for that byte, "<1000*ab>" for 1,000 times "ab".
std::string expand(const std::string& written) {
  std::string bytes;
  for (std::size_t at = 0; at < written.size();) {
    const std::size_t end = written[at] == '<' ? written.find('>', at) : std::string::npos;
    if (end == std::string::npos) {
      bytes += written[at++];
      continue;
    }
    const std::string inner = written.substr(at + 1, end - at - 1);
    const std::size_t times = inner.find('*');
    if (inner.size() == 3 && inner[0] == 'x') {
      bytes += char(std::stoi(inner.substr(1), nullptr, 16));
    } else if (times != std::string::npos && inner.find_first_not_of("0123456789") == times) {
      for (int i = std::stoi(inner); i > 0; --i) bytes += inner.substr(times + 1);
    } else {
      bytes += '<' + inner + '>';
    }
    at = end + 1;
  }
  return bytes;
}

// "(\Seen Work)" at the front of `text`, taken off.
std::vector<std::string> take_flags(std::istringstream& in) {
  std::vector<std::string> flags;
  std::string word;
  if ((in >> std::ws).peek() != '(') return flags;
  in.get();
  std::getline(in, word, ')');
  std::istringstream words(word);
  while (words >> word) flags.push_back(word);
  return flags;
}

class Runner {
 public:
  explicit Runner(Sending sending) : sending_(sending) {}

  std::string run(const std::string& text) {
    std::istringstream in(text);
    std::string line;
    for (number_ = 1; std::getline(in, line); ++number_) {
      std::string trouble = step(line);
      if (!trouble.empty()) return "line " + std::to_string(number_) + ": " + trouble;
    }
    for (auto& [name, client] : clients_) {
      world_.settle();
      if (client->has_line()) return "at the end " + name + " was told as well: " + client->line();
    }
    return {};
  }

 private:
  Client& client(const std::string& name) {
    auto& at = clients_[name];
    if (!at) at = world_.connect();
    return *at;
  }

  std::string step(const std::string& line) {
    if (line.empty() || line.starts_with("#")) return {};
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) return "no dialogue: " + line;
    const std::string head = line.substr(0, colon);
    const std::string rest = line.size() > colon + 1 ? line.substr(colon + 2) : std::string();
    const std::string who = head.size() > 1 ? head.substr(1) : "1";
    if (head == "M") return act(rest);
    if (head[0] == 'C') return say(client(who), expand(rest) + "\r\n");
    if (head[0] == 'S') return hear(client(who), rest);
    if (head[0] == 'L') return log_in(client(who), rest);
    return "no dialogue: " + line;
  }

  std::string say(Client& client, const std::string& bytes) {
    if (sending_ == Sending::byte_by_byte)
      client.send_slowly(bytes);
    else
      client.send(bytes);
    return {};
  }

  std::string hear(Client& client, const std::string& expected) {
    if (expected == "<nothing more>") {
      world_.settle();
      return client.has_line() ? "nothing was expected, but came: " + client.line() : std::string();
    }
    const std::string line = client.line();
    if (matches(expected, line)) return {};
    return "expected: " + expected + "\n     came: " + line;
  }

  // "L: INBOX": a session that is logged in and has selected that mailbox; "L:": logged in.
  std::string log_in(Client& client, const std::string& mailbox) {
    client.line();
    if (!client.last("LOGIN u@example.org secret").starts_with("OK ")) return "the login failed";
    if (!mailbox.empty() && !client.last("SELECT " + mailbox).starts_with("OK ")) return "the SELECT failed";
    return {};
  }

  std::string act(const std::string& text) {
    std::istringstream in(text);
    std::string verb, mailbox;
    in >> verb;
    if (verb == "online" || verb == "offline") {
      world_.backfill.is_online = verb == "online";
      return {};
    }
    if (verb == "no-tls") {
      world_.tls_offered = false;
      return {};
    }
    if (verb == "damage") {
      world_.damage_contents();
      return {};
    }
    in >> mailbox;
    if (verb == "mailbox") return make_mailbox(mailbox, in);
    if (verb == "subscribe") {
      world_.change([&](store::Transaction& tx) { tx.put_subscription(mailbox, {true, true}); });
      return {};
    }
    if (verb == "unlisted") {
      world_.change([&](store::Transaction& tx) { tx.edit(tx.state().mailboxes.rbegin()->first)->listed = false; });
      return {};
    }
    if (verb == "deliver" || verb == "deliver-header" || verb == "deliver-metadata" || verb == "deliver-listing")
      return deliver(verb, mailbox, in);
    std::uint32_t uid = 0;
    in >> uid;
    if (verb == "flags")
      world_.set_flags(mailbox, uid, take_flags(in));
    else if (verb == "expunge")
      world_.expunge(mailbox, uid);
    else
      return "no such act: " + verb;
    return {};
  }

  std::string make_mailbox(const std::string& name, std::istringstream& in) {
    std::string use;
    in >> use;
    auto kind = store::SpecialUse::none;
    if (use == "\\Drafts") kind = store::SpecialUse::drafts;
    if (use == "\\Sent") kind = store::SpecialUse::sent;
    if (use == "\\Trash") kind = store::SpecialUse::trash;
    const store::MailboxId id = world_.mailbox(name, kind);
    if (use == "\\Noselect")
      world_.change([id](store::Transaction& tx) {
        tx.edit(id)->upstream.exists = true;
        tx.edit(id)->upstream.selectable = false;
      });
    return {};
  }

  // deliver MAILBOX SAMPLE [(flags)] [date in seconds [zone]]
  std::string deliver(const std::string& verb, const std::string& mailbox, std::istringstream& in) {
    std::string sample;
    in >> sample;
    Delivery how;
    how.flags = take_flags(in);
    std::int64_t date = 0;
    if (in >> date) how.date = date;
    std::int16_t zone = 0;
    if (in >> zone) how.zone = zone;
    if (verb == "deliver-header") how.here = Delivery::Here::header;
    if (verb == "deliver-metadata") how.here = Delivery::Here::metadata;
    if (verb == "deliver-listing") how.here = Delivery::Here::listing;
    world_.deliver(mailbox, sample_message(sample), how);
    return {};
  }

  Sending sending_;
  int number_ = 0;
  World world_;
  std::map<std::string, std::unique_ptr<Client>> clients_;
};

}  // namespace

std::string run_transcript(const std::string& text, Sending sending) {
  Runner runner(sending);
  return runner.run(text);
}

}  // namespace satchel::server::test
