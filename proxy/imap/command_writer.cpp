#include "proxy/imap/command_writer.hpp"

#include "proxy/imap/flag.hpp"
#include "proxy/imap/limits.hpp"
#include "proxy/imap/response_parts.hpp"
#include "proxy/imap/scanner.hpp"

namespace satchel::imap {
namespace {

constexpr std::size_t longest_quoted = 1000;

class Writer {
 public:
  Writer(std::string_view tag, LiteralSupport literals) : literals_(literals) { text(tag).text(" "); }

  Writer& text(std::string_view bytes) {
    current_.append(bytes);
    return *this;
  }
  Writer& number(std::uint64_t value) { return text(std::to_string(value)); }

  // astring: always quoted or a literal, never an atom: no name is mistaken for syntax.
  Writer& string(std::string_view bytes) {
    bool quotable = bytes.size() <= longest_quoted;
    for (const char letter : bytes) {
      if (letter == '\0') refuse("A NUL byte cannot be sent to the server.");
      quotable = quotable && letter >= 0x20 && letter < 0x7f;
    }
    if (!quotable) return literal(bytes);
    current_ += '"';
    for (const char letter : bytes) {
      if (letter == '"' || letter == '\\') current_ += '\\';
      current_ += letter;
    }
    current_ += '"';
    return *this;
  }

  // Announces `size` bytes; true if the server's "+" has to be awaited.
  bool announce(std::uint64_t size) {
    const bool free = literals_ != LiteralSupport::synchronising && size <= max_synchronising_free;
    text("{").number(size).text(free ? "+}\r\n" : "}\r\n");
    return !free;
  }

  Writer& set(const SequenceSet& numbers) {
    if (numbers.empty()) refuse("A sequence set is empty.");
    return text(numbers.write());
  }

  Writer& flags(const std::vector<std::string>& names) {
    text("(");
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!is_flag(names[i])) refuse("A flag has characters that IMAP does not allow.");
      text(i == 0 ? "" : " ").text(names[i]);
    }
    return text(")");
  }

  // An atom of ours or from a capability list.
  Writer& atom(std::string_view word) {
    for (const char letter : word)
      if (!Scanner::is_atom_char(letter)) refuse("A word has characters that IMAP does not allow.");
    return text(word);
  }

  void refuse(const char* why) {
    if (refusal_.empty()) refusal_ = why;
  }
  void cut(bool wait) {
    pieces_.push_back({std::move(current_), wait});
    current_.clear();
  }

  Result<std::vector<CommandPiece>> finish() {
    if (!refusal_.empty()) return fail(ErrorCode::refused, refusal_);
    if (!current_.empty()) cut(false);
    return std::move(pieces_);
  }

 private:
  Writer& literal(std::string_view bytes) {
    if (announce(bytes.size())) cut(true);
    return text(bytes);
  }

  LiteralSupport literals_;
  std::string current_;
  std::string refusal_;
  std::vector<CommandPiece> pieces_;
};

void write_items(Writer& out, const std::vector<StatusItem>& items) {
  out.text("(");
  for (std::size_t i = 0; i < items.size(); ++i) out.text(i == 0 ? "" : " ").text(status_item_name(items[i]));
  out.text(")");
}

