// What goes back to an older state: the server from a backup, the home from a copy.
#include "world.hpp"

namespace satchel::sim {

void World::back_up() {
  tell_of("the server is backed up");
  backup_ = upstream_;
}

// With UIDVALIDITYs that were never used: UIDs that are given again name other messages.
void World::restore_backup() {
  if (!backup_) return back_up();
  tell_of("the server goes back to its backup");
  ++figures.backups;
  // What people did since is undone; what of it the program sends afterwards is done again.
  for (auto& [content, tally] : tallies_) tally.colleague = true;
  upstream_.restore_backup(*backup_);
  std::vector<std::string> names;
  for (const auto& [name, mailbox] : upstream_.mailboxes()) names.push_back(name);
  for (const std::string& name : names) upstream_.new_uid_validity(name);
  wire_.tell_all();
}

void World::copy_home() {
  tell_of("the home is copied");
  copy_.emplace();
  copy_->disks = disks_->copy(random_);
  copy_->tallies = tallies_;
  copy_->was_here = was_here_;
  copy_->put_backs = put_backs_;
  for (const Person& person : people_) copy_->about.insert(person.about.begin(), person.about.end());
}

// What was asked for before the copy was made takes effect once all the same; of what came later nothing is known
// here. Where the mark does not tell, the clients' memory is that of the copy, too: it is the whole machine.
void World::put_home_back(bool mark_tells) {
  if (!copy_) return copy_home();
  tell_of(mark_tells ? "the home is put back" : "the whole machine is put back");
  ++figures.put_backs;
  die();
  disks_ = copy_->disks->copy(random_);
  const auto asked_for = [](const Tally& tally) {
    return std::tuple(tally.perhaps_added, tally.perhaps_removed, tally.moves);
  };
  for (auto& [content, tally] : tallies_) {
    const auto known = copy_->tallies.find(content);
    if (known == copy_->tallies.end() || asked_for(known->second) != asked_for(tally)) tally.unsure = true;
  }
  for (const int content : copy_->about) tallies_[content].unsure = true;
  was_here_ = copy_->was_here;
  here_since_.clear();
  if (!mark_tells) {
    put_backs_ = copy_->put_backs;
    uid_log_.clear();
    modseqs_.clear();
    highest_.clear();
    for (Person& person : people_) person.remembered = {};
  }
  start(mark_tells ? ++put_backs_ : 0);
}

}  // namespace satchel::sim
