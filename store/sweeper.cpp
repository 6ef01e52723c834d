#include "store/sweeper.hpp"

#include <algorithm>

#include "store/content_reading.hpp"
#include "store/encoding.hpp"
#include "store/on_pool.hpp"

namespace satchel::store {
namespace {

constexpr std::size_t most_in_a_batch = 200;
constexpr std::int64_t most_in_a_look = 86400;  // seconds that are believed to have passed between two looks
constexpr const char* last_look_setting = "rescued looked at";

// Since when a message is rescued, by the clock of now. `last`: when it was looked at the last time; 0: never.
std::int64_t counted_from(std::int64_t rescued_at, std::int64_t last, std::int64_t now) {
  if (last == 0) return rescued_at;
  const std::int64_t passed = now - last;
  if (passed > most_in_a_look && rescued_at <= last + most_in_a_look) return rescued_at + passed - most_in_a_look;
  if (passed < 0 && rescued_at > now) return now - std::max<std::int64_t>(last - rescued_at, 0);
  return rescued_at;
}

// What is known to be mentioned at one moment. Published mailboxes do not change any more.
struct Mentioning {
  std::vector<MailboxPtr> mailboxes;
  std::vector<ContentNumber> rescued;
  std::unordered_map<ContentNumber, ContentNumber> aliases;

