// Headers and contents that are not here yet: no lane is held, since what a UID names never
// changes. The order names messages of one mailbox, newest first (plan_contents.cpp).
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "proxy/sync/bind.hpp"
#include "proxy/sync/edit.hpp"
#include "proxy/sync/jobs.hpp"
#include "proxy/sync/memory.hpp"

namespace satchel::sync {

using store::ContentNumber;
using store::Message;
using store::MessageRef;
using store::Operation;

namespace {

constexpr std::uint64_t bytes_at_once = 8 * 1024 * 1024;
constexpr std::uint64_t bytes_on_fast_line = 24 * 1024 * 1024;  // one that brings a batch in a second
constexpr std::int64_t fast = 1;
constexpr std::size_t contents_at_once = 2000;
constexpr std::size_t headers_at_once = 1000;
constexpr std::int64_t longest_back_fill = 30;  // seconds: then it is looked anew what is most urgent
constexpr std::size_t newest_at_once = 50;
constexpr std::uint64_t newest_bytes = 2 * 1024 * 1024;

struct Wanted {
  UpstreamUid uid;
  MessageRef ref;
};
using Batch = std::vector<Wanted>;  // ascending UID

// Whether UIDVALIDITY says what the UIDs name.
enum class Uids : std::uint8_t { firm, doubtful };

bool lacks(const store::AccountState& state, const Message& row, const JobOrder& order) {
  if (!row.upstream) return false;
  const bool bytes = order.whole && state.missing.contains(row.content);
  return bytes || !row.header;
}

const Wanted* find_in(const Batch& batch, UpstreamUid uid) {
  const auto at =
      std::lower_bound(batch.begin(), batch.end(), uid, [](const Wanted& a, UpstreamUid b) { return a.uid < b; });
  return at != batch.end() && at->uid == uid ? &*at : nullptr;
}

void learn(Message& row, std::uint64_t message_id, std::uint64_t header) {
  row.header = true;
  if (!row.there.known() && row.upstream) {
    row.there.message_id = message_id;
    row.there.header = header;
  }
  if (!row.here.known()) {
    row.here.message_id = message_id;
    row.here.header = header;
  }
}

// Copies made before it came share the content; their rows learn what it is.
void tell_copies(store::Transaction& tx, MessageRef ref) {
  std::vector<MessageRef> open{ref};
  while (!open.empty()) {
    const MessageRef from = open.back();
    open.pop_back();
    const Message known = *tx.state().find(from);
    for (store::OperationId id : operations_on(tx.state(), from)) {
      const Operation* operation = tx.state().journal.find(id);
      const Message* copy =
          operation->source == from && operation->target ? tx.state().find(operation->target) : nullptr;
      if (!copy || copy->content != known.content || (copy->header && copy->metadata)) continue;
      open.push_back(operation->target);
      edit(tx, operation->target, [&](Message& row) {
        row.here = known.here;
        row.zone = known.zone;
        row.there = known.there;
        row.metadata = known.metadata;
        row.header = known.header;
      });
    }
  }
}

bool take(store::Transaction& tx, const Wanted& wanted, const store::StoredContent& stored, Uids uids) {
  const Message* row = tx.state().find(wanted.ref);
  if (!row || row->upstream != wanted.uid) return true;
  // Another body under a known UID is not believed.
  const bool other = row->there.known() && row->there.header != stored.header_hash;
  if (other || (uids == Uids::doubtful && row->there.size != stored.size)) return false;
  if (tx.state().missing.contains(row->content)) tx.attach(row->content, stored);
  edit(tx, wanted.ref, [&](Message& message) {
    learn(message, stored.message_id_hash, stored.header_hash);
    if (!message.own) message.here.size = std::uint32_t(stored.size);  // a server may lie about it
  });
  tell_copies(tx, wanted.ref);
  return true;
}

void take(store::Transaction& tx, const Wanted& wanted, const Metadata& metadata) {
  const Message* row = tx.state().find(wanted.ref);
  if (!row || row->upstream != wanted.uid || !metadata.identity.known()) return;
  if (tx.state().missing.contains(row->content)) tx.attach_header(row->content, metadata.summary);
  edit(tx, wanted.ref,
       [&](Message& message) { learn(message, metadata.identity.message_id, metadata.identity.header); });
  tell_copies(tx, wanted.ref);
}

// What some other mailbox holds already is not loaded again (EMAILID, X-GM-MSGID).
void share_known(Work& work, const std::vector<MessageRef>& messages) {
  std::unordered_map<std::uint64_t, MessageRef> wanted;
  for (MessageRef ref : messages) {
    const Message* row = work.state().find(ref);
    if (row && row->email_id && work.state().missing.contains(row->content)) wanted.emplace(row->email_id, ref);
  }
  if (wanted.empty()) return;
  std::vector<std::pair<MessageRef, MessageRef>> pairs;
  for (const auto& [id, mailbox] : work.state().mailboxes) {
    const store::MailboxId box = id;
    mailbox->messages.for_each([&](const Message& row) {
      const auto found = row.email_id ? wanted.find(row.email_id) : wanted.end();
      if (found == wanted.end() || !row.header || !here(work.state(), row.content)) return;
      pairs.emplace_back(found->second, MessageRef{box, row.uid});
      wanted.erase(found);
    });
  }
  for (const auto& [lacking, holding] : pairs) {
    const Message known = *work.state().find(holding);
    edit(work.tx(), lacking, [&](Message& row) {
      row.content = known.content;
      if (known.here.known()) learn(row, known.here.message_id, known.here.header);
    });
    tell_copies(work.tx(), lacking);
  }
}

// What an order names and, where it goes on, what of the mailbox was measured since then: between two orders the line
// is idle for a round trip.
class Messages {
 public:
  Messages(Work& work, const JobOrder& order) : work_(work), order_(order), began_(work.tx().now()) {}
  ~Messages() {
    for (ContentNumber content : added_) work_.memory().fetching.erase(content);
  }
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;

