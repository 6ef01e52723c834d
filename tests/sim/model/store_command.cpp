// STORE and UID STORE.
#include <algorithm>

#include "flags.hpp"
#include "session.hpp"

namespace satchel::sim::model {

struct Session::StoreAsked {
  SequenceSet set{};
  std::optional<ModSeq> unchanged_since{};
  char sign = 0;  // '+', '-', or none
  bool silent = false;
  std::vector<std::string> names{};
  Places places{};
  // What follows from sign and names, once it is known which flags the messages have.
  Flags set_flags{};
  Flags clear_flags{};
};

bool are_flags(const std::vector<std::string>& flags) {
  static const Flags system = {"\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"};
  return std::all_of(flags.begin(), flags.end(), [](const std::string& flag) {
    return !flag.empty() && (flag.front() != '\\' || system.contains(flag));
  });
}

bool has_keyword(const std::vector<std::string>& flags) {
  return std::any_of(flags.begin(), flags.end(), [](const std::string& flag) { return flag.front() != '\\'; });
}

// store = "STORE" SP sequence-set [SP "(" "UNCHANGEDSINCE" SP number ")"] SP store-att-flags
bool Session::read_store(Scanner& in, StoreAsked& asked) {
  in.space();
  asked.set = in.set();
  in.space();
  if (traits_.condstore && in.take('(')) {
    if (in.word() != "UNCHANGEDSINCE") in.fail();
    in.space();
    asked.unchanged_since = in.number();
    in.expect(')');
    in.space();
  }
  asked.sign = in.take('+') ? '+' : in.take('-') ? '-' : char(0);
  const std::string item = in.word();
  asked.silent = item == "FLAGS.SILENT";
  in.space();
  if (in.next_is('(')) {
    asked.names = in.flag_list();
  } else {
    do asked.names.push_back(in.flag());
    while (in.take(' '));
  }
  if (!in.done() || (item != "FLAGS" && !asked.silent) || !are_flags(asked.names)) return false;
  const auto named = places(asked.set);
  if (named) asked.places = *named;
  return named.has_value();
}

void Session::store(Scanner& in) {
  StoreAsked asked;
  if (!read_store(in, asked)) return bad("STORE set FLAGS (flag ...)");
  if (read_only()) return no("The mailbox is read-only.", with_code("NOPERM"));
  if (traits_.keywords == Keywords::refused && asked.sign != '-' && has_keyword(asked.names))
    return no("No keywords here.", with_code("CANNOT"));
  const Mailbox& mailbox = *selected();
  if (asked.unchanged_since && mailbox.no_modseq) return bad("No MODSEQs here.");
  if (asked.unchanged_since) enable_condstore();
  std::vector<Uid> uids;
  std::vector<std::uint32_t> modified;
  const bool gone = choose_stored(asked, uids, modified);
  const auto changed = account_.change_flags(mailbox.name, uids, asked.set_flags, asked.clear_flags, number_);
  if (mailbox.keywords.size() != view_->keywords) tell_keywords(mailbox);
  tell_stored(asked, uids, changed);
  if (!modified.empty()) return ok("Some were changed meanwhile.", "MODIFIED " + write_set(modified));
  if (gone && !traits_.response_codes) return no("Some messages no longer exist.");
  ok("Stored.", gone ? "EXPUNGEISSUED" : "");
}

// Which messages are changed, and which were changed by others meanwhile. Whether some are gone.
bool Session::choose_stored(StoreAsked& asked, std::vector<Uid>& uids, std::vector<std::uint32_t>& modified) {
  const Mailbox& mailbox = *selected();
  const Flags named(asked.names.begin(), asked.names.end());
  (asked.sign == '-' ? asked.clear_flags : asked.set_flags) = named;
  bool gone = false;
  for (const std::size_t place : asked.places) {
    const Uid uid = view_->messages[place].uid;
    const Message* const message = mailbox.find(uid);
    if (message == nullptr) {
      gone = true;
    } else if (asked.unchanged_since && message->modseq > *asked.unchanged_since) {
      modified.push_back(uid_ ? uid : std::uint32_t(place + 1));
    } else {
      uids.push_back(uid);
      if (asked.sign != 0) continue;
      for (const std::string& flag : message->flags)
        if (!named.contains(flag)) asked.clear_flags.insert(flag);
    }
  }
  return gone;
}

// After .SILENT the client knows what it did, and nothing of what others did.
void Session::tell_stored(const StoreAsked& asked, const std::vector<Uid>& uids, const std::vector<Uid>& changed) {
  for (const Uid uid : uids) {
    const std::size_t place = view_->number_of(uid) - 1;
    Seen& seen = view_->messages[place];
    const Message& message = *selected()->find(uid);
    const bool touched = std::binary_search(changed.begin(), changed.end(), uid);
    if (asked.silent) {
      for (const std::string& flag : asked.clear_flags) seen.flags.erase(flag);
      for (const std::string& flag : asked.set_flags)
        if (message.flags.contains(flag)) seen.flags.insert(*message.flags.find(flag));
    }
    const bool told = touched ? !asked.silent || condstore_ : !asked.silent && traits_.tells_unchanged;
    if (!told) continue;  // the news tell what others changed
    if (!asked.silent) seen.flags = message.flags;
    seen.modseq = message.modseq;
    tell_flags(place, uid_, !asked.silent);
  }
}

}  // namespace satchel::sim::model