  ContentSet resolved(ContentSet& aliases_used) const {
    ContentSet set;
    const auto mention = [&](ContentNumber content) {
      const auto alias = aliases.find(content);
      if (alias != aliases.end()) aliases_used.insert(content);
      set.insert(alias == aliases.end() ? content : alias->second);
    };
    for (const MailboxPtr& mailbox : mailboxes)
      mailbox->messages.for_each([&](const Message& message) { mention(message.content); });
    for (const ContentNumber content : rescued) mention(content);
    return set;
  }
};

Mentioning mentioning(const WorkingState& state) {
  Mentioning all;
  all.aliases = state.places.aliases;
  for (const auto& [id, account] : state.accounts) {
    for (const auto& [mailbox_id, mailbox] : account->state.mailboxes) all.mailboxes.push_back(mailbox);
    for (const auto& [content, rescued] : account->rescued) all.rescued.push_back(content);
  }
  return all;
}

}  // namespace

awaitable<Result<>> Sweeper::sweep(std::int64_t keep_seconds) {
  if (!sweeping_.expired()) co_return Result<>{};
  const auto sweeping = std::make_shared<bool>(true);
  sweeping_ = sweeping;
  auto done = co_await forget_old_rescued(keep_seconds);
  if (done) done = co_await drop_unmentioned();
  state_.places.swept_up_to = 0;
  state_.places.mentioned.reset();
  if (done) done = co_await rewrite_segments();
  co_return done;
}

awaitable<Result<std::int64_t>> Sweeper::last_look() {
  const auto work = [this]() -> Result<std::int64_t> {
    const auto lent = parts_.lend();
    if (!lent) return lent.error();
    const auto row = lent->database().get(rows::setting(last_look_setting));
    if (!row && row.error().code == ErrorCode::not_found) return std::int64_t(0);
    if (!row) return row.error();
    Decoder in(*row);
    return in.signed_number();
  };
  co_return co_await on_pool(pool_, work);
}

awaitable<Result<>> Sweeper::forget_old_rescued(std::int64_t keep_seconds) {
  const auto last = co_await last_look();
  if (!last) co_return last.error();
  const std::int64_t before = *last;
  Committer::Task task = [this, keep_seconds, before](Batch& batch) -> Result<> {
    for (auto& [id, account] : state_.accounts)
      for (auto at = account->rescued.begin(); at != account->rescued.end();) {
        Rescued& rescued = at->second;
        const std::int64_t since = counted_from(rescued.rescued_at, before, batch.now());
        const bool old = since + keep_seconds < batch.now();
        if (old)
          batch.rows().erase(rows::rescued(id, at->first));
        else if (since != rescued.rescued_at) {
          rescued.rescued_at = since;
          batch.rows().put(rows::rescued(id, at->first), rows::encode(rescued));
        }
        at = old ? account->rescued.erase(at) : std::next(at);
      }
    std::string look;
    put_signed(look, batch.now());
    batch.rows().put(rows::setting(last_look_setting), look);
    return {};
  };
  co_return co_await committer_.run(std::move(task));
}

awaitable<Result<>> Sweeper::drop_unmentioned() {
  auto garbage = co_await find_unmentioned();
  if (!garbage) co_return garbage.error();
  for (std::size_t at = 0; at < garbage->size(); at += most_in_a_batch) {
    const auto begin = garbage->begin() + std::ptrdiff_t(at);
    std::vector<Garbage> some(begin, begin + std::ptrdiff_t(std::min(most_in_a_batch, garbage->size() - at)));
    const auto dropped = co_await drop(std::move(some));
    if (!dropped) co_return dropped;
  }
  co_return Result<>{};
}

// Nothing that is found unmentioned can be mentioned again: only its hash could lead to it, and
// ContentPlaces::stays() says no from the moment of the snapshot on.
awaitable<Result<std::vector<Sweeper::Garbage>>> Sweeper::find_unmentioned() {
  Mentioning snapshot;
  Committer::Task look = [this, &snapshot](Batch&) -> Result<> {
    snapshot = mentioning(state_);
    state_.places.mentioned.reset();
    state_.places.swept_up_to = state_.counters.last_content;
    return {};
  };
  const auto looked = co_await committer_.run(std::move(look), Committer::Turn::alone);
  if (!looked) co_return looked.error();
  const auto mentioned = std::make_shared<ContentSet>();
  const std::uint64_t up_to = state_.places.swept_up_to;
  std::vector<ContentNumber> aliases;
  const auto work = [this, &snapshot, &mentioned, &aliases, up_to]() -> Result<std::vector<Garbage>> {
    ContentSet aliases_used;
    *mentioned = snapshot.resolved(aliases_used);
    for (const auto& [alias, same] : snapshot.aliases)
      if (!aliases_used.contains(alias)) aliases.push_back(alias);
    const auto lent = parts_.lend();
    if (!lent) return lent.error();
    std::vector<Garbage> found;
    const std::string prefix = rows::content_prefix();
    const auto cursor = lent->database().scan(prefix);
    for (; cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) {
      const ContentNumber content{rows::number_in(cursor->key(), prefix.size(), 8)};
      if (content.value > up_to || mentioned->contains(content)) continue;
      const auto where = rows::decode_location(cursor->value());
      found.push_back({content, where ? where->hash : std::string()});
    }
    if (const auto error = cursor->error(); !error) return error.error();
    return found;
  };
  auto found = co_await on_pool(pool_, work);
  if (!found) co_return found;
  state_.places.mentioned = mentioned;
  Committer::Task drop_aliases = [this, &aliases](Batch& batch) -> Result<> {
    for (const ContentNumber alias : aliases)
      if (state_.places.aliases.erase(alias) != 0) batch.rows().erase(rows::alias(alias));
    return {};
  };
  const auto dropped = co_await committer_.run(std::move(drop_aliases));
  if (!dropped) co_return dropped.error();
  co_return found;
}

awaitable<Result<>> Sweeper::drop(std::vector<Garbage> garbage) {
  Committer::Task task = [this, &garbage](Batch& batch) -> Result<> {
    for (const Garbage& one : garbage) {
      batch.rows().erase(rows::content(one.content));
      rows::erase_summary(batch.rows(), one.content);
      if (one.hash.empty()) continue;
      // The hash may lead to a later content of the same bytes by now.
      const auto row = parts_.database()->get(rows::content_hash(one.hash));
      if (row && rows::number_in(*row, 0, 8) == one.content.value) batch.rows().erase(rows::content_hash(one.hash));
    }
    return {};
  };
  co_return co_await committer_.run(std::move(task), Committer::Turn::alone);
}

}  // namespace satchel::store
