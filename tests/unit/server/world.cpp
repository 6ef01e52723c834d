#include "world.hpp"

#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>

#include "proxy/stream/memory_stream.hpp"
#include "store/client_actions.hpp"
#include "tests/support/mime_summariser.hpp"

namespace satchel::server::test {
namespace {

constexpr std::chrono::seconds deadline{20};

store::Summary header_summary(const std::string& content) {
  mime::SummaryBuilder builder(mime::Extent::header);
  const std::size_t end = content.find("\r\n\r\n");
  builder.feed(std::string_view(content).substr(0, end == std::string::npos ? content.size() : end + 4));
  return tests::to_store(builder.finish());
}

}  // namespace

store::FlagSet flag_set(const std::vector<std::string>& names) {
  store::FlagSet set;
  for (const std::string& name : names) set.add(name);
  return set;
}

awaitable<Result<>> TestBackfill::fetch_now(store::AccountId, store::MailboxId mailbox, std::vector<Uid> uids,
                                            What what) {
  ++fetches;
  if (!is_online) co_return fail(ErrorCode::unavailable, "There is no connection.");
  std::vector<store::ContentNumber> numbers;
  std::vector<std::string> contents;
  const auto view = world_.store->view(world_.account);
  for (const Uid uid : uids) {
    const store::Message* row = view->find(mailbox)->messages.find(uid);
    if (row == nullptr || world_.upstream.count(row->content) == 0) continue;
    numbers.push_back(row->content);
    contents.push_back(world_.upstream[row->content]);
  }
  std::vector<store::Summary> summaries;
  for (const std::string& content : contents) summaries.push_back(header_summary(content));
  auto stored = co_await world_.store->contents().put(std::move(contents));
  if (!stored) co_return stored.error();
  store::Store::Change change = [&](store::Transaction& tx) -> Result<> {
    for (const Uid uid : uids) {
      store::Message row = *tx.state().find({mailbox, uid});
      row.metadata = row.header = true;
      row.effective = row.base;
      tx.put_message(mailbox, row);
    }
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (what == What::content)
        tx.attach(numbers[i], (*stored)[i]);
      else
        tx.attach_header(numbers[i], summaries[i]);
    }
    return {};
  };
  co_return co_await world_.store->change(world_.account, std::move(change));
}

awaitable<Result<>> TestBackfill::wait_list(store::AccountId) {
  if (!is_online) co_return fail(ErrorCode::unavailable, "There is no connection.");
  store::Store::Change change = [](store::Transaction& tx) -> Result<> {
    tx.set_listed();
    return {};
  };
  co_return co_await world_.store->change(world_.account, std::move(change));
}

awaitable<Result<>> TestBackfill::wait_listed(store::AccountId, store::MailboxId mailbox) {
  if (!is_online) co_return fail(ErrorCode::unavailable, "There is no connection.");
  store::Store::Change change = [mailbox](store::Transaction& tx) -> Result<> {
    tx.edit(mailbox)->listed = true;
    return {};
  };
  co_return co_await world_.store->change(world_.account, std::move(change));
}

Client::Client(World& world, stream::StreamPtr stream) : world_(world), stream_(std::move(stream)) {
  reading_ = true;
  boost::asio::co_spawn(world_.loop, read_all(this, stream_), boost::asio::detached);
}

Client::~Client() {
  stream_->close();
  world_.until([this] { return !reading_; });
}

awaitable<void> Client::read_all(Client* client, std::shared_ptr<stream::Stream> stream) {
  std::string piece(64 * 1024, '\0');
  while (true) {
    const auto count = co_await stream->read_some(piece.data(), piece.size(), std::chrono::minutes(10));
    if (!count || *count == 0) break;
    client->got_.append(piece, 0, *count);
  }
  client->closed_ = true;
  client->reading_ = false;
}

void Client::send(std::string_view bytes) {
  std::string kept(bytes);
  world_.wait(stream_->write(kept, std::chrono::seconds(1)));
}

void Client::send_slowly(std::string_view bytes) {
  for (const char byte : bytes) {
    send(std::string_view(&byte, 1));
    world_.loop.poll();
  }
}

bool Client::has_line() const {
  return got_.find("\r\n", taken_) != std::string::npos;
}

std::string Client::line() {
  if (!world_.until([this] { return has_line() || closed_; })) return "<nothing>";
  const std::size_t end = got_.find("\r\n", taken_);
  if (end == std::string::npos) return taken_ == got_.size() ? "<closed>" : got_.substr(taken_);
  std::string out = got_.substr(taken_, end - taken_);
  taken_ = end + 2;
  return out;
}

std::string Client::bytes(std::size_t count) {
  world_.until([&] { return got_.size() - taken_ >= count || closed_; });
  std::string out = got_.substr(taken_, count);
  taken_ += out.size();
  return out;
}

std::vector<std::string> Client::command(const std::string& text) {
  const std::string tag = "t" + std::to_string(++tags_);
  send(tag + " " + text + "\r\n");
  std::vector<std::string> lines;
  while (true) {
    lines.push_back(line());
    if (lines.back().starts_with(tag + " ") || lines.back().starts_with("<")) return lines;
  }
}

std::string Client::last(const std::string& text) {
  const std::string tagged = command(text).back();
  return tagged.substr(tagged.find(' ') + 1);
}

