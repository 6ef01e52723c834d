// One handler for each command of IMAP, one file each: handle_<command>.cpp. dispatch.cpp says in
// which states they may be called. A handler writes its untagged data and its tagged answer.
#pragma once

#include "proxy/server/session.hpp"

namespace satchel::server {

awaitable<void> handle(Session& session, imap::Capability command);
awaitable<void> handle(Session& session, imap::Noop command);
awaitable<void> handle(Session& session, imap::Logout command);
awaitable<void> handle(Session& session, imap::StartTls command);
awaitable<void> handle(Session& session, imap::Authenticate command);
awaitable<void> handle(Session& session, imap::Login command);
awaitable<void> handle(Session& session, imap::Enable command);
awaitable<void> handle(Session& session, imap::Id command);
awaitable<void> handle(Session& session, imap::Namespace command);
awaitable<void> handle(Session& session, imap::Select command);
awaitable<void> handle(Session& session, imap::Create command);
awaitable<void> handle(Session& session, imap::Delete command);
awaitable<void> handle(Session& session, imap::Rename command);
awaitable<void> handle(Session& session, imap::Subscribe command);
awaitable<void> handle(Session& session, imap::Unsubscribe command);
awaitable<void> handle(Session& session, imap::List command);
awaitable<void> handle(Session& session, imap::Lsub command);
awaitable<void> handle(Session& session, imap::Status command);
awaitable<void> handle(Session& session, imap::Append command);
awaitable<void> handle(Session& session, imap::Check command);
awaitable<void> handle(Session& session, imap::Close command);
awaitable<void> handle(Session& session, imap::Unselect command);
awaitable<void> handle(Session& session, imap::Expunge command);
awaitable<void> handle(Session& session, imap::Search command);
awaitable<void> handle(Session& session, imap::Fetch command);
awaitable<void> handle(Session& session, imap::Store command);
awaitable<void> handle(Session& session, imap::Copy command);
awaitable<void> handle(Session& session, imap::Move command);
awaitable<void> handle(Session& session, imap::Idle command);

// Checks the state the command may be given in, then calls its handler.
awaitable<void> dispatch(Session& session, imap::Command command);

// What is announced: all of it works.
std::vector<std::string> capabilities(const Session& session);

// Wire name to the name that the replica knows: modified UTF-7, or plain UTF-8 as some clients send it.
std::string local_name(std::string_view wire);
std::string wire_name(std::string_view local);

// The selected mailbox's messages that a set names; nothing (and BAD was written) for numbers beyond the end.
std::optional<std::vector<Uid>> resolve(Session& session, const imap::SequenceSet& set, bool by_uid);

// Waits until the metadata or contents of these messages are here. False: NO was written.
awaitable<bool> bring(Session& session, const std::vector<Uid>& uids, What what);

}  // namespace satchel::server
