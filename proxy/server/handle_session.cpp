// CAPABILITY, NOOP, LOGOUT, STARTTLS, ENABLE, ID, NAMESPACE, CHECK.
#include "proxy/imap/scanner.hpp"
#include "proxy/server/handlers.hpp"

namespace satchel::server {

std::vector<std::string> capabilities(const Session& session) {
  std::vector<std::string> words{"IMAP4rev1", "LITERAL+",      "ENABLE",      "ID",          "SASL-IR",
                                 "NAMESPACE", "CHILDREN",      "IDLE",        "UIDPLUS",     "MOVE",
                                 "UNSELECT",  "LIST-EXTENDED", "LIST-STATUS", "SPECIAL-USE", "CREATE-SPECIAL-USE",
                                 "CONDSTORE", "ESEARCH"};
  if (session.state() != Session::State::not_authenticated) return words;
  words.emplace_back("AUTH=PLAIN");
  if (!const_cast<Session&>(session).stream().secure()) words.emplace_back("STARTTLS");
  return words;
}

awaitable<void> handle(Session& session, imap::Capability) {
  imap::write_capabilities(session.out(), capabilities(session));
  session.ok("These are they.");
  co_return;
}

awaitable<void> handle(Session& session, imap::Noop) {
  session.tell_updates(Expunges::tell);
  session.ok("Done.");
  co_return;
}

awaitable<void> handle(Session& session, imap::Check) {
  session.tell_updates(Expunges::tell);
  session.ok("Everything you were told is on the disk.");
  co_return;
}

awaitable<void> handle(Session& session, imap::Logout) {
  session.out() += "* BYE Good-bye.\r\n";
  session.ok("Logged out.");
  session.log_out();
  co_return;
}

awaitable<void> handle(Session& session, imap::StartTls) {
  if (session.stream().secure() || session.state() != Session::State::not_authenticated) {
    session.bad("TLS is there already, or it is too late for it.");
    co_return;
  }
  // Nothing that came before the handshake is believed.
  if (!session.reader().drained()) {
    session.log_out();
    co_return;
  }
  session.ok("Begin the handshake.");
  const bool sent = co_await session.flush();
  if (!sent) co_return;
  const auto secured = co_await session.stream().start_tls();
  if (!secured) session.log_out();
}

awaitable<void> handle(Session& session, imap::Enable command) {
  std::vector<std::string> enabled;
  for (const std::string& word : command.capabilities) {
    if (!imap::equal_without_case(word, "CONDSTORE") || session.condstore()) continue;
    session.enable_condstore();
    enabled.emplace_back("CONDSTORE");
  }
  imap::write_enabled(session.out(), enabled);
  session.ok("Enabled.");
  co_return;
}

awaitable<void> handle(Session& session, imap::Id) {
  imap::IdData id;
  id.fields.emplace_back("name", "Satchel");
  imap::write_id(session.out(), id);
  session.ok("Done.");
  co_return;
}

awaitable<void> handle(Session& session, imap::Namespace) {
  const auto waited = co_await session.backfill().wait_list(session.account());
  if (!waited && !session.view()->listed) {
    session.no(waited.error());
    co_return;
  }
  imap::NamespaceData data;
  imap::NamespaceData::Entry entry;
  entry.delimiter = session.view()->delimiter;
  data.personal.push_back(std::move(entry));
  imap::write_namespace(session.out(), data);
  session.ok("Done.");
}

}  // namespace satchel::server
