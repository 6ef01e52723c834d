// What people do: clients through the program, a colleague upstream.
#include <algorithm>
#include <iostream>

#include "world.hpp"

namespace satchel::sim {

namespace {

const std::vector<std::string> names = {"A", "B", "C", "D"};
const std::vector<std::string> flags = {"\\Seen", "\\Flagged", "\\Answered", "$Work"};

bool is_ok(const std::vector<std::string>& lines) {
  const std::string& last = lines.back();
  return last.substr(last.find(' ') + 1).starts_with("OK");
}

bool has(const std::vector<std::string>& lines, std::string_view word) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(word) != std::string::npos; });
}

}  // namespace

void World::log(const std::string& line) {
  if (verbose_) std::cerr << time_.seconds() % 100000 << " " << line << "\n";
}

std::string World::new_message() {
  const std::string id = std::to_string(++contents_);
  by_message_id_[process_->store().contents().hash64("<" + id + "@sim.example>")] = contents_;
  std::string bytes = "Subject: " + id + "\r\nMessage-ID: <" + id + "@sim.example>\r\n\r\n";
  for (std::size_t lines = pick(20); lines > 0; --lines) bytes += "line " + std::to_string(random_() % 1000) + "\r\n";
  return bytes;
}

// Where there is what, as clients see it at this moment.
std::vector<World::Place> World::places(std::string_view in) const {
  std::vector<Place> all;
  const auto view = process_->view();
  for (const auto& mailbox : view->mailboxes) {
    if (!mailbox->live() || (!in.empty() && mailbox->name != in)) continue;
    mailbox->messages.for_each([&](const store::Message& message) {
      if (!message.visible() || message.held) return true;
      const bool deleted = (*view->flags)[message.effective].has(store::SystemFlag::deleted);
      all.push_back({mailbox->name, message.uid.value, content_of(message), deleted});
      return true;
    });
  }
  return all;
}

std::optional<std::string> World::any_mailbox(bool not_inbox) {
  std::vector<std::string> all;
  for (const auto& mailbox : process_->view()->mailboxes)
    if (mailbox->live() && mailbox->upstream.selectable && !(not_inbox && mailbox->name == "INBOX"))
      all.push_back(mailbox->name);
  if (all.empty()) return std::nullopt;
  return all[pick(all.size())];
}

void World::tell(Person& person, const std::string& words, std::vector<std::string> commands, std::set<int> about,
                 std::function<void(const std::vector<std::string>&)> answer) {
  log("client " + std::to_string(&person - people_.data() + 1) + " " + words);
  // What two people do to one message at once may come in either order.
  for (const Person& other : people_)
    for (const int content : about)
      if (other.about.contains(content)) tallies_[content].unsure = true;
  person.words = words;
  person.about = std::move(about);
  person.answer = std::move(answer);
  person.client->send(commands);
  ++figures.commands;
}

void World::hear(Person& person) {
  std::vector<std::string> lines;
  if (!person.client || !person.client->answered(lines)) return;
  if (verbose_ && !person.words.empty()) log("        " + person.words + ": " + lines.back());
  if (person.answer) person.answer(lines);
  person.answer = nullptr;
  person.about.clear();
  person.words.clear();
}

void World::append(Person& person) {
  const auto to = any_mailbox();
  if (!to) return;
  const std::string bytes = new_message();
  const int content = contents_;
  ++tallies_[content].perhaps_added;
  tell(person, "appends " + std::to_string(content) + " to " + *to,
       {"APPEND " + *to + (chance(40) ? " (\\Seen)" : "") + " {" + std::to_string(bytes.size()) + "+}\r\n" + bytes},
       {content}, [this, content](const auto& lines) {
         if (is_ok(lines))
           ++tallies_[content].added;
         else
           --tallies_[content].perhaps_added;
       });
}

void World::act(Person& person) {
  const std::size_t kind = pick(with_mailboxes_ ? 50 : 44);
  if (kind >= 44) return act_on_mailbox(person);
  if (kind < 10) return append(person);
  auto all = places();
  std::erase_if(all, [](const Place& place) { return place.content == 0; });  // nobody could count what becomes of it
  if (all.empty()) return append(person);
  const Place place = all[pick(all.size())];
  const std::string uid = std::to_string(place.uid);
  const std::string where = std::to_string(place.content) + " in " + place.mailbox + ":" + uid;
  const std::string select = "SELECT " + place.mailbox;
  Tally& tally = tallies_[place.content];
  const int content = place.content;
  if (kind < 22) {
    const std::string flag = flags[pick(flags.size())];
    const char sign = chance(60) ? '+' : '-';
    return tell(person, "stores " + (sign + flag) + " on " + where,
                {select, "UID STORE " + uid + " " + sign + "FLAGS (" + flag + ")"}, {}, nullptr);
  }
  if (kind < 28) {
    const auto to = any_mailbox();
    if (!to) return;
    ++tally.perhaps_added;
    return tell(person, "copies " + where + " to " + *to, {select, "UID COPY " + uid + " " + *to}, {content},
                [this, content](const auto& lines) {
                  if (has(lines, "COPYUID"))
                    ++tallies_[content].added;
                  else
                    --tallies_[content].perhaps_added;
                });
  }
  if (kind < 36) {
    const auto to = any_mailbox();
    if (!to || *to == place.mailbox) return;
    return tell(person, "moves " + where + " to " + *to, {select, "UID MOVE " + uid + " " + *to}, {content}, nullptr);
  }
  if (kind < 42) {
    ++tally.perhaps_removed;
    return tell(person, "expunges " + where,
                {select, "UID STORE " + uid + " +FLAGS.SILENT (\\Deleted)", "UID EXPUNGE " + uid}, {content},
                [this, content](const auto& lines) {
                  if (has(lines, " EXPUNGE"))
                    ++tallies_[content].removed;
                  else
                    tallies_[content].unsure = true;  // it went meanwhile
                });
  }
  tell(person, "looks at " + place.mailbox, {select, "UID FETCH 1:* (FLAGS RFC822.SIZE)"}, {}, nullptr);
}

