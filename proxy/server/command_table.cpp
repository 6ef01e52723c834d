#include "proxy/server/command_table.hpp"

namespace satchel::server {

// Each is in handle_<command>.cpp.
awaitable<Answer> handle_capability(Session& session, imap::Capability command);
awaitable<Answer> handle_noop(Session& session, imap::Noop command);
awaitable<Answer> handle_logout(Session& session, imap::Logout command);
awaitable<Answer> handle_starttls(Session& session, imap::StartTls command);
awaitable<Answer> handle_authenticate(Session& session, imap::Authenticate command);
awaitable<Answer> handle_login(Session& session, imap::Login command);
awaitable<Answer> handle_enable(Session& session, imap::Enable command);
awaitable<Answer> handle_id(Session& session, imap::Id command);
awaitable<Answer> handle_namespace(Session& session, imap::Namespace command);
awaitable<Answer> handle_select(Session& session, imap::Select command);
awaitable<Answer> handle_create(Session& session, imap::Create command);
awaitable<Answer> handle_delete(Session& session, imap::Delete command);
awaitable<Answer> handle_rename(Session& session, imap::Rename command);
awaitable<Answer> handle_subscribe(Session& session, imap::Subscribe command);
awaitable<Answer> handle_unsubscribe(Session& session, imap::Unsubscribe command);
awaitable<Answer> handle_list(Session& session, imap::List command);
awaitable<Answer> handle_lsub(Session& session, imap::Lsub command);
awaitable<Answer> handle_status(Session& session, imap::Status command);
awaitable<Answer> handle_append(Session& session, imap::Append command);
awaitable<Answer> handle_check(Session& session, imap::Check command);
awaitable<Answer> handle_close(Session& session, imap::Close command);
awaitable<Answer> handle_unselect(Session& session, imap::Unselect command);
awaitable<Answer> handle_expunge(Session& session, imap::Expunge command);
awaitable<Answer> handle_search(Session& session, imap::Search command);
awaitable<Answer> handle_fetch(Session& session, imap::Fetch command);
awaitable<Answer> handle_store(Session& session, imap::Store command);
awaitable<Answer> handle_copy(Session& session, imap::Copy command);
awaitable<Answer> handle_move(Session& session, imap::Move command);
awaitable<Answer> handle_idle(Session& session, imap::Idle command);

namespace {

constexpr unsigned before_login = unsigned(State::not_authenticated);
constexpr unsigned selected = unsigned(State::selected);
constexpr unsigned after_login = unsigned(State::authenticated) | selected;
constexpr unsigned any_state = before_login | after_login;

template <class Kind, awaitable<Answer> (*handler)(Session&, Kind)>
awaitable<Answer> call(Session& session, imap::Command command) {
  return handler(session, std::move(std::get<Kind>(command)));
}

Updates all(const imap::Command&) {
  return Updates::all;
}
// Sequence numbers must not move while such a command runs; UIDs don't (RFC 3501 section 7.4.1).
template <class Kind>
Updates expunge_by_uid(const imap::Command& command) {
  return std::get<Kind>(command).uid ? Updates::all : Updates::no_expunge;
}

// In the order of imap::Command.
constexpr CommandEntry table[] = {
    {"CAPABILITY", any_state, all, call<imap::Capability, handle_capability>},
    {"NOOP", any_state, all, call<imap::Noop, handle_noop>},
    {"LOGOUT", any_state, all, call<imap::Logout, handle_logout>},
    {"STARTTLS", before_login, all, call<imap::StartTls, handle_starttls>},
    {"AUTHENTICATE", before_login, all, call<imap::Authenticate, handle_authenticate>},
    {"LOGIN", before_login, all, call<imap::Login, handle_login>},
    {"ENABLE", after_login, all, call<imap::Enable, handle_enable>},
    {"ID", any_state, all, call<imap::Id, handle_id>},
    {"NAMESPACE", after_login, all, call<imap::Namespace, handle_namespace>},
    {"SELECT", after_login, all, call<imap::Select, handle_select>},
    {"CREATE", after_login, all, call<imap::Create, handle_create>},
    {"DELETE", after_login, all, call<imap::Delete, handle_delete>},
    {"RENAME", after_login, all, call<imap::Rename, handle_rename>},
    {"SUBSCRIBE", after_login, all, call<imap::Subscribe, handle_subscribe>},
    {"UNSUBSCRIBE", after_login, all, call<imap::Unsubscribe, handle_unsubscribe>},
    {"LIST", after_login, all, call<imap::List, handle_list>},
    {"LSUB", after_login, all, call<imap::Lsub, handle_lsub>},
    {"STATUS", after_login, all, call<imap::Status, handle_status>},
    {"APPEND", after_login, all, call<imap::Append, handle_append>},
    {"CHECK", selected, all, call<imap::Check, handle_check>},
    {"CLOSE", selected, all, call<imap::Close, handle_close>},
    {"UNSELECT", selected, all, call<imap::Unselect, handle_unselect>},
    {"EXPUNGE", selected, all, call<imap::Expunge, handle_expunge>},
    {"SEARCH", selected, expunge_by_uid<imap::Search>, call<imap::Search, handle_search>},
    {"FETCH", selected, expunge_by_uid<imap::Fetch>, call<imap::Fetch, handle_fetch>},
    {"STORE", selected, expunge_by_uid<imap::Store>, call<imap::Store, handle_store>},
    {"COPY", selected, all, call<imap::Copy, handle_copy>},
    {"MOVE", selected, all, call<imap::Move, handle_move>},
    {"IDLE", after_login, all, call<imap::Idle, handle_idle>},
};
static_assert(std::size(table) == std::variant_size_v<imap::Command>);

}  // namespace

const CommandEntry& command_entry(const imap::Command& command) {
  return table[command.index()];
}

}  // namespace satchel::server
