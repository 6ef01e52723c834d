// What a large mailbox costs on the sealed store. Figures are printed; only gross failures fail.
#include <chrono>
#include <cstdio>
#include <random>

#include "store/sealed_store.hpp"
#include "world.hpp"

namespace satchel::store {
namespace {

#ifdef NDEBUG
constexpr std::size_t messages = 100'000;
#else
constexpr std::size_t messages = 5'000;
#endif

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

class SealedWorld : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "satchel-test-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    open(satchel::store::Setup::create);
    AccountSettings settings;
    settings.name = "one";
    account_ = *wait(store_->add_account(settings));
    change([this](Transaction& tx) { inbox_ = tx.make_mailbox("INBOX"); });
  }
  void TearDown() override {
    close();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  void open(store::Setup setup) {
    auto sealed = open_sealed_store(folder_, key_, setup);
    ASSERT_TRUE(sealed) << sealed.error().text;
    StoreParts parts{std::move(sealed->database), std::move(sealed->segments), nullptr};
    pool_ = std::make_unique<boost::asio::thread_pool>(2);
    auto opened = Store::open({loop_.get_executor(), pool_->get_executor()}, std::move(parts), make_test_summariser,
                              [] { return std::int64_t{1'780'000'000}; });
    ASSERT_TRUE(opened) << opened.error().text;
    store_ = std::move(*opened);
  }
  void close() {
    pool_->join();
    store_.reset();
  }
  template <class T>
  T wait(awaitable<T> work) {
    std::optional<T> result;
    boost::asio::co_spawn(loop_, std::move(work),
                          [&](std::exception_ptr, T value) { result.emplace(std::move(value)); });
    loop_.restart();
    loop_.run();
    return std::move(*result);
  }
  void change(const std::function<void(Transaction&)>& act) {
    const auto done = wait(store_->change(account_, [&act](Transaction& tx) -> Result<> {
      act(tx);
      return {};
    }));
    ASSERT_TRUE(done) << done.error().text;
  }
  // Text that compresses about as mail does.
  std::string body(std::size_t number) {
    std::mt19937_64 random{number};
    std::string text;
    const std::size_t size = number % 50 == 0 ? 100'000 : 1500;
    while (text.size() < size)
      text += "word" + std::to_string(random() % 100'000) + (random() % 12 == 0 ? "\r\n" : " ");
    return mail("message " + std::to_string(number), 0) + text;
  }
  void fill() {
    constexpr std::size_t at_once = 500;
    for (std::size_t begin = 0; begin < messages; begin += at_once) {
      std::vector<std::string> bodies;
      for (std::size_t i = begin; i < begin + at_once; ++i) bodies.push_back(body(i));
      auto stored = wait(store_->contents().put(std::move(bodies)));
      ASSERT_TRUE(stored);
      change([&](Transaction& tx) {
        for (const StoredContent& one : *stored) {
          Message message;
          message.upstream = UpstreamUid{tx.state().find(inbox_)->uid_next.value};
          message.metadata = message.header = true;
          message.here = message.there = {one.message_id_hash, one.header_hash, 1'700'000'000, std::uint32_t(one.size)};
          const Uid uid = tx.add_message(inbox_, message);
          tx.attach(tx.state().find({inbox_, uid})->content, one);
        }
      });
    }
  }

  std::filesystem::path folder_;
  crypto::Key key_ = crypto::Key::random();
  boost::asio::io_context loop_;
  std::unique_ptr<boost::asio::thread_pool> pool_;
  std::unique_ptr<Store> store_;
  AccountId account_;
  MailboxId inbox_;
};

TEST_F(SealedWorld, FiguresOfALargeMailbox) {
  Stopwatch filling;
  fill();
  std::printf("fill: %zu messages in %.2f s\n", messages, filling.seconds());

  const auto view = store_->view(account_);
  std::vector<ContentNumber> contents;
  view->find(inbox_)->messages.for_each([&](const Message& message) { contents.push_back(message.content); });
  ASSERT_EQ(contents.size(), messages);

  std::vector<double> times;
  for (std::uint32_t i = 0; i < 300; ++i) {
    const Stopwatch one;
    const std::vector<Uid> uids{Uid{1 + i * 7}};
    change([&](Transaction& tx) {
      ASSERT_TRUE(store_flags(tx, inbox_, uids, FlagChange::add, flag_set({"\\Seen"}), std::nullopt));
    });
    times.push_back(one.seconds() * 1e6);
  }
  std::sort(times.begin(), times.end());
  std::printf("one flag: median %.0f us, 95%% %.0f us\n", times[150], times[285]);

  std::vector<Uid> all;
  for (std::uint32_t uid = 1; uid <= messages; ++uid) all.push_back(Uid{uid});
  Stopwatch flagging;
  change([&](Transaction& tx) {
    ASSERT_TRUE(store_flags(tx, inbox_, all, FlagChange::add, flag_set({"\\Flagged"}), std::nullopt));
  });
  std::printf("flag on all: %.2f s\n", flagging.seconds());

  for (const char* round : {"first", "again"}) {
    const Stopwatch reading;
    const auto summaries = wait(store_->contents().summaries(contents, Contents::Part::envelope));
    for (const auto& one : summaries) ASSERT_TRUE(one);
    std::printf("summaries (%s): %.3f s\n", round, reading.seconds());
  }
  for (const char* round : {"first", "again"}) {
    const Stopwatch reading;
    std::uint64_t bytes = 0;
    for (std::size_t at = 0; at < contents.size();) {
      const std::vector<ContentNumber> rest(contents.begin() + std::ptrdiff_t(at),
                                            contents.begin() + std::ptrdiff_t(std::min(at + 2000, contents.size())));
      const auto some = wait(store_->contents().read_many(rest, 8 << 20));
      for (const auto& one : some) {
        ASSERT_TRUE(one);
        bytes += one->size();
      }
      at += some.size();
    }
    std::printf("bodies (%s): %.0f MB at %.0f MB/s\n", round, double(bytes) / 1e6,
                double(bytes) / 1e6 / reading.seconds());
  }
  const Stopwatch counting;
  const auto figures = wait(store_->figures());
  std::printf("figures: %.3f s, %.0f MB on disk for %.0f MB\n", counting.seconds(), double(figures->disk_bytes) / 1e6,
              double(figures->message_bytes) / 1e6);
  double seconds = 0;
  for (const char* round : {"with a log to replay", "clean"}) {
    close();
    const Stopwatch opening;
    open(satchel::store::Setup::existing);
    seconds = opening.seconds();
    std::printf("open (%s): %.3f s\n", round, seconds);
  }
  EXPECT_EQ(store_->view(account_)->find(inbox_)->exists, messages);
  EXPECT_LT(seconds, 5);
}

}  // namespace
}  // namespace satchel::store
