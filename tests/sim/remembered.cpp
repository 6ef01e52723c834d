#include "remembered.hpp"

#include <algorithm>
#include <sstream>
#include <string_view>

namespace satchel::sim {

namespace {

// The number after `word`; 0: it is not there.
std::uint64_t number_after(std::string_view line, std::string_view word) {
  const std::size_t at = line.find(word);
  if (at == std::string_view::npos) return 0;
  return std::strtoull(std::string(line.substr(at + word.size(), 20)).c_str(), nullptr, 10);
}

std::string flags_in(std::string_view line) {
  const std::size_t at = line.find("FLAGS (");
  const std::size_t from = at + 7;
  std::istringstream words(std::string(line.substr(from, line.find(')', from) - from)));
  std::vector<std::string> all;
  for (std::string word; words >> word;)
    if (word != "\\Recent") all.push_back(word);
  std::sort(all.begin(), all.end());
  std::string text;
  for (const std::string& word : all) text += " " + word;
  return text;
}

template <class Each>
void for_each_in(std::string_view set, Each&& each) {
  std::istringstream parts{std::string(set)};
  for (std::string part; std::getline(parts, part, ',');) {
    const std::size_t colon = part.find(':');
    const std::uint64_t first = std::stoull(part);
    const std::uint64_t last = colon == std::string::npos ? first : std::stoull(part.substr(colon + 1));
    each(first, last);
  }
}

// One answer to SELECT and UID FETCH, taken in line by line.
struct Hearing {
  std::map<std::uint64_t, std::string> flags;  // as it was remembered, then as SELECT left it
  std::map<std::uint64_t, std::pair<std::string, std::uint64_t>> afresh;  // and MODSEQ
  std::uint64_t validity = 0, modseq = 0, exists = 0;
  int answers = 0;
  bool refused = false;
  bool moves = false;  // something came or went after SELECT

  void take(std::string_view line) {
    if (!line.starts_with("* ")) {
      ++answers;
      refused |= line.substr(line.find(' ') + 1, 3) != "OK ";
      return;
    }
    const bool selected = answers >= 2;
    validity = std::max(validity, number_after(line, "[UIDVALIDITY "));
    if (!selected) modseq = std::max(modseq, number_after(line, "[HIGHESTMODSEQ "));
    if (line.ends_with(" EXISTS")) {
      exists = number_after(line, "* ");
      moves |= selected;
    } else if (line.starts_with("* VANISHED ")) {
      moves |= selected;
      for_each_in(line.substr(line.rfind(' ') + 1), [&](std::uint64_t first, std::uint64_t last) {
        flags.erase(flags.lower_bound(first), flags.upper_bound(last));
      });
    } else if (const std::uint64_t uid =
                   line.find(" FETCH (") != std::string_view::npos ? number_after(line, "UID ") : 0) {
      if (selected)
        afresh[uid] = {flags_in(line), number_after(line, "MODSEQ (")};
      else
        flags[uid] = flags_in(line);
    }
  }

  std::optional<std::string> compare() const {
    if (flags.size() != exists)
      return "after QRESYNC a client knows " + std::to_string(flags.size()) + " of " + std::to_string(exists) +
             " messages";
    for (const auto& [uid, told] : afresh) {
      const auto known = flags.find(uid);
      if (known == flags.end()) return "after QRESYNC a client does not know of UID " + std::to_string(uid);
      if (known->second != told.first && told.second <= modseq)
        return "after QRESYNC a client has other flags: UID " + std::to_string(uid) + "," + known->second +
               " instead of" + told.first;
    }
    return std::nullopt;
  }
};

}  // namespace

std::vector<std::string> Remembered::commands(const std::string& mailbox) const {
  const auto known = mailboxes_.find(mailbox);
  std::string select = "SELECT \"" + mailbox + "\"";
  if (known != mailboxes_.end())
    select +=
        " (QRESYNC (" + std::to_string(known->second.validity) + " " + std::to_string(known->second.modseq) + "))";
  return {"ENABLE QRESYNC", select, "UID FETCH 1:* (FLAGS MODSEQ)"};
}

std::optional<std::string> Remembered::hear(const std::string& mailbox, const std::vector<std::string>& lines) {
  const auto known = mailboxes_.extract(mailbox);
  Hearing hearing;
  for (const std::string& line : lines)
    hearing.validity = std::max(hearing.validity, number_after(line, "[UIDVALIDITY "));
  const bool continues = !known.empty() && known.mapped().validity == hearing.validity;
  if (continues) hearing.flags = known.mapped().flags;
  for (const std::string& line : lines) hearing.take(line);
  if (hearing.refused || hearing.moves || hearing.modseq == 0) return std::nullopt;
  if (continues)
    if (auto wrong = hearing.compare()) return mailbox + ": " + *wrong;
  Mailbox& now = mailboxes_[mailbox];
  now.validity = hearing.validity;
  now.modseq = hearing.modseq;
  for (const auto& [uid, told] : hearing.afresh) now.flags[uid] = told.first;
  return std::nullopt;
}

}  // namespace satchel::sim
