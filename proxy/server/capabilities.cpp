#include "proxy/server/capabilities.hpp"

#include "proxy/server/session.hpp"

namespace satchel::server {

std::vector<std::string> capabilities(const Session& session) {
  std::vector<std::string> all = {"IMAP4rev1", "LITERAL+", "ID", "ENABLE"};
  if (session.state() == State::not_authenticated) {
    all.insert(all.end(), {"SASL-IR", "AUTH=PLAIN", "AUTH=LOGIN"});
    if (session.context().tls_offered && !session.secure()) all.push_back("STARTTLS");
  }
  all.insert(all.end(), {"IDLE", "NAMESPACE", "UIDPLUS", "MOVE", "UNSELECT", "CHILDREN", "LIST-EXTENDED", "LIST-STATUS",
                         "SPECIAL-USE", "CONDSTORE", "ESEARCH"});
  return all;
}

std::string capability_words(const Session& session) {
  std::string words;
  for (const std::string& capability : capabilities(session)) {
    if (!words.empty()) words += ' ';
    words += capability;
  }
  return words;
}

}  // namespace satchel::server