void Client::login() {
  line();
  ASSERT_TRUE(last("LOGIN u@example.org secret").starts_with("OK "));
}

void Client::close() {
  stream_->close();
}

World::World() {
  store::StoreParts parts;
  parts.database = store::open_memory_database(database);
  parts.segments = store::open_memory_segments(segments);
  auto opened = store::Store::open(
      store::Executors{loop.get_executor(), pool.get_executor()}, std::move(parts),
      [] { return std::make_unique<tests::MimeSummariser>(); }, [] { return std::int64_t{1'780'000'000}; });
  store = std::move(*opened);
  store::AccountSettings settings;
  settings.name = "one";
  settings.email = "u@example.org";
  settings.clients = {{"default", "secret"}, {"other", "word"}};
  account = *wait(store->add_account(std::move(settings)));
  door = std::make_shared<TestDoor>(*store);
  change([](store::Transaction& tx) {
    tx.set_delimiter('/');
    tx.set_listed();
  });
  mailbox("INBOX");
}

World::~World() {
  end_sessions();
  pool.join();
  loop.restart();
  loop.poll();
}

void World::end_sessions() {
  sessions.close_all();
  EXPECT_TRUE(until([this] { return running == 0; })) << "a session does not end";
}

bool World::until(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    loop.restart();
    loop.run_one_for(std::chrono::milliseconds(50));
  }
  return true;
}

void World::settle() {
  // A pool that has done nothing for a while, and a loop without ready handlers.
  for (int quiet = 0; quiet < 3;) {
    loop.restart();
    quiet = loop.run_one_for(std::chrono::milliseconds(5)) == 0 ? quiet + 1 : 0;
  }
}

awaitable<void> World::session(World* world, stream::StreamPtr stream) {
  ++world->running;
  co_await world->sessions.run(std::move(stream), world->context());
  --world->running;
}

SessionContext World::context() {
  SessionContext context;
  context.executor = loop.get_executor();
  context.pool = pool.get_executor();
  context.store = store.get();
  context.backfill = &backfill;
  context.door = door;
  context.clock = &clock;
  context.shared = shared;
  context.log = [this](std::string_view sentence) { log.emplace_back(sentence); };
  context.version = "0.1";
  context.tls_offered = tls_offered;
  context.times = times;
  return context;
}

std::unique_ptr<Client> World::connect() {
  auto [ours, theirs] = stream::make_memory_pair(loop.get_executor());
  boost::asio::co_spawn(loop, session(this, std::move(theirs)), boost::asio::detached);
  return std::make_unique<Client>(*this, std::move(ours));
}

std::unique_ptr<Client> World::connect_and_login() {
  auto client = connect();
  client->login();
  return client;
}

void World::change(const std::function<void(store::Transaction&)>& change) {
  store::Store::Change wrapped = [&change](store::Transaction& tx) -> Result<> {
    change(tx);
    return {};
  };
  const auto done = wait(store->change(account, std::move(wrapped)));
  if (!done) throw std::runtime_error("a change of the test failed: " + done.error().text);
}

store::MailboxId World::mailbox(const std::string& name, store::SpecialUse use) {
  store::MailboxId id;
  change([&](store::Transaction& tx) {
    id = tx.make_mailbox(name);
    store::Mailbox& made = *tx.edit(id);
    made.listed = true;
    made.special_use = use;
    made.uid_validity = UidValidity{1000 + id.value};
  });
  return id;
}

const store::Mailbox& World::find(const std::string& mailbox) const {
  return *store->view(account)->find_name(mailbox);
}

Uid World::deliver(const std::string& mailbox, const std::string& content, const Delivery& how) {
  using Here = Delivery::Here;
  std::vector<std::string> contents = {content};
  const auto stored = wait(store->contents().put(std::move(contents)));
  const store::StoredContent& one = stored->front();
  const store::MailboxId id = find(mailbox).id;
  Uid uid;
  change([&](store::Transaction& tx) {
    store::Message row;
    row.content = tx.new_content();
    if (how.here == Here::all) {
      tx.attach(row.content, one);
      extents.insert(extents.end(), one.extents.begin(), one.extents.end());
    } else {
      upstream[row.content] = content;
    }
    if (how.here == Here::header) tx.attach_header(row.content, header_summary(content));
    row.here = {one.message_id_hash, one.header_hash, how.date, std::uint32_t(content.size())};
    row.zone = how.zone;
    row.base = tx.intern(flag_set(how.flags));
    row.metadata = how.here != Here::listing;
    row.header = how.here == Here::all || how.here == Here::header;
    if (row.metadata) row.effective = row.base;
    uid = tx.add_message(id, row);
  });
  return uid;
}

void World::set_flags(const std::string& mailbox, std::uint32_t uid, const std::vector<std::string>& flags) {
  const store::MailboxId id = find(mailbox).id;
  change([&](store::Transaction& tx) {
    store::Message row = *tx.state().find({id, Uid{uid}});
    row.base = row.effective = tx.intern(flag_set(flags));
    tx.put_message(id, row);
  });
}

void World::expunge(const std::string& mailbox, std::uint32_t uid) {
  const store::MailboxId id = find(mailbox).id;
  change([&](store::Transaction& tx) { tx.erase_message({id, Uid{uid}}); });
}

void World::damage_contents() {
  for (const store::Extent& extent : extents) segments->damage(extent);
}

}  // namespace satchel::server::test
