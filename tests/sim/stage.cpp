// Conflicts made on purpose: the line is cut, and one thing is done on each side of it.
#include <algorithm>

#include "world.hpp"

namespace satchel::sim {

using namespace std::chrono_literals;

namespace {

// What meets something by itself often enough stands here once.
constexpr Row all_rows[] = {
    Row::other_flags,      Row::other_flags,      Row::other_flags,      Row::other_flags,    Row::same_flag,
    Row::same_flag,        Row::same_flag,        Row::same_flag,        Row::expunged_flags, Row::expunged_filed,
    Row::expunged_filed,   Row::moved_moved,      Row::moved_moved,      Row::moved_moved,    Row::moved_moved,
    Row::changed_expunged, Row::changed_expunged, Row::changed_expunged, Row::renamed_filed,  Row::renamed_filed,
    Row::deleted_renamed,  Row::deleted_renamed,  Row::deleted_renamed,  Row::deleted_filed,  Row::deleted_filed,
    Row::renumbered,       Row::new_mail_deleted, Row::new_mail_deleted, Row::lost_many};

bool takes_a_mailbox(Row row) {
  return row == Row::renamed_filed || row == Row::deleted_renamed || row == Row::deleted_filed ||
         row == Row::new_mail_deleted || row == Row::renumbered;
}

}  // namespace

// Where upstream has what a client sees there; none: it does not know it yet, or has it no more.
std::optional<Upstream> World::upstream_of(const Place& place) const {
  const auto mailbox = process_->view()->find_name(place.mailbox);
  const store::Message* row = mailbox ? mailbox->messages.find(Uid{place.uid}) : nullptr;
  if (!row || !row->upstream) return std::nullopt;
  const model::Mailbox* there = upstream_.find(mailbox->upstream.name);
  if (!there || there->uid_validity != mailbox->upstream.uid_validity || !there->find(row->upstream.value))
    return std::nullopt;
  return Upstream{there->name, row->upstream.value};
}

std::string World::new_name() {
  return "N" + std::to_string(++names_made_);
}

bool World::shows(const Place& place, const std::string& flag) const {
  const auto view = process_->view();
  const auto mailbox = view->find_name(place.mailbox);
  const store::Message* row = mailbox ? mailbox->messages.find(Uid{place.uid}) : nullptr;
  return row && (*view->flags)[row->effective].has(flag);
}

// A few of them while the line is cut; what takes all of INBOX away comes last.
void World::stage() {
  if (!process_->view()->listed) return;
  std::vector<Row> rows;
  for (int i = 0; i < 8; ++i) rows.push_back(all_rows[pick(std::size(all_rows))]);
  std::sort(rows.begin(), rows.end());
  wire_.habits.connects = true;
  set_the_stage(rows.back() == Row::lost_many ? guard_messages + 2 : 2);
  wire_.habits.connects = false;
  wire_.cut_all();
  for (const Row row : rows) {
    Person& person = people_[pick(people_.size())];
    hear(person);
    if (person.client->waits()) continue;
    tell_of(std::string("stage: ") + name_of(row));
    if (takes_a_mailbox(row))
      stage_in_mailbox(person, row);
    else
      stage_on_message(person, row);
    pass(20ms);
  }
  look_for_conflicts();
  wire_.habits.connects = chance(70);
  if (wire_.habits.connects) process_->engine().wake();
}

// There are mailboxes and messages enough, and they are known here.
void World::set_the_stage(std::size_t messages) {
  std::vector<std::string> names{"A", "B", "C"};
  if (traits_.gmail) names.insert(names.end(), {"E", "F", "G"});  // the others it keeps
  for (const std::string& name : names)
    if (!upstream_.find(name)) colleague_creates(name);
  while (upstream_.find("INBOX")->messages.size() < messages) colleague_appends("INBOX");
  wire_.tell_all();
  process_->engine().wake();
  pass(1500ms);
}

void World::stage_on_message(Person& person, Row row) {
  std::optional<Place> place;
  std::optional<Upstream> there;
  for (int tries = 0; tries < 5 && !there; ++tries) {
    place = any_place();
    there = place ? upstream_of(*place) : std::nullopt;
  }
  const auto to = any_mailbox();
  if (!there || !to) return;
  const std::string flag = any_flag();
  switch (row) {
    case Row::other_flags:
      colleague_flags(*there, flag == "$Work" ? "\\Draft" : "$Work", true);
      return store_flag(person, *place, flag, !shows(*place, flag));
    case Row::same_flag:
      colleague_flags(*there, flag, !upstream_.find(there->mailbox)->find(there->uid)->flags.contains(flag));
      return store_flag(person, *place, flag, !shows(*place, flag));
    case Row::expunged_flags:
      colleague_expunges(there->mailbox, {there->uid});
      return store_flag(person, *place, flag, !shows(*place, flag));
    case Row::expunged_filed:
      colleague_expunges(there->mailbox, {there->uid});
      return chance(50) ? copy(person, *place, *to) : move(person, *place, *to);
    case Row::moved_moved:
      colleague_moves(*there, there->mailbox == "A" || !upstream_.find("A") ? "INBOX" : "A");
      return move(person, *place, *to == place->mailbox ? "INBOX" : *to);
    case Row::changed_expunged:
      if (chance(50))
        colleague_flags(*there, flag, true);
      else
        colleague_appends(there->mailbox);
      return expunge(person, *place);
    default:
      break;
  }
  std::vector<model::Uid> all;
  for (const model::Message& message : upstream_.find("INBOX")->messages) all.push_back(message.uid);
  colleague_expunges("INBOX", all);
  store_flag(person, *place, flag, !shows(*place, flag));
}

// A mailbox that is the same on both sides; its name upstream is put into `name`.
std::optional<std::string> World::any_known_mailbox(bool not_inbox, bool taken_away, std::string& name) {
  for (int tries = 0; tries < 8; ++tries) {
    const auto chosen = any_mailbox(not_inbox);
    if (taken_away && chosen && chosen->starts_with("[Gmail]")) continue;  // these a server keeps
    const auto known = chosen ? process_->view()->find_name(*chosen) : nullptr;
    const model::Mailbox* there = known ? upstream_.find(known->upstream.name) : nullptr;
    if (!there || there->uid_validity != known->upstream.uid_validity) continue;
    name = there->name;
    return chosen;
  }
  return std::nullopt;
}

void World::stage_in_mailbox(Person& person, Row row) {
  std::string name;
  const bool taken_away = row == Row::deleted_renamed || row == Row::deleted_filed;
  const auto chosen = any_known_mailbox(row != Row::renumbered, taken_away, name);
  if (!chosen) return;
  const auto place = any_place();
  switch (row) {
    case Row::renamed_filed:
      colleague_renames(name, new_name());
      break;
    case Row::deleted_renamed:
      colleague_removes(name);
      return rename(person, *chosen, new_name());
    case Row::deleted_filed:
      colleague_removes(name);
      break;
    case Row::new_mail_deleted:
      remove(person, *chosen);
      pass(20ms);  // it is deleted here before the mail comes there
      return colleague_appends(name);
    default:
      server_renumbers(name);
      if (const auto in = places(*chosen); !in.empty() && in.front().content && chance(70))
        return chance(50) ? store_flag(person, in.front(), any_flag(), true) : expunge(person, in.front());
  }
  if (place && place->mailbox != *chosen && chance(50))
    move(person, *place, *chosen);
  else
    append(person, *chosen);
}

}  // namespace satchel::sim