void write_fetch_item(Writer& out, const FetchItem& item) {
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

void write_search_key(Writer& out, const SearchKey& key);

void write_search_text(Writer& out, const char* name, const SearchKey& key) {
  out.text(name).text(" ").string(key.text);
}
void write_search_number(Writer& out, const char* name, const SearchKey& key) {
  out.text(name).text(" ").number(std::uint64_t(key.number));
}
void write_search_date(Writer& out, const char* name, const SearchKey& key) {
  out.text(name).text(" ").text(write_date(std::int32_t(key.number)));
}

void write_children(Writer& out, const SearchKey& key) {
  for (std::size_t i = 0; i < key.children.size(); ++i) {
    out.text(i == 0 ? "" : " ");
    write_search_key(out, key.children[i]);
  }
}

void write_flag_key(Writer& out, const SearchKey& key) {
  out.atom(upper(std::string_view(key.flag).substr(1)));
}

void write_search_key(Writer& out, const SearchKey& key) {
  using Kind = SearchKey::Kind;
  switch (key.kind) {
    case Kind::all:
      out.text("ALL");
      return;
    case Kind::flag:
      return write_flag_key(out, key);
    case Kind::keyword:
      out.text("KEYWORD ").atom(key.flag);
      return;
    case Kind::recent:
      out.text("RECENT");
      return;
    case Kind::new_:
      out.text("NEW");
      return;
    case Kind::old:
      out.text("OLD");
      return;
    case Kind::sequence:
      out.set(key.set);
      return;
    case Kind::uid:
      out.text("UID ").set(key.set);
      return;
    case Kind::before:
      return write_search_date(out, "BEFORE", key);
    case Kind::on:
      return write_search_date(out, "ON", key);
    case Kind::since:
      return write_search_date(out, "SINCE", key);
    case Kind::sent_before:
      return write_search_date(out, "SENTBEFORE", key);
    case Kind::sent_on:
      return write_search_date(out, "SENTON", key);
    case Kind::sent_since:
      return write_search_date(out, "SENTSINCE", key);
    case Kind::larger:
      return write_search_number(out, "LARGER", key);
    case Kind::smaller:
      return write_search_number(out, "SMALLER", key);
    case Kind::older:
      return write_search_number(out, "OLDER", key);
    case Kind::younger:
      return write_search_number(out, "YOUNGER", key);
    case Kind::mod_seq:
      return write_search_number(out, "MODSEQ", key);
    case Kind::from:
      return write_search_text(out, "FROM", key);
    case Kind::to:
      return write_search_text(out, "TO", key);
    case Kind::cc:
      return write_search_text(out, "CC", key);
    case Kind::bcc:
      return write_search_text(out, "BCC", key);
    case Kind::subject:
      return write_search_text(out, "SUBJECT", key);
    case Kind::body:
      return write_search_text(out, "BODY", key);
    case Kind::text:
      return write_search_text(out, "TEXT", key);
    case Kind::header:
      out.text("HEADER ").string(key.field).text(" ").string(key.text);
      return;
    case Kind::and_:
      out.text("(");
      write_children(out, key);
      out.text(")");
      return;
    case Kind::or_:
      out.text("OR ");
      write_children(out, key);
      return;
    case Kind::not_:
      out.text("NOT ");
      write_children(out, key);
      return;
  }
}

void write_selection_options(Writer& out, const List& list) {
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

void write_return_options(Writer& out, const List& list) {
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

// Writes one command behind its tag; overloads in the order of Command.
struct Write {
  Writer& out;

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
    if (command.initial) out.text(" ").text(*command.initial);
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
    if (command.qresync) {
      out.text(" (QRESYNC (").number(command.qresync->uid_validity).text(" ").number(command.qresync->mod_seq);
      if (command.qresync->known_uids) out.text(" ").set(*command.qresync->known_uids);
      out.text("))");
    } else if (command.condstore) {
      out.text(" (CONDSTORE)");
    }
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
    out.text("LIST ");
    if (command.select_subscribed || command.select_remote || command.select_special_use ||
        command.select_recursive_match)
      write_selection_options(out, command);
    out.string(command.reference).text(" ");
    if (command.patterns.size() > 1) out.text("(");
    for (std::size_t i = 0; i < command.patterns.size(); ++i) out.text(i == 0 ? "" : " ").string(command.patterns[i]);
    if (command.patterns.size() > 1) out.text(")");
    if (command.return_subscribed || command.return_children || command.return_special_use ||
        !command.return_status.empty())
      write_return_options(out, command);
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
    if (command.key.kind == SearchKey::Kind::and_ && !command.key.children.empty())
      write_children(out, command.key);
    else
      write_search_key(out, command.key);
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
  Writer writer(tag, literals);
  std::visit(Write{writer}, command);
  if (!std::holds_alternative<Append>(command)) writer.text("\r\n");
  return writer.finish();
}

}  // namespace satchel::imap
