#include "proxy/imap/command_writer.hpp"

#include "proxy/imap/argument_writer.hpp"
#include "proxy/imap/response_parts.hpp"

namespace satchel::imap {
namespace {

void write_items(ArgumentWriter& out, const std::vector<StatusItem>& items) {
  out.text("(");
  for (std::size_t i = 0; i < items.size(); ++i) out.text(i == 0 ? "" : " ").text(status_item_name(items[i]));
  out.text(")");
}

void write_fetch_item(ArgumentWriter& out, const FetchItem& item) {
  using Kind = FetchItem::Kind;
  switch (item.kind) {
    case Kind::flags:
      out.text("FLAGS");
      return;
    case Kind::internal_date:
      out.text("INTERNALDATE");
      return;
    case Kind::size:
      out.text("RFC822.SIZE");
      return;
    case Kind::envelope:
      out.text("ENVELOPE");
      return;
    case Kind::body:
      out.text("BODY");
      return;
    case Kind::body_structure:
      out.text("BODYSTRUCTURE");
      return;
    case Kind::uid:
      out.text("UID");
      return;
    case Kind::mod_seq:
      out.text("MODSEQ");
      return;
    case Kind::email_id:
      out.text("EMAILID");
      return;
    case Kind::gmail_message_id:
      out.text("X-GM-MSGID");
      return;
    case Kind::rfc822:
      out.text(item.peek ? "RFC822.PEEK" : "RFC822");
      return;
    case Kind::rfc822_header:
      out.text("RFC822.HEADER");
      return;
    case Kind::rfc822_text:
      out.text(item.peek ? "RFC822.TEXT.PEEK" : "RFC822.TEXT");
      return;
    case Kind::section:
      break;
  }
  out.text(item.peek ? "BODY.PEEK[" : "BODY[").text(write_section(item.section)).text("]");
  if (item.partial) out.text("<").number(item.partial->offset).text(".").number(item.partial->length).text(">");
}

void write_selection_options(ArgumentWriter& out, const List& list) {
  out.text("(");
  const char* space = "";
  const auto option = [&](bool on, const char* name) {
    if (!on) return;
    out.text(space).text(name);
    space = " ";
  };
  option(list.select_subscribed, "SUBSCRIBED");
  option(list.select_remote, "REMOTE");
  option(list.select_special_use, "SPECIAL-USE");
  option(list.select_recursive_match, "RECURSIVEMATCH");
  out.text(") ");
}

void write_return_options(ArgumentWriter& out, const List& list) {
  out.text(" RETURN (");
  const char* space = "";
  const auto option = [&](bool on, const char* name) {
    if (!on) return;
    out.text(space).text(name);
    space = " ";
  };
  option(list.return_subscribed, "SUBSCRIBED");
  option(list.return_children, "CHILDREN");
  option(list.return_special_use, "SPECIAL-USE");
  if (!list.return_status.empty()) {
    out.text(space).text("STATUS ");
    write_items(out, list.return_status);
  }
  out.text(")");
}

void write_qresync(ArgumentWriter& out, const QresyncParameter& qresync) {
  out.text("QRESYNC (").number(qresync.uid_validity).text(" ").number(qresync.mod_seq);
  if (qresync.known_uids) out.text(" ").set(*qresync.known_uids);
  if (const auto& match = qresync.sequence_match)
    out.text(" (").set(match->first).text(" ").set(match->second).text(")");
  out.text(")");
}

// Writes one command behind its tag; overloads in the order of Command.
struct Write {
  ArgumentWriter& out;

