// What a colleague does upstream, behind the program's back, and what the server does by itself.
#include "world.hpp"

namespace satchel::sim {

namespace {

std::string words_of(const Upstream& place, int content) {
  return std::to_string(content) + " in " + place.mailbox + ":" + std::to_string(place.uid);
}

}  // namespace

int World::content_at(const Upstream& place) const {
  return content_in(*upstream_.find(place.mailbox)->find(place.uid)->bytes);
}

void World::colleague_appends(const std::string& to) {
  ++figures.colleagues;
  const std::string bytes = new_message();
  Tally& tally = tallies_[contents_];
  ++tally.added;
  ++tally.perhaps_added;
  tell_of("colleague appends " + std::to_string(contents_) + " to " + to);
  // Between the last look at a mailbox that a client deleted and its DELETE: it goes with it.
  tally.unsure = process_->view()->find_name(to) == nullptr;
  upstream_.append(to, bytes);
}

void World::colleague_flags(const Upstream& place, const std::string& flag, bool on) {
  ++figures.colleagues;
  tell_of("colleague " + std::string(on ? "sets " : "clears ") + flag + " of " + words_of(place, content_at(place)));
  // Between our look and our EXPUNGE without UIDs: it goes along (design section 5), and is kept as rescued.
  if (flag == "\\Deleted" && !traits_.uidplus) tallies_[content_at(place)].colleague = true;
  if (on)
    upstream_.set_flag(place.mailbox, place.uid, flag);
  else
    upstream_.clear_flag(place.mailbox, place.uid, flag);
}

void World::colleague_moves(const Upstream& place, const std::string& to) {
  ++figures.colleagues;
  const int content = content_at(place);
  tell_of("colleague moves " + words_of(place, content) + " to " + to);
  const bool unanswered = waits_for_an_answer(content);
  figures.moved_unanswered += unanswered ? 1 : 0;
  Tally& tally = tallies_[content];
  tally.colleague |= unanswered;
  ++tally.moved;
  if (to != place.mailbox) upstream_.move(place.mailbox, {place.uid}, to);
}

void World::colleague_copies(const Upstream& place, const std::string& to) {
  ++figures.colleagues;
  tell_of("colleague copies " + words_of(place, content_at(place)) + " to " + to);
  Tally& tally = tallies_[content_at(place)];
  tally.colleague = true;
  ++tally.copies;
  upstream_.copy(place.mailbox, {place.uid}, to);
}

void World::colleague_expunges(const std::string& mailbox, const std::vector<model::Uid>& uids) {
  ++figures.colleagues;
  for (const model::Uid uid : uids) {
    const int content = content_at({mailbox, uid});
    tell_of("colleague expunges " + words_of({mailbox, uid}, content));
    Tally& tally = tallies_[content];
    tally.unsure |= !taken_unheard_.contains(content) && waits_for_an_answer(content);
    tally.colleague = true;
    ++tally.taken;
  }
  upstream_.expunge(mailbox, uids);
}

// Whether an operation on it went out, and it is not known here what became of it.
bool World::waits_for_an_answer(int content) {
  bool waits = false;
  process_->look([&](const store::AccountState& state) {
    state.journal.for_each([&](const store::Operation& one) {
      if ((one.state != store::OperationState::attempted || one.surely) && !one.copied) return true;
      for (const store::MessageRef& ref : {one.source, one.target})
        if (const store::Message* row = ref ? state.find(ref) : nullptr) waits |= content_of(*row) == content;
      return true;
    });
  });
  return waits;
}

// Called when the server heard something; on a line that is lost already nobody waits for its answer.
void World::colleague_is_quick(bool somebody_waits) {
  const auto& acts = upstream_.acts();
  for (; quick_since_ && *quick_since_ < acts.size(); ++*quick_since_) {
    const model::Act act = acts[*quick_since_];
    if (act.who == model::colleague || act.kind != model::Act::Kind::append) continue;
    const model::Mailbox* mailbox = upstream_.find(act.mailbox);
    if (!mailbox || !mailbox->find(act.uid)) continue;
    quick_since_.reset();
    const int content = content_at({act.mailbox, act.uid});
    if (somebody_waits)
      taken_unheard_[content] = losses();
    else
      tallies_[content].unsure = true;
    return colleague_expunges(act.mailbox, {act.uid});
  }
}

// Where the answer to an APPEND is lost and a colleague takes away what came, nobody can tell that it was there.
void World::see_what_was_heard() {
  std::erase_if(taken_unheard_, [this](const auto& one) {
    const auto& [content, lost] = one;
    if (waits_for_an_answer(content)) return false;
    if (lost != losses()) tallies_[content].unsure = true;
    return true;
  });
}

// What is under way to that name may arrive in another mailbox: APPEND, COPY and MOVE name no other way.
void World::name_changes_hands(const std::string& name) {
  process_->look([&](const store::AccountState& state) {
    state.journal.for_each([&](const store::Operation& one) {
      const store::Mailbox* mailbox = one.adds() ? state.find(one.target.mailbox) : nullptr;
      if (!mailbox || mailbox->upstream.name != name || one.state != store::OperationState::attempted) return true;
      if (const store::Message* row = state.find(one.target)) tallies_[content_of(*row)].colleague = true;
      return true;
    });
  });
}

void World::colleague_creates(const std::string& name) {
  ++figures.colleagues;
  tell_of("colleague creates " + name);
  name_changes_hands(name);
  upstream_.create(name);
}

void World::colleague_subscribes(const std::string& mailbox, bool on) {
  ++figures.colleagues;
  tell_of(std::string("colleague ") + (on ? "subscribes " : "unsubscribes ") + mailbox);
  on ? upstream_.subscribe(mailbox) : upstream_.unsubscribe(mailbox);
}

void World::touch_all(const std::string& mailbox) {
  for (const model::Message& message : upstream_.find(mailbox)->messages)
    tallies_[content_in(*message.bytes)].colleague = true;
}

void World::colleague_renames(const std::string& mailbox, const std::string& to) {
  ++figures.colleagues;
  touch_all(mailbox);
  tell_of("colleague renames " + mailbox + " to " + to);
  name_changes_hands(mailbox);
  name_changes_hands(to);
  upstream_.rename(mailbox, to);
}

void World::colleague_removes(const std::string& mailbox) {
  ++figures.colleagues;
  touch_all(mailbox);
  tell_of("colleague deletes " + mailbox);
  name_changes_hands(mailbox);
  upstream_.remove(mailbox);
}

void World::server_renumbers(const std::string& mailbox) {
  tell_of("new UIDVALIDITY of " + mailbox);
  upstream_.new_uid_validity(mailbox);
}

void World::colleague_on_mailbox() {
  const std::string name = any_name();
  if (chance(40)) return colleague_creates(name);
  std::vector<std::string> all;
  for (const auto& [known, mailbox] : upstream_.mailboxes())
    if (known != "INBOX") all.push_back(known);
  if (all.empty()) return;
  const std::string chosen = all[pick(all.size())];
  if (chance(50))
    colleague_renames(chosen, name);
  else
    colleague_removes(chosen);
}

void World::colleague() {
  if (with_mailboxes_ && chance(12)) {
    colleague_on_mailbox();
    return wire_.tell_all();
  }
  std::vector<std::string> boxes;
  std::vector<Upstream> all;
  for (const auto& [name, mailbox] : upstream_.mailboxes()) {
    boxes.push_back(name);
    for (const model::Message& message : mailbox.messages) all.push_back({name, message.uid});
  }
  if (chance(10)) {
    tell_of("the colleague waits for what comes");
    quick_since_ = upstream_.acts().size();
    return;
  }
  const std::string to = boxes[pick(boxes.size())];
  if (chance(6)) return colleague_subscribes(to, chance(50));
  const std::size_t kind = pick(10);
  if (kind < 3 || all.empty()) {
    colleague_appends(to);
    return wire_.tell_all();
  }
  const Upstream place = all[pick(all.size())];
  if (kind < 6)
    colleague_flags(place, any_flag(), chance(60));
  else if (kind < 8)
    colleague_moves(place, to);
  else if (kind < 9)
    colleague_copies(place, to);
  else
    colleague_expunges(place.mailbox, {place.uid});
  wire_.tell_all();
}

}  // namespace satchel::sim
