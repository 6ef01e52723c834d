// The table of commands: in which states each may be given (RFC 3501 section 3).
#include <array>

#include "proxy/imap/mailbox_name.hpp"
#include "proxy/server/handlers.hpp"

namespace satchel::server {
namespace {

using State = Session::State;
enum class When : std::uint8_t { any, before_login, after_login, selected };

struct Entry {
  const char* name;
  When when;
};

// In the order of imap::Command.
constexpr std::array<Entry, std::variant_size_v<imap::Command>> table = {{
    {"CAPABILITY", When::any},
    {"NOOP", When::any},
    {"LOGOUT", When::any},
    {"STARTTLS", When::any},  // after login it is BAD in its handler, and the connection stays
    {"AUTHENTICATE", When::before_login},
    {"LOGIN", When::before_login},
    {"ENABLE", When::after_login},
    {"ID", When::any},
    {"NAMESPACE", When::after_login},
    {"SELECT", When::after_login},
    {"CREATE", When::after_login},
    {"DELETE", When::after_login},
    {"RENAME", When::after_login},
    {"SUBSCRIBE", When::after_login},
    {"UNSUBSCRIBE", When::after_login},
    {"LIST", When::after_login},
    {"LSUB", When::after_login},
    {"STATUS", When::after_login},
    {"APPEND", When::after_login},
    {"CHECK", When::selected},
    {"CLOSE", When::selected},
    {"UNSELECT", When::selected},
    {"EXPUNGE", When::selected},
    {"SEARCH", When::selected},
    {"FETCH", When::selected},
    {"STORE", When::selected},
    {"COPY", When::selected},
    {"MOVE", When::selected},
    {"IDLE", When::after_login},
}};

const char* refusal(When when, State state) {
  if (when == When::before_login && state != State::not_authenticated) return "You are logged in already.";
  if (when != When::any && when != When::before_login && state == State::not_authenticated) return "Log in first.";
  if (when == When::selected && state != State::selected) return "Select a mailbox first.";
  return nullptr;
}

}  // namespace

awaitable<void> dispatch(Session& session, imap::Command command) {
  if (const char* why = refusal(table[command.index()].when, session.state()); why != nullptr) {
    if (std::holds_alternative<imap::Append>(command)) session.reader().refuse_literal();
    session.bad(why);
    co_return;
  }
  const auto call = [&session](auto& one) { return handle(session, std::move(one)); };
  co_await std::visit(call, command);
}

std::string local_name(std::string_view wire) {
  if (imap::is_inbox(wire)) return "INBOX";
  return imap::decode_utf7_leniently(wire);
}

std::string wire_name(std::string_view local) {
  return imap::encode_utf7(local);
}

std::optional<std::vector<Uid>> resolve(Session& session, const imap::SequenceSet& set, bool by_uid) {
  if (by_uid) return session.mailbox()->resolve_uids(set);
  auto found = session.mailbox()->resolve_numbers(set);
  if (!found) session.bad("There is no message of that number.");
  return found;
}

awaitable<bool> bring(Session& session, const std::vector<Uid>& uids, What what) {
  std::vector<Uid> absent;
  const auto view = session.view();
  for (const Uid uid : uids) {
    const store::Message* message = session.mailbox()->find(uid);
    if (message == nullptr) continue;
    const bool here = view->here(message->content);
    if (what == What::content ? !here : !message->metadata || (!here && !message->header)) absent.push_back(uid);
  }
  if (absent.empty()) co_return true;
  const auto brought = co_await session.backfill().fetch_now(session.account(), session.mailbox()->id(), absent, what);
  session.tell_updates(Expunges::hold);
  if (session.mailbox() == nullptr) co_return false;
  if (brought) co_return true;
  session.no(brought.error());
  co_return false;
}

}  // namespace satchel::server
