// SELECT and EXAMINE, RFC 3501 sections 6.3.1 and 6.3.2; CONDSTORE, RFC 7162 section 3.1.8.
#include "proxy/imap/response_writer.hpp"
#include "proxy/server/mailboxes.hpp"

namespace satchel::server {
namespace {

void write_code(std::string& out, const char* name, std::string argument, const char* text) {
  imap::StatusResponse status;
  status.code.name = name;
  status.code.argument = std::move(argument);
  status.text = text;
  imap::write_status(out, status);
}

void write_opening(std::string& out, MailboxView& view) {
  const std::vector<std::string> flags = view.flag_texts().flags();
  imap::write_flags_data(out, flags);
  imap::write_exists(out, view.size());
  imap::write_recent(out, view.recent_count());
  if (const auto unseen = view.first_unseen())
    write_code(out, "UNSEEN", std::to_string(unseen->value), "The first unseen message.");
  std::string permanent = "()";
  if (view.access() == Access::read_write) {
    permanent.clear();
    std::vector<std::string> all = flags;
    // "]" would end the response code; no client may set such a keyword, but some servers have them.
    std::erase_if(all, [](const std::string& flag) { return flag.find(']') != std::string::npos; });
    all.push_back("\\*");
    imap::write_flag_list(permanent, all);
  }
  write_code(out, "PERMANENTFLAGS", std::move(permanent), "These are kept.");
  write_code(out, "UIDVALIDITY", std::to_string(view.mailbox().uid_validity.value), "It never changes.");
  write_code(out, "UIDNEXT", std::to_string(view.mailbox().uid_next.value), "The next message's UID.");
  write_code(out, "HIGHESTMODSEQ", std::to_string(view.mailbox().highest_modseq.value), "The last change.");
}

}  // namespace

awaitable<Answer> handle_select(Session& session, imap::Select command) {
  if (command.qresync) co_return bad("QRESYNC is not enabled.");
  if (session.has_selected()) {
    session.unselect();
    write_code(session.out(), "CLOSED", "", "The mailbox before it is closed.");
  }
  auto mailbox = co_await find_listed_mailbox(session, std::move(command.mailbox));
  if (!mailbox) co_return answer_for(mailbox.error());
  if (command.condstore) session.enable_condstore();
  session.select(std::move(*mailbox), command.read_only ? Access::read_only : Access::read_write);
  write_opening(session.out(), session.selected());
  co_return command.read_only ? ok("READ-ONLY", "The mailbox is open for reading.")
                              : ok("READ-WRITE", "The mailbox is open.");
}

}  // namespace satchel::server