void World::act_on_mailbox(Person& person) {
  const std::string name = names[pick(names.size())];
  const std::size_t kind = pick(7);
  if (kind < 3) return tell(person, "creates " + name, {"CREATE " + name}, {}, nullptr);
  const auto chosen = any_mailbox(true);
  if (!chosen) return;
  if (kind < 5)
    return tell(person, "renames " + *chosen + " to " + name, {"RENAME " + *chosen + " " + name}, {}, nullptr);
  std::map<int, int> gone;
  for (const Place& place : places(*chosen)) ++gone[place.content];
  if (gone.contains(0)) return;
  std::set<int> about;
  for (const auto& [content, count] : gone) {
    about.insert(content);
    tallies_[content].perhaps_removed += count;
    // It may come back with the mailbox when a colleague put something there meanwhile.
    if (with_colleague_) tallies_[content].unsure = true;
  }
  // What comes there between this moment and the answer goes as well.
  for (const Person& other : people_)
    for (const int content : other.about) tallies_[content].unsure = true;
  tell(person, "deletes " + *chosen, {"DELETE " + *chosen}, about, [this, gone](const auto& lines) {
    for (const auto& [content, count] : gone)
      if (is_ok(lines))
        tallies_[content].removed += count;
      else
        tallies_[content].perhaps_removed -= count;
  });
}

void World::colleague_on_mailbox() {
  const std::string name = names[pick(names.size())];
  if (chance(40)) {
    log("colleague creates " + name);
    upstream_.create(name);
    return;
  }
  std::vector<std::string> all;
  for (const auto& [known, mailbox] : upstream_.mailboxes())
    if (known != "INBOX") all.push_back(known);
  if (all.empty()) return;
  const std::string chosen = all[pick(all.size())];
  for (const model::Message& message : upstream_.find(chosen)->messages)
    tallies_[content_in(*message.bytes)].colleague = true;
  if (chance(50)) {
    log("colleague renames " + chosen + " to " + name);
    upstream_.rename(chosen, name);
  } else {
    log("colleague deletes " + chosen);
    upstream_.remove(chosen);
  }
}

void World::colleague() {
  if (with_mailboxes_ && chance(12)) {
    colleague_on_mailbox();
    return wire_.tell_all();
  }
  std::vector<std::string> boxes;
  std::vector<std::pair<std::string, model::Uid>> all;
  for (const auto& [name, mailbox] : upstream_.mailboxes()) {
    boxes.push_back(name);
    for (const model::Message& message : mailbox.messages) all.emplace_back(name, message.uid);
  }
  const std::string to = boxes[pick(boxes.size())];
  const std::size_t kind = pick(10);
  if (kind < 3 || all.empty()) {
    const std::string bytes = new_message();
    Tally& tally = tallies_[contents_];
    ++tally.added;
    ++tally.perhaps_added;
    log("colleague appends " + std::to_string(contents_) + " to " + to);
    // Between the last look at a mailbox that a client deleted and its DELETE: it goes with it.
    tally.unsure = process_->view()->find_name(to) == nullptr;
    upstream_.append(to, bytes);
    return wire_.tell_all();
  }
  const auto [from, uid] = all[pick(all.size())];
  const int content = content_in(*upstream_.find(from)->find(uid)->bytes);
  const std::string where = std::to_string(content) + " in " + from + ":" + std::to_string(uid);
  if (kind < 6) {
    const std::string& flag = flags[pick(flags.size())];
    log("colleague flags " + where + " " + flag);
    if (chance(60))
      upstream_.set_flag(from, uid, flag);
    else
      upstream_.clear_flag(from, uid, flag);
    return wire_.tell_all();
  }
  tallies_[content].colleague = true;
  if (kind < 8) {
    log("colleague moves " + where + " to " + to);
    if (to != from) upstream_.move(from, {uid}, to);
  } else if (kind < 9) {
    log("colleague copies " + where + " to " + to);
    upstream_.copy(from, {uid}, to);
  } else {
    log("colleague expunges " + where);
    upstream_.expunge(from, {uid});
  }
  wire_.tell_all();
}

}  // namespace satchel::sim
