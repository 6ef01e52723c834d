// What clients do, through the program.
#include <algorithm>
#include <iostream>

#include "world.hpp"

namespace satchel::sim {

namespace {

const std::vector<std::string> names = {"A", "B", "C", "D"};
const std::vector<std::string> flags = {"\\Seen", "\\Flagged", "\\Answered", "$Work", "\\Deleted"};

bool is_ok(const std::vector<std::string>& lines) {
  const std::string& last = lines.back();
  return last.substr(last.find(' ') + 1).starts_with("OK");
}

bool has(const std::vector<std::string>& lines, std::string_view word) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(word) != std::string::npos; });
}

std::string quoted(const std::string& mailbox) {
  return '"' + mailbox + '"';
}

std::string select(const World::Place& place) {
  return "SELECT " + quoted(place.mailbox);
}

std::string uid(const World::Place& place, const char* verb) {
  return "UID " + std::string(verb) + " " + std::to_string(place.uid) + " ";
}

std::string words_of(const World::Place& place) {
  return std::to_string(place.content) + " in " + place.mailbox + ":" + std::to_string(place.uid);
}

}  // namespace

const std::string& World::any_name() {
  return names[pick(names.size())];
}

const std::string& World::any_flag() {
  return flags[pick(flags.size())];
}

void World::log(const std::string& line) {
  if (verbose_) std::cerr << time_.seconds() % 100000 << " " << line << "\n";
}

