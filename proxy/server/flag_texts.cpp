#include "proxy/server/flag_texts.hpp"

#include "proxy/imap/flag.hpp"

namespace satchel::server {

FlagTexts::Entry& FlagTexts::entry(store::FlagSetId id) {
  if (id.value >= entries_.size()) entries_.resize(id.value + 1);
  auto& at = entries_[id.value];
  if (!at) at = std::make_unique<Entry>();
  return *at;
}

FlagTexts::Entry& FlagTexts::made(store::FlagSetId id) {
  Entry& at = entry(id);
  if (at.made) return at;
  std::vector<std::string> names = set(id).names();
  at.plain = imap::write_flags(names);
  names.emplace_back(imap::recent_flag);
  at.recent = imap::write_flags(names);
  at.made = true;
  return at;
}

const std::string& FlagTexts::text(store::FlagSetId id) {
  return made(id).plain;
}

const std::string& FlagTexts::text_with_recent(store::FlagSetId id) {
  return made(id).recent;
}

bool FlagTexts::note(store::FlagSetId id) {
  Entry& at = entry(id);
  if (at.noted) return false;
  at.noted = true;
  bool fresh = false;
  for (const std::string& keyword : set(id).keywords()) {
    if (keywords_.has_keyword(keyword)) continue;
    keywords_.add_keyword(keyword);
    fresh = true;
  }
  return fresh;
}

std::vector<std::string> FlagTexts::flags() const {
  std::vector<std::string> all = {std::string(imap::answered_flag), std::string(imap::flagged_flag),
                                  std::string(imap::deleted_flag), std::string(imap::seen_flag),
                                  std::string(imap::draft_flag)};
  all.insert(all.end(), keywords_.keywords().begin(), keywords_.keywords().end());
  return all;
}

}  // namespace satchel::server
