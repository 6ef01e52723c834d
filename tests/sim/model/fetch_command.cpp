// FETCH and UID FETCH. ENVELOPE, BODY, BODYSTRUCTURE and single parts are not served.
#include <algorithm>

#include "message_text.hpp"
#include "session.hpp"

namespace satchel::sim::model {

struct Session::FetchItem {
  std::string name;     // as it is answered, without the partial: "FLAGS", "BODY[HEADER]"
  std::string section;  // of a body: "", "HEADER", "TEXT", "HEADER.FIELDS", "HEADER.FIELDS.NOT"
  std::vector<std::string> fields;
  bool body = false;
  bool peek = true;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> partial;  // from, at most
};

struct Session::FetchAsked {
  std::vector<FetchItem> items;
  std::optional<ModSeq> changed_since;
  bool vanished = false;

  bool has(std::string_view name) const {
    return std::any_of(items.begin(), items.end(), [name](const FetchItem& item) { return item.name == name; });
  }
  // What can be told of a message that is gone.
  bool of_view() const {
    return std::all_of(items.begin(), items.end(), [](const FetchItem& item) {
      return item.body || item.name == "UID" || item.name == "FLAGS" || item.name == "MODSEQ";
    });
  }
  bool sets_seen() const {
    return std::any_of(items.begin(), items.end(), [](const FetchItem& item) { return item.body && !item.peek; });
  }
};

// section = "[" [section-text] "]" ["<" number "." nz-number ">"]
bool Session::read_section(Scanner& in, FetchItem& item) {
  item.body = true;
  item.name = "BODY[";
  in.expect('[');
  if (!in.next_is(']')) item.section = upper_case(in.until("] "));
  item.name += item.section;
  const bool fields = item.section == "HEADER.FIELDS" || item.section == "HEADER.FIELDS.NOT";
  if (fields) {
    in.space();
    in.expect('(');
    std::string names;
    do {
      item.fields.push_back(in.astring());
      names += (names.empty() ? "" : " ") + write_astring(item.fields.back());
    } while (in.take(' '));
    in.expect(')');
    item.name += " (" + names + ")";
  }
  in.expect(']');
  item.name += ']';
  if (in.take('<')) {
    const std::uint64_t from = in.number();
    in.expect('.');
    const std::uint64_t most = in.number();
    in.expect('>');
    if (most == 0) return false;
    item.partial = {from, most};
  }
  return !in.failed() && (fields || item.section.empty() || item.section == "HEADER" || item.section == "TEXT");
}

bool Session::read_fetch_item(Scanner& in, FetchAsked& asked) {
  FetchItem item;
  item.name = upper_case(in.until(" ()[<"));
  if (item.name == "BODY" || item.name == "BODY.PEEK") {
    item.peek = item.name == "BODY.PEEK";
    if (!in.next_is('[') || !read_section(in, item)) return false;
  } else if (item.name == "RFC822" || item.name == "RFC822.HEADER" || item.name == "RFC822.TEXT") {
    item.body = true;
    item.section = item.name == "RFC822" ? "" : item.name.substr(7);
    item.peek = item.name == "RFC822.HEADER";
  } else {
    const std::string& name = item.name;
    const bool known = name == "FLAGS" || name == "UID" || name == "INTERNALDATE" || name == "RFC822.SIZE" ||
                       (name == "MODSEQ" && traits_.condstore) ||
                       (traits_.object_id && (name == "EMAILID" || name == "THREADID")) ||
                       (traits_.gmail && (name == "X-GM-MSGID" || name == "X-GM-THRID" || name == "X-GM-LABELS"));
    if (!known) return false;
  }
  if (!asked.has(item.name) || item.body) asked.items.push_back(std::move(item));
  return true;
}

// "FAST", an item, or items in parentheses
bool Session::read_fetch_items(Scanner& in, FetchAsked& asked) {
  if (in.take('(')) {
    do
      if (!read_fetch_item(in, asked)) return false;
    while (in.take(' '));
    in.expect(')');
    return !in.failed();
  }
  Scanner ahead = in;
  if (ahead.word() != "FAST") return read_fetch_item(in, asked);
  in = ahead;
  for (const char* const name : {"FLAGS", "INTERNALDATE", "RFC822.SIZE"}) asked.items.emplace_back().name = name;
  return true;
}

// SP "(" "CHANGEDSINCE" SP number [SP "VANISHED"] ")"
bool Session::read_fetch_modifiers(Scanner& in, FetchAsked& asked) {
  in.expect('(');
  do {
    const std::string modifier = in.word();
    if (modifier == "CHANGEDSINCE") {
      in.space();
      asked.changed_since = in.number();
    } else if (modifier == "VANISHED" && uid_ && qresync_) {
      asked.vanished = true;
    } else {
      return false;
    }
  } while (in.take(' '));
  in.expect(')');
  return !in.failed() && asked.changed_since;
}

void Session::fetch(Scanner& in) {
  FetchAsked asked;
  in.space();
  const SequenceSet set = in.set();
  in.space();
  bool good = read_fetch_items(in, asked);
  if (good && traits_.condstore && in.take(' ')) good = read_fetch_modifiers(in, asked);
  const auto wanted = good && in.done() ? places(set) : std::nullopt;
  if (!wanted) return bad("FETCH set (item ...)");
  const Mailbox& mailbox = *selected();
  if (asked.changed_since && !asked.has("MODSEQ")) asked.items.emplace_back().name = "MODSEQ";
  if (asked.has("MODSEQ") && mailbox.no_modseq) return bad("No MODSEQs here.");
  if (asked.has("MODSEQ")) enable_condstore();
  if (uid_ && !asked.has("UID")) asked.items.emplace(asked.items.begin())->name = "UID";
  if (asked.vanished) tell_vanished(mailbox, *asked.changed_since, &set);
  Places chosen;
  for (const std::size_t place : *wanted)
    if (!asked.changed_since || view_->messages[place].modseq > *asked.changed_since) chosen.push_back(place);
  const bool gone = tell_fetched(chosen, asked);
  if (gone && !traits_.response_codes) return no("Some messages no longer exist.");
  ok("Fetched.", gone ? "EXPUNGEISSUED" : "");
}

// Whether some of them are gone. Reading a body sets \Seen, which is told with it, or by the news where MODSEQ goes
// along.
bool Session::tell_fetched(const Places& chosen, const FetchAsked& asked) {
  const Mailbox& mailbox = *selected();
  bool gone = false;
  std::vector<Uid> unseen;
  for (const std::size_t place : chosen) {
    const Message* const message = mailbox.find(view_->messages[place].uid);
    if (message == nullptr)
      gone = true;
    else if (asked.sets_seen() && !read_only() && !message->flags.contains("\\Seen"))
      unseen.push_back(message->uid);
  }
  account_.change_flags(mailbox.name, unseen, {"\\Seen"}, {}, number_);
  for (const std::size_t place : chosen) {
    Seen& seen = view_->messages[place];
    const Message* const message = mailbox.find(seen.uid);
    if (message == nullptr && !(traits_.keeps_expunged && asked.of_view())) continue;
    std::string items = fetched(place, message, asked);
    const bool now_seen = std::binary_search(unseen.begin(), unseen.end(), seen.uid);
    if (now_seen && !condstore_ && !asked.has("FLAGS")) {
      seen.flags = message->flags;
      items += " FLAGS " + flags_told(seen);
    }
    untagged(std::to_string(place + 1) + " FETCH (" + items + ")", true);
  }
  return gone;
}

// `message` is null where it is gone.
std::string Session::fetched(std::size_t place, const Message* message, const FetchAsked& asked) {
  const Mailbox& mailbox = *selected();
  const Seen& seen = view_->messages[place];
  std::string out;
  for (const FetchItem& item : asked.items) {
    out += (out.empty() ? "" : " ") + item.name;
    if (item.partial) out += "<" + std::to_string(item.partial->first) + ">";
    out += ' ';
    if (item.body && message == nullptr) {
      out += "NIL";
    } else if (item.body) {
      std::string bytes;
      if (item.section.starts_with("HEADER.FIELDS"))
        bytes = header_fields(*message->bytes, item.fields, item.section == "HEADER.FIELDS.NOT");
      else if (item.section == "HEADER")
        bytes = header_of(*message->bytes);
      else
        bytes = item.section == "TEXT" ? std::string(text_of(*message->bytes)) : *message->bytes;
      if (item.section.empty() && (!item.partial || item.partial->first == 0)) account_.note_body(number_, *message);
      if (item.partial)
        bytes = bytes.substr(std::min<std::uint64_t>(item.partial->first, bytes.size()), item.partial->second);
      out += "{" + std::to_string(bytes.size()) + "}\r\n" + bytes;
    } else if (item.name == "FLAGS") {
      out += flags_told(seen);
    } else if (item.name == "UID") {
      out += std::to_string(seen.uid);
    } else if (item.name == "INTERNALDATE") {
      out += write_date_time(message->internal_date, message->zone);
    } else if (item.name == "RFC822.SIZE") {
      out += std::to_string(message->bytes->size() + traits_.size_misstated);
    } else if (item.name == "MODSEQ") {
      out += "(" + std::to_string(modseq_told(seen.modseq, mailbox.name)) + ")";
    } else if (item.name == "EMAILID") {
      out += "(M" + std::to_string(message->message_id) + ")";
    } else if (item.name == "THREADID") {
      out += "NIL";
    } else if (item.name == "X-GM-LABELS") {
      std::string labels;
      for (const std::string& label : account_.labels(*message, mailbox))
        labels += (labels.empty() ? "" : " ") + write_quoted(label);
      out += "(" + labels + ")";
    } else {
      out += std::to_string(1'300'000'000'000'000'000 + message->message_id);
    }
  }
  return out;
}

}  // namespace satchel::sim::model
