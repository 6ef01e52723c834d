// What a mail client keeps of mailboxes from one session to the next, brought up to date by QRESYNC (RFC 7162 section
// 3.2.5): it must be what the client would be told afresh.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace satchel::sim {

class Remembered {
 public:
  // Sent together: SELECT with what is known, then all of it afresh.
  std::vector<std::string> commands(const std::string& mailbox) const;
  // The lines of their answers. What is wrong, if anything is.
  std::optional<std::string> hear(const std::string& mailbox, const std::vector<std::string>& lines);

 private:
  struct Mailbox {
    std::uint64_t validity = 0, modseq = 0;
    std::map<std::uint64_t, std::string> flags;  // by UID
  };
  std::map<std::string, Mailbox> mailboxes_;
};

}  // namespace satchel::sim
