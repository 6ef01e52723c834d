#include "store/check_rows.hpp"

#include "crypto/secret.hpp"
#include "store/encoding.hpp"

namespace satchel::store {
namespace {

constexpr const char* hash_key_row = "content hash key";
constexpr std::size_t hash_size = 32;

std::string name_of(ContentNumber content) {
  return "Content " + std::to_string(content.value);
}
ContentNumber content_in(std::string_view key) {
  return ContentNumber{rows::number_in(key, 1, 8)};
}

}  // namespace

void RowCheck::row(std::string_view key, std::string_view value) {
  ++findings_.rows;
  if (key == rows::schema()) {
    Decoder in(value);
    has_schema_ = in.number() == rows::schema_version && in.good() && in.at_end();
    return;
  }
  if (key == rows::counters()) return counters(value);
  switch (key.empty() ? '\0' : key.front()) {
    case 'A':
      return account(key, value);
    case 'B':
      return mailbox(key, value);
    case 'C':
      return content(key, value);
    case 'D':
      return alias(key, value);
    case 'E':
    case 'P':
    case 'H':
      return summary(key, value);
    case 'F':
      return flag_set(key, value);
    case 'J':
      return operation(key, value);
    case 'K':
      return hash(key, value);
    case 'M':
      return message(key, value);
    case 'N':
      return missing(key);
    case 'R':
      return rescued(key, value);
    case 'S':
      return subscription(key, value);
    case 'V':
      return vanished(key, value);
    case 'a':
      return state(key, value);
    case 's':
      return setting(key.substr(1), value);
    default:
      findings_.add("There is a row of a kind that nobody knows.");
  }
}

void RowCheck::counters(std::string_view value) {
  const auto read = rows::decode_counters(value);
  if (read)
    counters_ = *read;
  else
    findings_.add("The counters cannot be read.");
}

void RowCheck::setting(std::string_view name, std::string_view value) {
  if (name == hash_key_row) hash_key_ = value;
}

void RowCheck::content(std::string_view key, std::string_view value) {
  const ContentNumber number = content_in(key);
  const auto where = rows::decode_location(value);
  if (key.size() != 9 || !where || where->hash.size() != hash_size)
    return findings_.add("The place of content " + std::to_string(number.value) + " cannot be read.");
  std::uint64_t size = 0;
  for (const Extent& extent : where->extents) {
    size += extent.plain_size;
    if (extent.segment == 0 || extent.plain_size > Segments::max_extent_size)
      findings_.add(name_of(number) + " has a piece that cannot be.");
  }
  if (size != where->size) findings_.add(name_of(number) + " has pieces of another size than its own.");
  if (number.value > counters_.last_content) findings_.add(name_of(number) + " has a number that was never given.");
  places_.insert(number);
  hashes_[number] = rows::number_in(where->hash, 0, 8);
}

// "C" rows have passed: what it leads to is known.
void RowCheck::alias(std::string_view key, std::string_view value) {
  const ContentNumber number = content_in(key);
  const ContentNumber same{rows::number_in(value, 0, 8)};
  if (key.size() != 9 || value.size() != 8 || !places_.contains(same))
    findings_.add(name_of(number) + " shares the bytes of one that is not there.");
  if (places_.contains(number)) findings_.add(name_of(number) + " has bytes of its own and shares another's.");
  if (number.value > counters_.last_content) findings_.add(name_of(number) + " has a number that was never given.");
  aliases_.insert(number);
}

void RowCheck::hash(std::string_view key, std::string_view value) {
  const ContentNumber number{rows::number_in(value, 0, 8)};
  const auto found = hashes_.find(number);
  if (key.size() != 1 + hash_size || value.size() != 8 || found == hashes_.end() ||
      found->second != rows::number_in(key, 1, 8))
    findings_.add("A hash leads to content " + std::to_string(number.value) +
                  ", which has another one or is not there.");
}

void RowCheck::summary(std::string_view key, std::string_view value) {
  const ContentNumber number = content_in(key);
  if (key.size() != 9 || number.value > counters_.last_content)
    findings_.add("There is a summary of content " + std::to_string(number.value) + ", which never was.");
  if (key.front() == 'H') return headers_.insert(number);
  const bool envelope = key.front() == 'E';
  (envelope ? envelopes_ : structures_).insert(number);
  if (reads_ && (value.empty() || !(envelope ? reads_(value, {}) : reads_({}, value))))
    findings_.add(name_of(number) + (envelope ? " has an ENVELOPE" : " has a BODYSTRUCTURE") + " that cannot be read.");
}

void RowCheck::finish_contents() {
  places_.for_each([this](ContentNumber number) {
    if (!envelopes_.contains(number) || !structures_.contains(number) || !headers_.contains(number))
      findings_.add(name_of(number) + " has no summary.");
  });
  aliases_.for_each([this](ContentNumber number) {
    if (envelopes_.contains(number) || structures_.contains(number) || headers_.contains(number))
      findings_.add(name_of(number) + " shares another's bytes and has a summary of its own.");
  });
}

void RowCheck::finish() {
  if (!has_schema_) findings_.add("The version of the store is missing, or another one.");
  if (hash_key_.size() != crypto::Key::size) findings_.add("The key of content hashes is missing.");
  finish_contents();
  for (const auto& [id, account] : accounts_) finish_account(id, account);
}

}  // namespace satchel::store