void World::tell_of(const std::string& act) {
  story_.push_back(std::to_string(act_) + " " + act);
  log(story_.back());
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

// One of which it is known what it is: else nobody could count what becomes of it.
std::optional<World::Place> World::any_place() {
  auto all = places();
  std::erase_if(all, [](const Place& place) { return place.content == 0; });
  if (all.empty()) return std::nullopt;
  return all[pick(all.size())];
}

void World::tell(Person& person, const std::string& words, std::vector<std::string> commands, std::set<int> about,
                 std::function<void(const std::vector<std::string>&)> answer) {
  tell_of("client " + std::to_string(&person - people_.data() + 1) + " " + words);
  // What two people do to one message at once may come in either order.
  person.alone = true;
  for (Person& other : people_) {
    if (&other == &person) continue;
    person.alone &= !other.client->waits();
    other.alone = false;
    for (const int content : about)
      if (other.about.contains(content)) tallies_[content].unsure = true;
  }
  person.words = words;
  person.about = std::move(about);
  person.reopenings = reopenings_;
  person.answer = std::move(answer);
  person.client->send(commands);
  ++figures.commands;
}

void World::hear(Person& person) {
  std::vector<std::string> lines;
  if (!person.client || !person.client->answered(lines)) return;
  if (verbose_ && !person.words.empty()) log("        " + person.words + ": " + lines.back());
  shaken_ = person.reopenings != reopenings_;
  if (person.answer) person.answer(lines);
  person.answer = nullptr;
  person.about.clear();
  person.words.clear();
}

void World::append(Person& person, const std::string& to) {
  const std::string bytes = new_message();
  const int content = contents_;
  ++tallies_[content].perhaps_added;
  tell(person, "appends " + std::to_string(content) + " to " + to,
       {"APPEND " + quoted(to) + (chance(40) ? " (\\Seen)" : "") + " {" + std::to_string(bytes.size()) + "+}\r\n" +
        bytes},
       {content}, [this, content](const auto& lines) {
         if (is_ok(lines))
           ++tallies_[content].added;
         else if (!shaken_)
           --tallies_[content].perhaps_added;
       });
}

void World::store_flag(Person& person, const Place& place, const std::string& flag, bool on) {
  const auto change = [&flag](bool set) { return (set ? "+" : "-") + std::string("FLAGS (") + flag + ")"; };
  std::vector<std::string> commands{select(place), uid(place, "STORE") + change(on)};
  const bool twice = chance(20);
  if (twice) commands.insert(commands.begin() + 1, uid(place, "STORE") + change(!on));
  flags_told_[{place.content, flag}].reset();
  tell(person, "stores " + change(on) + (twice ? " after its opposite" : "") + " on " + words_of(place), commands, {},
       [this, &person, place, flag, on](const auto& lines) {
         const bool sure = is_ok(lines) && person.alone && !shaken_;
         flags_told_[{place.content, flag}] = sure ? std::optional(on) : std::nullopt;
         if (!is_ok(lines) || with_colleague_ || traits_.gmail || shaken_ || !person.alone || wrong_) return;
         wrong_ = check_flag(place, flag, on);
       });
}

void World::copy(Person& person, const Place& place, const std::string& to) {
  const int content = place.content;
  ++tallies_[content].perhaps_added;
  ++tallies_[content].copies;
  tell(person, "copies " + words_of(place) + " to " + to, {select(place), uid(place, "COPY") + quoted(to)}, {content},
       [this, content](const auto& lines) {
         if (has(lines, "COPYUID"))
           ++tallies_[content].added;
         else if (!shaken_)
           --tallies_[content].perhaps_added;
       });
}

void World::move(Person& person, const Place& place, const std::string& to) {
  if (to == place.mailbox) return;
  ++tallies_[place.content].moves;
  tell(person, "moves " + words_of(place) + " to " + to, {select(place), uid(place, "MOVE") + quoted(to)},
       {place.content}, nullptr);
}

void World::expunge(Person& person, const Place& place) {
  const int content = place.content;
  ++tallies_[content].perhaps_removed;
  flags_told_[{content, "\\Deleted"}].reset();
  // What went up in the time that was lost is shown beside what is to go up, until it is decided: one of two goes.
  if (figures.put_backs > 0 && waits_for_an_answer(content)) tallies_[content].unsure = true;
  tell(person, "expunges " + words_of(place),
       {select(place), uid(place, "STORE") + "+FLAGS.SILENT (\\Deleted)", uid(place, "EXPUNGE")}, {content},
       [this, content](const auto& lines) {
         if (has(lines, " EXPUNGE"))
           ++tallies_[content].removed;
         else
           tallies_[content].unsure = true;  // it went meanwhile
       });
}

void World::subscribe(Person& person, const std::string& mailbox, bool on) {
  const std::string verb = on ? "SUBSCRIBE " : "UNSUBSCRIBE ";
  subscribed_told_[mailbox].reset();
  tell(person, (on ? "subscribes " : "unsubscribes ") + mailbox, {verb + quoted(mailbox)}, {},
       [this, &person, mailbox, on](const auto& lines) {
         const bool sure = is_ok(lines) && person.alone && !shaken_;
         subscribed_told_[mailbox] = sure ? std::optional(on) : std::nullopt;
       });
}

void World::rename(Person& person, const std::string& mailbox, const std::string& to) {
  tell(person, "renames " + mailbox + " to " + to, {"RENAME " + quoted(mailbox) + " " + quoted(to)}, {}, nullptr);
}

void World::remove(Person& person, const std::string& mailbox) {
  std::map<int, int> gone;
  for (const Place& place : places(mailbox)) ++gone[place.content];
  if (gone.contains(0)) return;
  std::set<int> about;
  for (const auto& [content, count] : gone) {
    about.insert(content);
    tallies_[content].perhaps_removed += count;
    // It may come back with the mailbox when a colleague put something there meanwhile.
    if (with_colleague_) tallies_[content].unsure = true;
  }
  // What is held there is shown, and goes with it.
  if (const auto shown = process_->view()->find_name(mailbox))
    shown->messages.for_each([this](const store::Message& message) {
      tallies_[content_of(message)].perhaps_removed += message.held && message.visible() ? 1 : 0;
    });
  // What comes there between this moment and the answer goes as well.
  for (const Person& other : people_)
    for (const int content : other.about) tallies_[content].unsure = true;
  tell(person, "deletes " + mailbox, {"DELETE " + quoted(mailbox)}, about, [this, gone](const auto& lines) {
    for (const auto& [content, count] : gone)
      if (is_ok(lines))
        tallies_[content].removed += count;
      else if (!shaken_)
        tallies_[content].perhaps_removed -= count;
  });
}

void World::act(Person& person) {
  const std::size_t kind = pick(with_mailboxes_ ? 57 : 51);
  if (kind >= 51) return act_on_mailbox(person);
  const auto to = any_mailbox();
  if (!to) return;
  if (kind >= 48) return subscribe(person, *to, chance(50));
  if (kind < 10) return append(person, *to);
  const auto place = any_place();
  if (!place) return append(person, *to);
  if (kind < 22) return store_flag(person, *place, any_flag(), chance(60));
  if (kind < 28) return copy(person, *place, *to);
  if (kind < 36) return move(person, *place, *to);
  if (kind < 42) return expunge(person, *place);
  if (kind < 44)
    return tell(person, "looks at " + place->mailbox, {select(*place), "UID FETCH 1:* (FLAGS RFC822.SIZE)"}, {},
                nullptr);
  tell(person, "comes back to " + place->mailbox, person.remembered.commands(place->mailbox), {},
       [this, &person, mailbox = place->mailbox](const auto& lines) {
         if (auto wrong = person.remembered.hear(mailbox, lines); wrong && !wrong_) wrong_ = wrong;
       });
}

void World::act_on_mailbox(Person& person) {
  const std::string name = any_name();
  const std::size_t kind = pick(7);
  if (kind < 3) return tell(person, "creates " + name, {"CREATE " + name}, {}, nullptr);
  const auto chosen = any_mailbox(true);
  if (!chosen) return;
  if (kind < 5) return rename(person, *chosen, name);
  remove(person, *chosen);
}

}  // namespace satchel::sim
