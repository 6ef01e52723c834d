// Makes a sealed store with one account that has a row of every kind of store/FORMAT.md section 2;
// tests/vectors/test_rows.py knows what is in it. Times are fixed, keys of hashes are not.
//   make_account FOLDER KEYHEX
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdio>
#include <cstdlib>

#include "proxy/mime/summary.hpp"
#include "store/client_actions.hpp"
#include "store/sealed_store.hpp"
#include "store/store.hpp"
#include "tests/support/mime_summariser.hpp"

namespace satchel::store {
namespace {

constexpr std::int64_t now = 1'780'000'000;
constexpr std::int64_t internal_date = 880'127'706;  // 21 Nov 1997 15:55:06 +0000

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s: %s\n", to_string(result.error().code), result.error().text.c_str());
  std::exit(1);
}
void must(const Result<>& result) {
  if (result) return;
  std::fprintf(stderr, "%s: %s\n", to_string(result.error().code), result.error().text.c_str());
  std::exit(1);
}

FlagSet flag_set(std::initializer_list<std::string_view> names) {
  FlagSet set;
  for (const std::string_view name : names) set.add(name);
  return set;
}

AccountSettings settings() {
  AccountSettings one;
  one.name = "one";
  one.email = "u@example.org";
  one.host = "mail.example.org";
  one.port = 1143;
  one.security = Security::starttls;
  one.user = "user";
  one.password = "upstream password";
  one.ca_pem = "a certificate";
  one.clients = {{"mutt", "client password"}, {"phone", "another"}};
  return one;
}

const std::string head =
    "Date: Fri, 21 Nov 1997 09:55:06 -0600\r\nFrom: J <j@example.org>\r\nSubject: first\r\n"
    "Message-ID: <1@example.org>\r\n\r\n";

std::vector<std::string> contents() {
  std::string large = "Subject: large\r\n\r\n";
  while (large.size() < 300'000) large += "a line that is said many times\r\n";
  const std::string mixed =
      "Content-Type: multipart/mixed; boundary=x\r\nSubject: parts\r\n\r\n--x\r\nContent-Type: text/html; "
      "charset=utf-8\r\n\r\n<b>hello</b>\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: "
      "inner\r\n\r\nx\r\n--x--\r\n";
  return {head + "body\r\n", mixed, head + "body\r\n", large};
}

MailboxId make_mailbox(Transaction& tx, const std::string& name, const std::string& wire, SpecialUse use) {
  const MailboxId id = tx.make_mailbox(name);
  Mailbox* mailbox = tx.edit(id);
  mailbox->listed = true;
  mailbox->special_use = use;
  mailbox->upstream.name = wire;
  mailbox->upstream.exists = true;
  mailbox->upstream.uid_validity = 70 + id.value;
  mailbox->upstream.uid_next = 12;
  return id;
}

Message message_of(Transaction& tx, const StoredContent& stored, UpstreamUid upstream) {
  Message message;
  message.upstream = upstream;
  message.content = tx.new_content();
  tx.attach(message.content, stored);
  message.here = {stored.message_id_hash != 0 ? stored.message_id_hash : 1, stored.header_hash, internal_date,
                  std::uint32_t(stored.size)};
  message.there = message.here;
  message.zone = -360;
  message.metadata = message.header = true;
  return message;
}

// As the synchroniser does: INBOX with UIDs 1 to 6, of which 5 is dropped upstream and kept.
void fill_from_upstream(Transaction& tx, const std::vector<StoredContent>& stored, const Summary& header_only) {
  const Tick tick = tx.next_tick();
  tx.set_delimiter('/');
  tx.set_listed();
  tx.set_list_started(tick);
  tx.set_upstream_alters();
  const MailboxId inbox = make_mailbox(tx, "INBOX", "INBOX", SpecialUse::none);
  make_mailbox(tx, "Ärchiv", "&AMQ-rchiv", SpecialUse::archive);
  make_mailbox(tx, "Old", "Old", SpecialUse::none);
  const MailboxId retired = make_mailbox(tx, "Gone", "Gone", SpecialUse::none);
  tx.edit(retired)->retired = true;
  UpstreamMailbox& there = tx.edit(inbox)->upstream;
  there.highest_modseq = 5;
  there.mailbox_id = "F1";
  there.pull_started = tick;
  tx.edit(inbox)->guard = {{{1'779'990'000, 30, 200}, {1'779'990'600, 7, 170}}, true, tick};

  Message first = message_of(tx, stored[0], UpstreamUid{10});
  first.base = first.effective = tx.intern(flag_set({"\\Seen", "$Work", "Alpha"}));
  tx.add_message(inbox, first);
  Message second = message_of(tx, stored[1], UpstreamUid{11});
  second.there.size += 2;  // upstream altered it
  second.email_id = 0x0123456789abcdef;
  second.local = second.effective = tx.intern(flag_set({"Kept"}));
  second.held = true;
  tx.add_message(inbox, second);
  Message third = message_of(tx, stored[2], UpstreamUid{});
  third.own = true;
  tx.add_message(inbox, third);
  Message fourth;
  fourth.content = tx.new_content();
  tx.attach_header(fourth.content, header_only);
  fourth.upstream = UpstreamUid{13};
  fourth.metadata = fourth.header = true;
  fourth.there = fourth.here = {1, 2, -86'400, 5000};
  tx.add_message(inbox, fourth);
  Message fifth = message_of(tx, stored[3], UpstreamUid{14});
  fifth.base = fifth.effective = tx.intern(flag_set({"\\Flagged"}));
  const Uid dropped = tx.add_message(inbox, fifth);
  tx.rescue(*tx.state().find(inbox), *tx.state().find(MessageRef{inbox, dropped}));
  tx.erase_message({inbox, dropped});
  Message sixth = message_of(tx, stored[0], UpstreamUid{15});
  sixth.base = sixth.effective = tx.intern(flag_set({"\\Deleted"}));
  tx.add_message(inbox, sixth);
  tx.skip_numbers(inbox, 10, 4);
  tx.put_subscription("INBOX", {true, true});
  tx.put_subscription("Past", {true, false});
}

void mark(Transaction& tx, std::uint64_t id, OperationState state, std::uint32_t tries, const std::string& why) {
  Operation operation = *tx.state().journal.find(OperationId{id});
  operation.state = state;
  operation.tries = tries;
  operation.why = why;
  if (tries > 0) {
    operation.uid_next_attempt = 12;
    operation.uid_validity_attempt = 71;
    operation.not_before = now + 60;
  }
  tx.put_operation(operation);
}

// As clients do: an operation of each kind.
void change_as_a_client(Transaction& tx, const StoredContent& draft) {
  const MailboxId inbox{1};
  const MailboxId archive{2};
  const std::vector<Uid> one{Uid{1}}, two{Uid{2}}, three{Uid{3}}, six{Uid{6}};
  must(store_flags(tx, inbox, one, FlagChange::replace, flag_set({"\\Answered", "Alpha"}), std::nullopt));
  must(append(tx, archive, draft, {flag_set({"\\Draft"}), internal_date, 120}));
  must(copy(tx, inbox, two, archive));
  must(move(tx, inbox, three, archive));
  must(expunge(tx, inbox, six));
  must(create_mailbox(tx, "New", SpecialUse::trash));
  must(rename_mailbox(tx, "Ärchiv", "Archive"));
  must(delete_mailbox(tx, "Old"));
  must(subscribe(tx, "Future"));
  must(unsubscribe(tx, "INBOX"));
  mark(tx, 2, OperationState::attempted, 3, "");
  mark(tx, 3, OperationState::parked, 0, "The mailbox is full.");
}

boost::asio::awaitable<void> fill(Store& store) {
  auto added = co_await store.add_account(settings());
  const AccountId account = must(std::move(added));
  const auto kept = co_await store.put_setting("web token", "sesame");
  must(kept);
  auto put = co_await store.contents().put(contents());
  const std::vector<StoredContent> stored = must(std::move(put));
  auto put_draft = co_await store.contents().put(std::vector<std::string>(1, "Subject: draft\r\n\r\ndraft\r\n"));
  const std::vector<StoredContent> draft = must(std::move(put_draft));
  mime::SummaryBuilder builder(mime::Extent::header);
  builder.feed("Date: Sat, 1 Jan 2000 00:00:00 +0000\r\nSubject: only the header\r\n\r\n");
  mime::Summary made = builder.finish();
  const Summary header_only{std::move(made.envelope), {}, std::move(made.header), {}};
  Store::Change from_upstream = [&](Transaction& tx) -> Result<> {
    fill_from_upstream(tx, stored, header_only);
    return {};
  };
  const auto filled = co_await store.change(account, std::move(from_upstream));
  must(filled);
  Store::Change from_client = [&](Transaction& tx) -> Result<> {
    change_as_a_client(tx, draft[0]);
    return {};
  };
  const auto changed = co_await store.change(account, std::move(from_client));
  must(changed);
}

int run(const std::string& folder, const crypto::Key& key) {
  boost::asio::io_context loop;
  boost::asio::thread_pool pool(1);
  SealedStore sealed = must(open_sealed_store(folder, key, Setup::create));
  StoreParts parts;
  parts.database = std::move(sealed.database);
  parts.segments = std::move(sealed.segments);
  auto store = must(Store::open(
      store::Executors{loop.get_executor(), pool.get_executor()}, std::move(parts),
      [] { return std::make_unique<tests::MimeSummariser>(); }, [] { return now; }));
  boost::asio::co_spawn(loop, fill(*store), boost::asio::detached);
  loop.run();
  pool.join();
  return 0;
}

}  // namespace
}  // namespace satchel::store

int main(int count, char** arguments) {
  if (count != 3) return 2;
  std::string bytes;
  const std::string hex = arguments[2];
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) bytes.push_back(char(std::stoi(hex.substr(i, 2), nullptr, 16)));
  auto key = satchel::crypto::Key::from(bytes);
  if (!key) return 2;
  return satchel::store::run(arguments[1], *key);
}
