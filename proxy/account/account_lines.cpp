// An account's lines from its settings: for an engine, and for a login that is only tried.
#include "proxy/account/engine.hpp"
#include "proxy/account/engine_state.hpp"

namespace satchel::account {

namespace {

// A login that is only tried reads and writes no message.
class NoContents final : public store::Contents {
 public:
  std::unique_ptr<store::ContentWriter> begin() override { return nullptr; }
  awaitable<Result<std::vector<store::StoredContent>>> put(std::vector<std::string>) override { co_return none(); }
  awaitable<Result<std::string>> read(store::ContentNumber, std::uint64_t, std::uint64_t) override { co_return none(); }
  awaitable<Result<std::uint64_t>> size(store::ContentNumber) override { co_return none(); }
  awaitable<std::vector<Result<std::string>>> read_many(std::vector<store::ContentNumber>, std::size_t) override {
    co_return std::vector<Result<std::string>>();
  }
  awaitable<std::vector<Result<std::string>>> summaries(std::vector<store::ContentNumber>, Part) override {
    co_return std::vector<Result<std::string>>();
  }
  std::uint64_t hash64(std::string_view) const override { return 0; }

 private:
  static Error none() { return fail(ErrorCode::refused, "There are no contents here."); }
};

// A line that cannot even be made: the account's authority file is no certificate, say.
class BadLine final : public Line {
 public:
  explicit BadLine(std::string why) : why_(std::move(why)) {}
  awaitable<LoginTried> open(Along) override { co_return LoginTried{State::certificate_problem, why_}; }
  std::optional<sync::ListAnswer> take_listed() override { return std::nullopt; }
  bool alive() const override { return false; }
  bool abilities_shrank() override { return false; }
  const sync::Abilities& abilities() const override { return abilities_; }
  awaitable<sync::Answer> perform(const sync::Ask&) override { co_return sync::Answer(); }
  awaitable<bool> watch(std::string, std::chrono::milliseconds, std::function<void()>) override { co_return false; }
  void interrupt() override {}
  void close() override {}

 private:
  std::string why_;
  sync::Abilities abilities_;
};

// With the settings of now: a changed password counts at the next line.
std::unique_ptr<Line> open_line_of(boost::asio::any_io_executor executor, store::Store& store, store::AccountId account,
                                   const MakeConnector& make_connector, std::shared_ptr<Learned> learned,
                                   std::chrono::seconds answer_limit) {
  for (const store::AccountSettings& settings : store.accounts()) {
    if (settings.id != account) continue;
    auto connector = make_connector(settings);
    if (!connector) return std::make_unique<BadLine>(connector.error().text);
    return make_imap_line(executor, settings, std::move(*connector), store.contents(), std::move(learned),
                          answer_limit);
  }
  return std::make_unique<BadLine>("The account was removed.");
}

}  // namespace

std::unique_ptr<Engine> Engine::make(boost::asio::any_io_executor executor, store::Store& store,
                                     store::AccountId account, MakeConnector make_connector, stream::Clock& clock,
                                     Options options, FirstLinePtr first) {
  const auto learned = first ? first->learned : std::make_shared<Learned>();
  const auto limit = options.answer_limit;
  const MakeLine make_line = [executor, &store, account, make_connector, learned, limit,
                              first]() -> std::unique_ptr<Line> {
    if (first && first->line) return std::move(first->line);
    return open_line_of(executor, store, account, make_connector, learned, limit);
  };
  return make_engine(executor, store, account, make_line, clock, std::move(options));
}

awaitable<FirstLinePtr> open_first_line(MakeConnector make_connector, store::AccountSettings settings,
                                        store::Contents& contents, std::chrono::seconds answer_limit) {
  const auto first = std::make_shared<FirstLine>();
  first->learned = std::make_shared<Learned>();
  auto connector = make_connector(settings);
  if (!connector) {
    first->tried = LoginTried{State::certificate_problem, connector.error().text};
    co_return first;
  }
  const auto executor = co_await boost::asio::this_coro::executor;
  first->line = make_imap_line(executor, settings, std::move(*connector), contents, first->learned, answer_limit);
  first->tried = co_await first->line->open(Line::Along::list);
  co_return first;
}

awaitable<LoginTried> try_login(MakeConnector make_connector, store::AccountSettings settings, stream::Clock&) {
  auto connector = make_connector(settings);
  if (!connector) co_return LoginTried{State::certificate_problem, connector.error().text};
  NoContents contents;
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto line = make_imap_line(executor, settings, std::move(*connector), contents, std::make_shared<Learned>(),
                                   Options().answer_limit);
  const LoginTried tried = co_await line->open(Line::Along::nothing);
  line->close();
  co_return tried;
}

}  // namespace satchel::account