  void operator()(const Capability&) const { out.text("CAPABILITY"); }
  void operator()(const Noop&) const { out.text("NOOP"); }
  void operator()(const Logout&) const { out.text("LOGOUT"); }
  void operator()(const StartTls&) const { out.text("STARTTLS"); }
  void operator()(const Check&) const { out.text("CHECK"); }
  void operator()(const Close&) const { out.text("CLOSE"); }
  void operator()(const Unselect&) const { out.text("UNSELECT"); }
  void operator()(const Idle&) const { out.text("IDLE"); }
  void operator()(const Namespace&) const { out.text("NAMESPACE"); }
  void operator()(const Expunge& command) const {
    out.text(command.uids ? "UID EXPUNGE " : "EXPUNGE");
    if (command.uids) out.set(*command.uids);
  }
  void operator()(const Authenticate& command) const {
    out.text("AUTHENTICATE ").atom(command.mechanism);
    if (command.initial) out.text(" ").atom(*command.initial);
  }
  void operator()(const Login& command) const {
    out.text("LOGIN ").string(command.user).text(" ").string(command.password);
  }
  void operator()(const Enable& command) const {
    out.text("ENABLE");
    for (const std::string& capability : command.capabilities) out.text(" ").atom(capability);
  }
  void operator()(const Id& command) const {
    if (command.fields.empty()) {
      out.text("ID NIL");
      return;
    }
    const char* before = "ID (";
    for (const auto& [key, value] : command.fields) {
      out.text(before).string(key).text(" ");
      if (value)
        out.string(*value);
      else
        out.text("NIL");
      before = " ";
    }
    out.text(")");
  }
  void operator()(const Select& command) const {
    out.text(command.read_only ? "EXAMINE " : "SELECT ").string(command.mailbox);
    if (!command.qresync && !command.condstore) return;
    out.text(" (").text(command.condstore ? "CONDSTORE" : "");
    if (command.qresync) write_qresync(out.text(command.condstore ? " " : ""), *command.qresync);
    out.text(")");
  }
  void operator()(const Create& command) const {
    out.text("CREATE ").string(command.mailbox);
    if (command.special_use.empty()) return;
    out.text(" (USE ").flags(command.special_use).text(")");
  }
  void operator()(const Delete& command) const { out.text("DELETE ").string(command.mailbox); }
  void operator()(const Rename& command) const {
    out.text("RENAME ").string(command.from).text(" ").string(command.to);
  }
  void operator()(const Subscribe& command) const { out.text("SUBSCRIBE ").string(command.mailbox); }
  void operator()(const Unsubscribe& command) const { out.text("UNSUBSCRIBE ").string(command.mailbox); }
  void operator()(const List& command) const {
    const bool selects = command.select_subscribed || command.select_remote || command.select_special_use ||
                         command.select_recursive_match;
    const bool returns = command.return_subscribed || command.return_children || command.return_special_use ||
                         !command.return_status.empty();
    // An extended LIST without options shows by its brackets alone.
    const bool brackets = command.patterns.size() > 1 || (command.extended && !selects && !returns);
    out.text("LIST ");
    if (selects) write_selection_options(out, command);
    out.string(command.reference).text(brackets ? " (" : " ");
    for (std::size_t i = 0; i < command.patterns.size(); ++i) out.text(i == 0 ? "" : " ").string(command.patterns[i]);
    if (brackets) out.text(")");
    if (returns) write_return_options(out, command);
  }
  void operator()(const Lsub& command) const {
    out.text("LSUB ").string(command.reference).text(" ").string(command.pattern);
  }
  void operator()(const Status& command) const {
    out.text("STATUS ").string(command.mailbox).text(" ");
    write_items(out, command.items);
  }
  void operator()(const Append& command) const {
    out.text("APPEND ").string(command.mailbox).text(" ");
    if (!command.flags.empty()) out.flags(command.flags).text(" ");
    if (command.date) out.text("\"").text(write_date_time(*command.date)).text("\" ");
    out.cut(out.announce(command.size));
  }
  void operator()(const Search& command) const {
    out.text(command.uid ? "UID SEARCH " : "SEARCH ");
    if (command.extended) {
      out.text("RETURN (");
      const char* space = "";
      for (const auto& [on, name] : {std::pair(command.return_min, "MIN"), std::pair(command.return_max, "MAX"),
                                     std::pair(command.return_all, "ALL"), std::pair(command.return_count, "COUNT")}) {
        if (!on) continue;
        out.text(space).text(name);
        space = " ";
      }
      out.text(") ");
    }
    if (!command.charset.empty()) out.text("CHARSET ").string(command.charset).text(" ");
    write_search_program(out, command.key);
  }
  void operator()(const Fetch& command) const {
    out.text(command.uid ? "UID FETCH " : "FETCH ").set(command.set).text(" (");
    for (std::size_t i = 0; i < command.items.size(); ++i) {
      out.text(i == 0 ? "" : " ");
      write_fetch_item(out, command.items[i]);
    }
    out.text(")");
    if (!command.changed_since) return;
    out.text(" (CHANGEDSINCE ").number(*command.changed_since).text(command.vanished ? " VANISHED)" : ")");
  }
  void operator()(const Store& command) const {
    out.text(command.uid ? "UID STORE " : "STORE ").set(command.set).text(" ");
    if (command.unchanged_since) out.text("(UNCHANGEDSINCE ").number(*command.unchanged_since).text(") ");
    out.text(command.change == Store::Change::add ? "+" : command.change == Store::Change::remove ? "-" : "");
    out.text(command.silent ? "FLAGS.SILENT " : "FLAGS ").flags(command.flags);
  }
  void operator()(const Copy& command) const {
    out.text(command.uid ? "UID COPY " : "COPY ").set(command.set).text(" ").string(command.mailbox);
  }
  void operator()(const Move& command) const {
    out.text(command.uid ? "UID MOVE " : "MOVE ").set(command.set).text(" ").string(command.mailbox);
  }
};

}  // namespace

Result<std::vector<CommandPiece>> write_command(std::string_view tag, const Command& command, LiteralSupport literals) {
  ArgumentWriter writer(tag, literals);
  std::visit(Write{writer}, command);
  if (!std::holds_alternative<Append>(command)) writer.text("\r\n");
  return writer.finish();
}

}  // namespace satchel::imap
