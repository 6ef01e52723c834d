#include "world.hpp"

#include <gmock/gmock.h>

#include <boost/asio/detached.hpp>
#include <utility>
#include <vector>

#include "store/check_store.hpp"

namespace satchel::store {
namespace {

class TestSummariser final : public Summariser {
 public:
  void feed(std::string_view bytes) override { bytes_.append(bytes); }
  Summary finish() override {
    Summary summary;
    const std::size_t end = bytes_.find("\r\n\r\n");
    summary.header = bytes_.substr(0, end == std::string::npos ? bytes_.size() : end + 4);
    summary.structure = "structure of " + std::to_string(bytes_.size());
    summary.envelope = "envelope of " + bytes_.substr(0, bytes_.find("\r\n"));
    const std::size_t id = bytes_.find("Message-ID: ");
    if (id != std::string::npos) summary.message_id = bytes_.substr(id + 12, bytes_.find("\r\n", id) - id - 12);
    return summary;
  }

 private:
  std::string bytes_;
};

}  // namespace

std::unique_ptr<Summariser> make_test_summariser() {
  return std::make_unique<TestSummariser>();
}

std::string mail(const std::string& subject, std::size_t body_size) {
  std::string body;
  while (body.size() < body_size) body += "line " + std::to_string(body.size()) + " of " + subject + "\r\n";
  body.resize(body_size);
  return "Subject: " + subject + "\r\nMessage-ID: <" + subject + "@example.org>\r\n\r\n" + body;
}

World::World(std::uint64_t segment_size) : segment_size_(segment_size) {
  open();
  AccountSettings settings;
  settings.name = "one";
  settings.email = "u@example.org";
  account = *wait(store().add_account(std::move(settings)));
  must([](Transaction& tx) {
    tx.set_delimiter('/');
    tx.set_listed();
    const MailboxId inbox = tx.make_mailbox("INBOX");
    tx.edit(inbox)->listed = true;
  });
}

World::~World() {
  close();
}

StoreParts World::parts() {
  StoreParts parts;
  parts.database = open_memory_database(database);
  parts.segments = open_memory_segments(segments, segment_size_);
  if (can_reopen)
    parts.reopen = [this]() -> Result<StoreParts> {
      database->crash(7);
      segments->crash(8);
      return this->parts();
    };
  return parts;
}

void World::open() {
  pool_ = std::make_unique<boost::asio::thread_pool>(2);
  auto opened = Store::open({loop_->get_executor(), pool_->get_executor()}, parts(), make_test_summariser,
                            [this] { return now; });
  if (!opened) throw std::runtime_error(opened.error().text);
  store_ = std::move(*opened);
}

void World::close() {
  if (pool_) pool_->join();
  store_.reset();
  pool_.reset();
}

void World::crash(std::uint64_t seed) {
  // What was under way never goes on, and nothing of it is cleaned up: its loop is kept, not run.
  static auto& abandoned = *new std::vector<std::unique_ptr<boost::asio::io_context>>;
  pool_->join();
  abandoned.push_back(std::exchange(loop_, std::make_unique<boost::asio::io_context>()));
  close();
  database->crash(seed);
  segments->crash(seed * 31 + 1);
  open();
}

const View& World::view() const {
  return *store_->view(account);
}

const Mailbox& World::mailbox(const std::string& name) const {
  const MailboxPtr found = view().find_name(name);
  if (!found) throw std::runtime_error("no mailbox " + name);
  return *view().find(found->id);
}

void World::start(awaitable<Result<>> work, Result<>& result) {
  boost::asio::co_spawn(*loop_, std::move(work), [&result](std::exception_ptr, Result<> value) { result = value; });
}

void World::settle() {
  loop_->restart();
  loop_->run();
}

Result<> World::change(Store::Change change) {
  return wait(store().change(account, std::move(change)));
}

void World::must(const std::function<void(Transaction&)>& act) {
  const auto done = change([&act](Transaction& tx) -> Result<> {
    act(tx);
    return {};
  });
  ASSERT_TRUE(done) << done.error().text;
}

MailboxId World::make_mailbox(const std::string& name) {
  MailboxId id;
  const auto done = change([&](Transaction& tx) -> Result<> {
    const auto made = create_mailbox(tx, name, SpecialUse::none);
    if (!made) return made.error();
    id = *made;
    return {};
  });
  EXPECT_TRUE(done);
  return id;
}

StoredContent World::put(std::string content) {
  std::vector<std::string> one;
  one.push_back(std::move(content));
  auto stored = wait(store().contents().put(std::move(one)));
  EXPECT_TRUE(stored);
  return stored->front();
}

Uid World::append(const std::string& name, std::string content, const FlagSet& flags) {
  const StoredContent stored = put(std::move(content));
  const MailboxId id = mailbox(name).id;
  Uid uid;
  const auto done = change([&](Transaction& tx) -> Result<> {
    AppendRequest request;
    request.flags = flags;
    request.internal_date = now;
    const auto made = store::append(tx, id, stored, request);
    if (!made) return made.error();
    uid = *made;
    return {};
  });
  EXPECT_TRUE(done);
  return uid;
}

Result<std::string> World::read(ContentNumber content) {
  return wait(store().contents().read(content, 0, UINT64_MAX));
}

FlagSet flag_set(std::initializer_list<std::string_view> names) {
  FlagSet set;
  for (const std::string_view name : names) set.add(name);
  return set;
}

std::vector<std::uint32_t> visible_uids(const Mailbox& mailbox) {
  std::vector<std::uint32_t> uids;
  mailbox.messages.for_each([&uids](const Message& message) {
    if (message.visible()) uids.push_back(message.uid.value);
  });
  return uids;
}

void expect_consistent(World& world) {
  const auto found = world.wait(check_store(world.store(), {}));
  ASSERT_TRUE(found) << found.error().text;
  for (const std::string& problem : found->told) {
    // Tests that play upstream take messages away and leave their operations; nobody settles them here.
    EXPECT_THAT(problem, testing::HasSubstr("an operation needs it"));
  }
  const View& view = world.view();
  for (const MailboxPtr& mailbox : view.mailboxes) {
    std::uint32_t exists = 0, unseen = 0, deleted = 0;
    std::uint64_t size = 0;
    std::vector<ContentNumber> here;
    mailbox->messages.for_each([&](const Message& message) {
      EXPECT_LT(message.uid, mailbox->uid_next);
      EXPECT_LE(message.modseq, mailbox->highest_modseq);
      if (view.here(message.content)) here.push_back(message.content);
      if (!message.visible()) return;
      const FlagSet& flags = (*view.flags)[message.effective];
      ++exists;
      unseen += flags.has(SystemFlag::seen) ? 0 : 1;
      deleted += flags.has(SystemFlag::deleted) ? 1 : 0;
      size += message.here.size;
    });
    EXPECT_EQ(mailbox->exists, exists);
    EXPECT_EQ(mailbox->unseen, unseen);
    EXPECT_EQ(mailbox->deleted, deleted);
    EXPECT_EQ(mailbox->size, size);
    const auto bytes = world.wait(world.store().contents().read_many(here, SIZE_MAX));
    ASSERT_EQ(bytes.size(), here.size());
    for (const auto& one : bytes) EXPECT_TRUE(one) << one.error().text;
  }
}

}  // namespace satchel::store