  // The next batch: bounded in bytes and number. Empty: there is no more, or it took so long that it is to be looked
  // anew what is most urgent.
  Batch next(std::uint64_t most_bytes);

 private:
  MessageRef at(std::size_t index) const {
    return index < order_.messages.size() ? order_.messages[index] : more_[index - order_.messages.size()];
  }
  std::size_t count() const { return order_.messages.size() + more_.size(); }
  void look_for_more();

  Work& work_;
  const JobOrder& order_;
  std::int64_t began_;
  std::size_t next_ = 0;
  std::vector<MessageRef> more_;
  std::vector<ContentNumber> added_;  // to what is being fetched
};

void Messages::look_for_more() {
  const store::Mailbox* mailbox = work_.state().find(order_.mailbox);
  Memory& memory = work_.memory();
  if (mailbox == nullptr || !order_.goes_on || memory.renumbered.contains(order_.mailbox)) return;
  std::vector<const Message*> lacking;
  mailbox->messages.for_each([&](const Message& row) {
    if (!row.upstream || !row.metadata || !work_.state().missing.contains(row.content)) return;
    if (memory.refused.contains({order_.mailbox, row.upstream}) || memory.fetching.contains(row.content)) return;
    lacking.push_back(&row);
  });
  const std::size_t before = more_.size();
  const std::size_t most = most_contents_at_once - std::min(most_contents_at_once, count());
  if (lacking.size() > most) lacking.erase(lacking.begin(), lacking.end() - std::ptrdiff_t(most));
  for (auto row = lacking.rbegin(); row != lacking.rend(); ++row) {  // newest first
    if (!memory.fetching.insert((*row)->content).second) continue;
    more_.push_back({order_.mailbox, (*row)->uid});
    added_.push_back((*row)->content);
  }
  // They may stand in orders that wait.
  memory.more_to_load = memory.more_to_load || !lacking.empty();
  share_known(work_, {more_.begin() + std::ptrdiff_t(before), more_.end()});
}

Batch Messages::next(std::uint64_t most_bytes) {
  Batch batch;
  std::uint64_t bytes = 0;
  const bool long_since = work_.tx().now() - began_ >= longest_back_fill;
  if (order_.goes_on && long_since) return batch;
  bool looked = false;
  while (true) {
    if (next_ == count() && !std::exchange(looked, true)) look_for_more();
    if (next_ == count()) break;
    const MessageRef ref = at(next_);
    const Message* row = work_.state().find(ref);
    if (!row || !lacks(work_.state(), *row, order_)) {
      ++next_;
      continue;
    }
    const std::uint64_t size = std::max<std::uint64_t>(row->there.size, 1);
    const std::size_t most = order_.whole ? contents_at_once : headers_at_once;
    if (!batch.empty() && ((order_.whole && bytes + size > most_bytes) || batch.size() >= most)) break;
    batch.push_back({row->upstream, ref});
    bytes += size;
    ++next_;
  }
  std::sort(batch.begin(), batch.end(), [](const Wanted& a, const Wanted& b) { return a.uid < b.uid; });
  return batch;
}

// `uid_validity`: under which it was asked for.
void not_given(Work& work, const Batch& batch, std::uint32_t uid_validity, const std::vector<UpstreamUid>& given) {
  for (const Wanted& one : batch) {
    const store::Mailbox* mailbox = work.state().find(one.ref.mailbox);
    if (!mailbox || mailbox->upstream.uid_validity != uid_validity) continue;
    if (std::binary_search(given.begin(), given.end(), one.uid)) continue;
    const Message* row = work.state().find(one.ref);
    if (!row || row->upstream != one.uid) continue;
    work.memory().refused.emplace(one.ref.mailbox,
                                  one.uid);  // gone meanwhile, says the next pull; else tried after the next login
    work.pull_again(one.ref.mailbox);
  }
}

std::vector<UpstreamUid> uids_of(const Batch& batch) {
  std::vector<UpstreamUid> uids;
  for (const Wanted& one : batch) uids.push_back(one.uid);
  return uids;
}

// Bytes that are here need only their header looked at again.
bool lacks_bytes(const store::AccountState& state, const Batch& batch) {
  return std::any_of(batch.begin(), batch.end(), [&state](const Wanted& one) {
    const Message* row = state.find(one.ref);
    return row && state.missing.contains(row->content);
  });
}

// Of what was to come next, what still is to.
void keep_lacking(Work& work, const JobOrder& order, Batch& batch) {
  std::erase_if(batch, [&](const Wanted& one) {
    const Message* row = work.state().find(one.ref);
    return !row || row->upstream != one.uid || !lacks(work.state(), *row, order);
  });
}

// Of what was asked for ahead the answer tells where the line was lost. Of another size than was stated it is not
// believed before it came twice.
const Wanted* find_ahead(const store::AccountState& state, const Batch& next, const FetchedContent& content) {
  const Wanted* wanted = find_in(next, content.uid);
  const Message* row = wanted ? state.find(wanted->ref) : nullptr;
  return row && row->there.size == content.stored.size ? wanted : nullptr;
}

Steps<bool> fetch_contents(Work& work, At at, Batch batch, Batch next) {
  const Uids uids = work.abilities().weak_uid_validity || at.uid_validity == 1 ? Uids::doubtful : Uids::firm;
  const std::uint32_t uid_validity = at.uid_validity;
  ContentsAsk question{std::move(at), uids_of(batch), {}, uids_of(next)};
  for (const Wanted& one : batch) question.sizes.push_back(work.state().find(one.ref)->there.size);
  ContentsAnswer answer = co_await work.ask(std::move(question));
  std::vector<UpstreamUid> given;
  bool another = false;
  for (const FetchedContent& one : answer.contents) {
    const Wanted* wanted = find_in(batch, one.uid);
    if (!wanted) wanted = find_ahead(work.state(), next, one);
    if (!wanted) continue;
    if (take(work.tx(), *wanted, one.stored, uids))
      given.push_back(one.uid);
    else
      another = true;
  }
  if (another) work.tell("The server gives another text for a message than it listed: it is not taken.");
  std::sort(given.begin(), given.end());
  if (answer.outcome.kind == Outcome::Kind::lost) co_return false;
  not_given(work, batch, uid_validity, given);
  co_return true;
}

Steps<bool> fetch_headers(Work& work, At at, Batch batch, std::vector<UpstreamUid> next) {
  const std::uint32_t uid_validity = at.uid_validity;
  MetadataAsk question{std::move(at), uids_of(batch), Depth::headers, std::move(next)};
  MetadataAnswer answer = co_await work.ask(std::move(question));
  std::vector<UpstreamUid> given;
  for (const Metadata& one : answer.messages) {
    const Wanted* wanted = find_in(batch, one.uid);
    if (!wanted) continue;
    take(work.tx(), *wanted, one);
    given.push_back(one.uid);
  }
  std::sort(given.begin(), given.end());
  not_given(work, batch, uid_validity, given);
  co_return true;
}

}  // namespace

Steps<> contents_job(Work& work, const JobOrder& order) {
  if (order.whole) share_known(work, order.messages);
  Messages messages(work, order);
  std::uint64_t most_bytes = bytes_at_once;
  Batch batch = messages.next(most_bytes);
  while (!batch.empty()) {
    const store::Mailbox* mailbox = work.state().find(order.mailbox);
    if (!mailbox || !mailbox->upstream.exists || !mailbox->upstream.uid_validity) co_return;
    At where{mailbox->upstream.name, mailbox->upstream.uid_validity};
    Batch after = messages.next(most_bytes);
    const bool bytes = order.whole && lacks_bytes(work.state(), batch);
    Batch next;
    if (bytes == (order.whole && lacks_bytes(work.state(), after))) next = after;
    std::vector<UpstreamUid> next_uids = uids_of(next);
    bool go_on = false;
    const std::int64_t asked = work.tx().now();
    if (bytes)
      go_on = co_await fetch_contents(work, std::move(where), std::move(batch), std::move(next));
    else
      go_on = co_await fetch_headers(work, std::move(where), std::move(batch), std::move(next_uids));
    if (!go_on) co_return;
    most_bytes = work.tx().now() - asked <= fast ? bytes_on_fast_line : bytes_at_once;
    batch = std::move(after);
    keep_lacking(work, order, batch);
    if (batch.empty()) batch = messages.next(most_bytes);
  }
}

Coming::Coming(Memory& memory, std::vector<ContentNumber> contents) : memory_(memory), contents_(std::move(contents)) {
  memory_.fetching.insert(contents_.begin(), contents_.end());
  memory_.coming.insert(contents_.begin(), contents_.end());
}

Coming::~Coming() {
  for (ContentNumber content : contents_) {
    memory_.fetching.erase(content);
    memory_.coming.erase(content);
  }
}

std::vector<ContentNumber> newest(Work& work, store::MailboxId id) {
  const store::Mailbox& mailbox = *work.state().find(id);
  std::vector<ContentNumber> contents;
  if (mailbox.upstream.name != "INBOX") return contents;
  mailbox.messages.for_each([&](const Message& row) {
    if (row.upstream && work.state().missing.contains(row.content)) contents.push_back(row.content);
  });
  if (contents.size() > newest_at_once) contents.erase(contents.begin(), contents.end() - newest_at_once);
  std::erase_if(contents, [&](ContentNumber content) { return work.memory().fetching.contains(content); });
  return contents;
}

Steps<> load_newest(Work& work, store::MailboxId id, std::vector<MessageRef> fresh) {
  if (work.state().find(id)->upstream.name != "INBOX") co_return;
  JobOrder order;
  order.kind = JobKind::contents;
  order.mailbox = id;
  order.whole = true;
  std::uint64_t bytes = 0;
  std::reverse(fresh.begin(), fresh.end());
  fresh.resize(std::min(fresh.size(), newest_at_once));
  for (MessageRef ref : fresh) {
    const Message* row = work.state().find(ref);
    if (!row || !row->visible() || !work.state().missing.contains(row->content)) continue;
    if (work.memory().fetching.contains(row->content) || work.memory().refused.contains({id, row->upstream})) continue;
    if (bytes + row->there.size > newest_bytes) continue;  // the pull is not to be held up by it
    bytes += row->there.size;
    order.messages.push_back(ref);
    order.contents.push_back(row->content);
  }
  if (order.messages.empty()) co_return;
  const Coming coming(work.memory(), order.contents);
  co_await contents_job(work, order);
}

}  // namespace satchel::sync
