// What must hold: while it runs, after a death, and in the end.
#include <algorithm>
#include <sstream>

#include "world.hpp"

namespace satchel::sim {

using namespace std::chrono_literals;

int content_in(std::string_view bytes) {
  constexpr std::string_view before = "Message-ID: <";
  const std::size_t at = bytes.find(before);
  return at == std::string_view::npos ? 0 : std::stoi(std::string(bytes.substr(at + before.size(), 12)));
}

int World::content_of(const store::Message& message) const {
  for (const store::Identity* identity : {&message.here, &message.there}) {
    const auto known = by_message_id_.find(identity->message_id);
    if (known != by_message_id_.end()) return known->second;
  }
  return 0;
}

World::Seen World::seen() const {
  Seen all;
  const auto view = process_->view();
  for (const auto& mailbox : view->mailboxes) {
    if (!mailbox->live()) continue;
    all[{mailbox->uid_validity.value, 0}] = mailbox->name;
    mailbox->messages.for_each([&](const store::Message& message) {
      if (!message.visible()) return true;
      std::vector<std::string> flags = (*view->flags)[message.effective].names();
      std::sort(flags.begin(), flags.end());
      std::string text = mailbox->name + (message.held ? " held" : "");
      for (const std::string& flag : flags) text += " " + flag;
      all[{mailbox->uid_validity.value, message.uid.value}] = text;
      return true;
    });
  }
  return all;
}

// A mailbox that a colleague renames stays the same one here: no two UIDVALIDITYs are alike upstream. One in which
// nothing is known is told from no other, nor is one of a lost time, and a liar is not asked. Where the server has no
// MAILBOXID, or no time to tell it, such a mailbox may be empty by then.
std::optional<std::string> World::check_identity(const store::Mailbox& mailbox) {
  const std::uint32_t there = mailbox.upstream.uid_validity;
  const bool tells = traits_.object_id && traits_.refusal_rate == 0 && traits_.lie == model::Lie::none;
  if (!tells || !mailbox.upstream.exists || there == 0 || figures.put_backs > 0 || figures.backups > 0)
    return std::nullopt;
  bool known = false;
  mailbox.messages.for_each([&known](const store::Message& message) {
    known = message.upstream && message.metadata;
    return !known;
  });
  if (!known) return std::nullopt;
  const auto [first, fresh] = identities_.emplace(there, mailbox.id);
  if (fresh || first->second == mailbox.id) return std::nullopt;
  return "another mailbox here after a rename: " + mailbox.name;
}

// A local UID never names another content, UIDs and MODSEQ only grow, and sessions are told by the rules.
std::optional<std::string> World::watch() {
  observer_->step();
  if (observer_->wrong()) return observer_->wrong();
  const auto view = process_->view();
  std::map<int, Span> here;
  for (const auto& mailbox : view->mailboxes) {
    std::optional<std::string> wrong;
    if ((wrong = check_identity(*mailbox))) return wrong;
    const std::uint32_t validity = mailbox->uid_validity.value;
    std::uint32_t& highest = highest_[mailbox->name + " " + std::to_string(validity)];
    if (mailbox->uid_next.value < highest) wrong = "UIDNEXT went back in " + mailbox->name;
    highest = mailbox->uid_next.value;
    std::uint64_t& modseq = modseqs_[validity];
    if (mailbox->highest_modseq.value < modseq) wrong = "HIGHESTMODSEQ went back in " + mailbox->name;
    modseq = mailbox->highest_modseq.value;
    mailbox->messages.for_each([&](const store::Message& message) {
      const int content = content_of(message);
      if (content == 0) return true;
      if (view->here(message.content)) {
        was_here_.insert(content);
        const auto since = here_since_.find(content);
        here[content] = since == here_since_.end() ? time_.passed() : since->second;
      }
      const auto [known, fresh] = uid_log_.emplace(std::pair(validity, message.uid.value), content);
      if (!fresh && known->second != content)
        wrong = "a UID names another content: " + mailbox->name + ":" + std::to_string(message.uid.value);
      return !wrong;
    });
    if (wrong) return wrong;
  }
  here_since_ = std::move(here);
  return std::nullopt;
}

// No content comes twice: what was here when the program asked upstream is not asked for, but for what may be the
// outcome of an operation that is perhaps done, which is compared byte by byte (design section 5). What a colleague
// (or a client, in the time that a home lost) moved or copied is counted only: it may be seen where it came before it
// is missed where it went. So it is with labels.
void World::look_at_bodies(Span said) {
  constexpr Span to_ask = 2s;  // from the question to its FETCH: the line is opened for it, and EXAMINE comes first
  for (; bodies_ < upstream_.bodies().size(); ++bodies_) {
    const int content = content_in(*upstream_.bodies()[bodies_].bytes);
    const auto since = here_since_.find(content);
    if (content == 0 || since == here_since_.end() || since->second + to_ask >= said || traits_.alters_appended)
      continue;
    bool still = false, perhaps_done = false;
    for (const auto& mailbox : process_->view()->mailboxes)
      mailbox->messages.for_each([&](const store::Message& message) {
        if (content_of(message) != content) return true;
        still |= process_->view()->here(message.content);
        perhaps_done |= !message.upstream;
        return true;
      });
    if (!still || perhaps_done) continue;
    ++figures.fetched_again;
    const Tally& tally = tallies_[content];
    const bool elsewhere = tally.colleague || tally.moved > 0 || (figures.put_backs > 0 && tally.unsure);
    if (!elsewhere && !traits_.gmail && !wrong_)
      wrong_ = "a content is fetched that is here: " + std::to_string(content);
  }
}

// What a client was told of a flag is what is shown from then on, whatever a pull heard before.
std::optional<std::string> World::check_flag(const Place& place, const std::string& flag, bool set) const {
  const auto mailbox = process_->view()->find_name(place.mailbox);
  const store::Message* message = mailbox ? mailbox->messages.find(Uid{place.uid}) : nullptr;
  if (!message || !message->visible() || shows(place, flag) == set) return std::nullopt;
  return "a flag that was acknowledged is not shown: " + flag + " in " + place.mailbox + ":" +
         std::to_string(place.uid);
}

namespace {

std::string behind_name(const std::string& text) {
  return text.substr(std::min(text.find(' '), text.size()));
}

}  // namespace

// What was published before the death is there after it, before a byte of upstream's is read. The batch that was
// under way may be there or not: then nothing of what was there before is gone by itself.
std::optional<std::string> World::check_after_crash(const Seen& before) {
  const Seen now = seen();
  if (now == before) return std::nullopt;
  // One batch more: what one change of clients or of the synchroniser does.
  for (const auto& [key, flags] : before) {
    const auto known = uid_log_.find(key);
    // With labels what goes in one mailbox goes in others.
    const bool theirs =
        traits_.gmail || (with_colleague_ && (known == uid_log_.end() || tallies_[known->second].colleague ||
                                              tallies_[known->second].moved > 0));
    if (unanswered_ > 0 || theirs) continue;
    const auto found = now.find(key);
    if (found == now.end()) return "gone with the death: " + std::to_string(key.second) + " in " + flags;
    const bool same_flags = !with_colleague_ && traits_.keywords == model::Keywords::any;
    if (key.second && same_flags && behind_name(found->second) != behind_name(flags))
      return "other flags after the death: " + std::to_string(key.second) + " in " + flags + ", became " +
             found->second;
  }
  return std::nullopt;
}

std::optional<std::string> World::check_equal() {
  const auto view = process_->view();
  std::map<std::string, std::multiset<std::string>> here, there;
  for (const auto& mailbox : view->mailboxes) {
    if (!mailbox->live() || !mailbox->upstream.exists || !mailbox->upstream.selectable) continue;
    auto& in = here[mailbox->upstream.name];
    mailbox->messages.for_each([&](const store::Message& message) {
      if (!message.visible()) return true;
      store::FlagSet set = (*view->flags)[message.effective];
      set.remove((*view->flags)[message.local]);  // shown here, refused there
      std::vector<std::string> flags = set.names();
      std::sort(flags.begin(), flags.end());
      std::string text = std::to_string(content_of(message));
      for (const std::string& flag : flags) text += " " + flag;
      in.insert(text);
      return true;
    });
  }
  for (const auto& [name, mailbox] : upstream_.mailboxes()) {
    auto& in = there[name];
    for (const model::Message& message : mailbox.messages) {
      std::vector<std::string> flags(message.flags.begin(), message.flags.end());
      std::sort(flags.begin(), flags.end());
      std::string text = std::to_string(content_in(*message.bytes));
      for (const std::string& flag : flags) text += " " + flag;
      in.insert(text);
    }
  }
  if (here == there) return std::nullopt;
  std::ostringstream text;
  text << "both sides differ:";
  for (const auto& [side, other, word] : {std::tuple(&here, &there, "here"), std::tuple(&there, &here, "upstream")})
    for (const auto& [name, in] : *side) {
      if (!other->contains(name)) {
        text << " mailbox " << name << " only " << word << ";";
        continue;
      }
      std::vector<std::string> more;
      std::set_difference(in.begin(), in.end(), other->at(name).begin(), other->at(name).end(),
                          std::back_inserter(more));
      for (const std::string& one : more) text << " " << name << ": " << one << " only " << word << ";";
    }
  return text.str();
}

// Each content as often as people wanted it.
std::optional<std::string> World::check_counts() {
  std::map<int, int> count;
  for (const auto& [name, mailbox] : upstream_.mailboxes())
    for (const model::Message& message : mailbox.messages) ++count[content_in(*message.bytes)];
  std::set<int> rescued;
  for (const store::Rescued& one : process_->store().rescued(process_->account()))
    if (const auto known = by_message_id_.find(one.identity.message_id); known != by_message_id_.end())
      rescued.insert(known->second);
  for (const auto& [content, tally] : tallies_) {
    if (content == 0) continue;
    const int there = count.contains(content) ? count[content] : 0;
    const std::string text = std::to_string(content) + ": " + std::to_string(tally.added) + " to " +
                             std::to_string(tally.perhaps_added) + " added, " + std::to_string(tally.removed) + " to " +
                             std::to_string(tally.perhaps_removed) + " removed, " + std::to_string(there) + " there";
    if (tally.perhaps_removed == 0 && tally.added > 0 && there == 0 && !tally.unsure) {
      // Upstream lost it; then it is kept here, if it ever was here.
      if (!tally.colleague || (was_here_.contains(content) && !rescued.contains(content))) return "lost: " + text;
    }
    if (tally.unsure || traits_.gmail) continue;  // labels: one message is in many mailboxes
    const bool undone = tally.put_back || figures.backups > 0 || figures.put_backs > 0;
    const bool stayed = tally.copies == 0 && tally.moves == 0 && tally.moved == 0;
    if (tally.taken > 0 && stayed && !undone && there > tally.perhaps_added - tally.taken)
      return "came again: " + text + ", " + std::to_string(tally.taken) + " taken by a colleague";
    // Until it is decided which of both moves holds, clients see it twice, and may move each; and beside a copy what a
    // colleague moved is taken for that copy.
    const bool passed_by = tally.moved > 1 && tally.moves > 0;  // from where it was not looked to where it was
    const bool tangled = passed_by || (tally.moved > 0 && (tally.moves > 1 || tally.copies > 0 || undone));
    if (tally.colleague || tangled) continue;
    if (there < tally.added - tally.perhaps_removed) return "lost: " + text;
    // What a colleague moved before it was expunged here is another message upstream, and stays.
    if (there > tally.perhaps_added - (tally.moved > 0 ? 0 : tally.removed)) return "twice: " + text;
  }
  return std::nullopt;
}

// The last act on a flag is the one that holds.
std::optional<std::string> World::check_flags() const {
  if (with_colleague_ || traits_.gmail || figures.put_backs > 0) return std::nullopt;
  for (const auto& [key, told] : flags_told_) {
    const auto known = tallies_.find(key.first);
    if (!told || known == tallies_.end() || known->second.copies > 0 || known->second.unsure) continue;
    for (const Place& place : places())
      if (place.content == key.first && shows(place, key.second) != *told)
        return "the last act on a flag is not what is shown: " + key.second + " of " + std::to_string(key.first);
  }
  return std::nullopt;
}

// Each mailbox is subscribed here as it is upstream, and without a colleague as the last act on it says.
std::optional<std::string> World::check_subscriptions() const {
  const auto view = process_->view();
  for (const auto& mailbox : view->mailboxes) {
    if (!mailbox->live() || !mailbox->upstream.exists) continue;
    const auto known = view->subscriptions.find(mailbox->name);
    const bool here = known != view->subscriptions.end() && known->second.effective;
    const std::string text = mailbox->name + (here ? " is subscribed here" : " is not subscribed here");
    if (upstream_.subscribed().contains(mailbox->upstream.name) != here) return text + ", upstream it is otherwise";
    const auto told = subscribed_told_.find(mailbox->name);
    if (with_colleague_ || with_mailboxes_ || figures.put_backs > 0 || told == subscribed_told_.end()) continue;
    if (told->second && *told->second != here) return text + ", and the last act was another";
  }
  return std::nullopt;
}

// What a session was told step by step is what another one is told now.
std::optional<std::string> World::check_told() {
  Observer fresh(loop_, process_->connect(), observer_->mailbox());
  const int before = observer_->rounds();
  const auto asked = [](const Observer& one, int rounds) {
    return one.over() || (one.rounds() >= rounds && one.complete());
  };
  for (int i = 0; i < 1000 && !(asked(fresh, 2) && asked(*observer_, before + 2)); ++i) {
    observer_->step();
    fresh.step();
    time_.run(loop_, 10ms);
  }
  for (const Observer* one : {&std::as_const(fresh), &std::as_const(*observer_)})
    if (one->wrong()) return one->wrong();
  if (fresh.over() || observer_->over() || observer_->told() == fresh.told()) return std::nullopt;
  std::string text = "a session was told otherwise than another one:";
  for (const Observer* one : {&std::as_const(*observer_), &std::as_const(fresh)}) {
    for (const Told& told : one->told()) text += " " + std::to_string(told.uid) + " (" + told.flags + ")";
    text += one == &fresh ? "" : ", and:";
  }
  return text;
}

namespace {

// Bytes in two minutes: LIST twice, six pieces of the audit, what keeps IDLE alive.
std::uint64_t most_when_quiet(const model::Traits& traits, std::size_t mailboxes) {
  if (traits.bye_after) return 20'000;                // each line ends soon, and the next one logs in
  if (traits.lie != model::Lie::none) return 10'000;  // what is not believed is compared
  const std::uint64_t without_idle = traits.idle ? 0 : 1'500;
  return 2'000 + 250 * std::max<std::uint64_t>(mailboxes, 6) + without_idle;
}

}  // namespace

// When all is done nothing is said any more but what keeps IDLE alive.
std::optional<std::string> World::check_quiet() {
  const std::uint64_t before = wire_.bytes_up;
  time_.run(loop_, 120s);
  const std::uint64_t most = most_when_quiet(traits_, process_->view()->mailboxes.size());
  if (wire_.bytes_up - before > most)
    return "a quiet system says " + std::to_string(wire_.bytes_up - before) + " bytes";
  return std::nullopt;
}

}  // namespace satchel::sim
