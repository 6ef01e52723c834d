// APPEND, COPY, MOVE, EXPUNGE.
#include <algorithm>

#include "flags.hpp"
#include "session.hpp"

namespace satchel::sim::model {

// append = "APPEND" SP mailbox [SP flag-list] [SP date-time] SP literal
void Session::append(Scanner& in) {
  in.space();
  const std::string name = in.astring();
  in.space();
  std::vector<std::string> flags;
  std::pair<std::int64_t, int> date{account_.now(), 0};
  if (in.next_is('(')) {
    flags = in.flag_list();
    in.space();
  }
  if (in.next_is('"')) {
    date = in.date_time();
    in.space();
  }
  if (!in.next_is('{')) in.fail();
  std::string bytes = in.string();
  if (!in.done() || !are_flags(flags)) return bad("APPEND mailbox (flag ...) date literal");
  const Mailbox* const mailbox = account_.find(name);
  if (mailbox == nullptr) return no("No such mailbox.", "TRYCREATE");
  if (bytes.empty()) return no("No message without bytes.");
  if (traits_.keywords == Keywords::refused && has_keyword(flags)) return no("No keywords here.", with_code("CANNOT"));
  const auto uid =
      account_.append(name, std::move(bytes), Flags(flags.begin(), flags.end()), date.first, date.second, number_);
  const bool told = traits_.uidplus && uid;
  ok("Appended.",
     told ? "APPENDUID " + std::to_string(mailbox->uid_validity) + ' ' + std::to_string(*uid) : std::string());
}

void Session::copy(Scanner& in) {
  transfer(in, false);
}

void Session::move(Scanner& in) {
  transfer(in, true);
}

void Session::transfer(Scanner& in, bool moves) {
  in.space();
  const SequenceSet set = in.set();
  in.space();
  const std::string to = in.astring();
  const auto wanted = in.done() ? places(set) : std::nullopt;
  if (!wanted) return bad("COPY or MOVE set mailbox");
  if (moves && read_only()) return no("The mailbox is read-only.", with_code("NOPERM"));
  const Mailbox& mailbox = *selected();
  if (wanted->empty()) return ok("No messages.");
  const Mailbox* const target = account_.find(to);
  if (target == nullptr) return no("No such mailbox.", "TRYCREATE");
  std::vector<Uid> uids;
  for (const std::size_t place : *wanted) {
    uids.push_back(view_->messages[place].uid);
    if (mailbox.find(uids.back()) == nullptr) return no("Some messages no longer exist.", with_code("EXPUNGEISSUED"));
  }
  const UidPairs made =
      moves ? account_.move(mailbox.name, uids, to, number_) : account_.copy(mailbox.name, uids, to, number_);
  std::vector<std::uint32_t> sources, targets;
  for (const auto& [source, copy] : made) {
    sources.push_back(source);
    targets.push_back(copy);
  }
  const std::string code =
      "COPYUID " + std::to_string(target->uid_validity) + ' ' + write_set(sources) + ' ' + write_set(targets);
  const bool told = traits_.uidplus && !made.empty();
  if (moves && told) untagged("OK [" + code + "] Moved.");
  ok("Done.", told && !moves ? code : std::string());
}

void Session::expunge(Scanner& in) {
  std::optional<SequenceSet> uids;
  if (uid_) {
    in.space();
    uids = in.set();
  }
  if (!in.done() || (uid_ && !traits_.uidplus)) return bad("EXPUNGE, or UID EXPUNGE set");
  if (read_only()) return no("The mailbox is read-only.", with_code("NOPERM"));
  expunge_where(uids ? &*uids : nullptr);
  ok("Expunged.");
}

// Of what the client knows: what came since, with \Deleted, stays.
void Session::expunge_where(const SequenceSet* uids) {
  const Mailbox& mailbox = *selected();
  std::vector<Uid> deleted;
  for (const Seen& seen : view_->messages) {
    const Message* const message = mailbox.find(seen.uid);
    const bool named = uids == nullptr || uids->contains(seen.uid, view_->largest_uid());
    if (named && message != nullptr && message->flags.contains("\\Deleted")) deleted.push_back(seen.uid);
  }
  account_.expunge(mailbox.name, deleted, number_);
}

}  // namespace satchel::sim::model
