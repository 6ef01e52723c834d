// links: satchel_account
// A line to a server that says any bytes. The first line of the input names the questions by letters
// (ask_of() below; T first: with STARTTLS); what follows is what the server says, '|' between what comes in
// one read and the next, '^' for the tag of the last command, '%' for a large literal's bytes. Behind its last
// word the line is lost. The line must end, keep the promises of proxy/sync/ask.hpp, and tell no
// password before TLS.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <cstdlib>

#include "proxy/account/imap_line.hpp"
#include "proxy/imap/limits.hpp"
#include "tests/support/heard_contents.hpp"

using namespace satchel;
using boost::asio::awaitable;

namespace {

constexpr std::size_t most_asks = 16;
constexpr int most_writes = 1000;
constexpr int most_large = 1;
constexpr const char* password = "sesame";

void require(bool holds) {
  if (!holds) std::abort();
}

// What the server says, a piece a read: nothing is waited for.
class Said final : public stream::Stream {
 public:
  explicit Said(std::string_view text) : left_(text) {}

  awaitable<Result<std::size_t>> read_some(char* into, std::size_t size, std::chrono::milliseconds) override {
    while (at_ == piece_.size() && next_piece()) {
    }
    if (closed_) co_return fail(ErrorCode::cancelled, "The stream was closed.");
    const std::size_t count = std::min(size, piece_.size() - at_);
    std::copy_n(piece_.data() + at_, count, into);
    at_ += count;
    co_return count;
  }

  awaitable<Result<>> write(std::string_view bytes, std::chrono::milliseconds) override {
    if (closed_) co_return fail(ErrorCode::cancelled, "The stream was closed.");
    require(++writes_ < most_writes);
    const std::size_t space = bytes.find(' ');
    if (!in_command_ && space != std::string_view::npos) tag_ = bytes.substr(0, space);
    in_command_ = bytes.ends_with("}\r\n");
    const bool login = bytes.find(" LOGIN") != std::string_view::npos ||
                       bytes.find(" AUTHENTICATE") != std::string_view::npos ||
                       bytes.find(password) != std::string_view::npos;
    require(!login || secure_ || !must_be_secure);
    co_return Result<>{};
  }

  awaitable<Result<>> start_tls() override {
    secure_ = true;
    co_return Result<>{};
  }
  bool secure() const override { return secure_; }
  void close() override { closed_ = true; }

  bool must_be_secure = false;

 private:
  bool next_piece() {
    if (left_.empty()) return false;
    const std::size_t end = std::min(left_.find('|'), left_.size());
    piece_.clear();
    at_ = 0;
    for (const char letter : left_.substr(0, end)) {
      if (letter == '^')
        piece_ += tag_;
      else if (letter == '%' && large_++ < most_large)
        piece_.append(imap::max_inline_literal + 1, 'x');
      else
        piece_ += letter;
    }
    left_.remove_prefix(std::min(end + 1, left_.size()));
    return true;
  }

  std::string_view left_;
  std::string piece_;
  std::size_t at_ = 0;
  std::string tag_;
  bool in_command_ = false;  // a literal's bytes, or what stands behind them, are to come
  bool secure_ = false;
  bool closed_ = false;
  int writes_ = 0;
  int large_ = 0;
};

class OneConnector final : public stream::Connector {
 public:
  explicit OneConnector(std::unique_ptr<Said> said) : said_(std::move(said)) {}
  awaitable<stream::Connected> connect() override {
    stream::Connected connected;
    connected.stream = std::move(said_);
    co_return connected;
  }

 private:
  std::unique_ptr<Said> said_;
};

const sync::At inbox{"INBOX", 7};
const std::vector<UpstreamUid> asked{UpstreamUid{1}, UpstreamUid{2}, UpstreamUid{3}, UpstreamUid{9}};
const sync::UidRange asked_range{UpstreamUid{1}, UpstreamUid{9}};

std::optional<sync::Ask> ask_of(char letter) {
  store::FlagSet seen;
  seen.add(std::string_view("\\Seen"));
  using Sign = sync::StoreAsk::Sign;
  using Verb = sync::TransferAsk::Verb;
  switch (letter) {
    case 'l':
      return sync::ListAsk{};
    case 's':
      return sync::StatusAsk{"INBOX"};
    case 'e':
      return sync::SelectAsk{"INBOX"};
    case 'E':
      return sync::SelectAsk{"INBOX", true, 4};
    case 'u':
      return sync::ListUidsAsk{inbox};
    case 'c':
      return sync::ChangesAsk{inbox, 4};
    case 'f':
      return sync::FlagsAsk{inbox, asked_range};
    case 'm':
      return sync::MetadataAsk{inbox, asked, sync::Depth::sizes};
    case 'h':
      return sync::MetadataAsk{inbox, asked, sync::Depth::headers};
    case 'b':
      return sync::ContentsAsk{inbox, asked, {}};
    case 'B':
      return sync::ContentsAsk{inbox, asked, {4, 5, 6, 7}};
    case '+':
      return sync::StoreAsk{inbox, asked, Sign::add, seen};
    case '-':
      return sync::StoreAsk{inbox, asked, Sign::remove, seen};
    case 'a':
      return sync::AppendAsk{"INBOX", store::ContentNumber{1}, seen, 1'700'000'000, 60};
    case 't':
      return sync::TransferAsk{inbox, asked, "Drafts", Verb::copy};
    case 'v':
      return sync::TransferAsk{inbox, asked, "Drafts", Verb::move};
    case 'x':
      return sync::UidExpungeAsk{inbox, asked};
    case 'd':
      return sync::ExpungeAsk{inbox};
    case 'n':
      return sync::CreateAsk{"new {4}\r\n\"", store::SpecialUse::trash};
    case 'r':
      return sync::RenameAsk{"INBOX", "other"};
    case 'k':
      return sync::DeleteAsk{"INBOX"};
    case 'y':
      return sync::SubscribeAsk{"INBOX"};
    case 'z':
      return sync::UnsubscribeAsk{"INBOX"};
    default:
      return std::nullopt;
  }
}

// Ascending, without repetition, never 0, and nothing that was not asked for.
template <class Entries, class UidOf>
void check_uids(const Entries& entries, UidOf uid_of, bool any = false) {
  UpstreamUid last{0};
  for (const auto& entry : entries) {
    require(last < uid_of(entry));
    last = uid_of(entry);
    require(any || std::binary_search(asked.begin(), asked.end(), last));
  }
}

constexpr auto own_uid = [](const auto& entry) { return entry.uid; };

void check(const sync::ListUidsAnswer& answer) {
  check_uids(
      answer.uids, [](UpstreamUid uid) { return uid; }, true);
}
void check(const sync::ChangesAnswer& answer) {
  check_uids(answer.changed, own_uid, true);
}
void check(const sync::SelectAnswer& answer) {
  if (answer.uids)
    check_uids(
        *answer.uids, [](UpstreamUid uid) { return uid; }, true);
  if (answer.changes) check(*answer.changes);
}
void check(const sync::FlagsAnswer& answer) {
  check_uids(answer.flags, own_uid, true);
  for (const sync::UidFlags& one : answer.flags) require(one.uid <= asked_range.last);
}
void check(const sync::MetadataAnswer& answer) {
  check_uids(answer.messages, own_uid);
}
void check(const sync::ContentsAnswer& answer) {
  check_uids(answer.contents, own_uid);
}
void check(const sync::StoreAnswer& answer) {
  check_uids(answer.flags, own_uid);
}
void check(const sync::TransferAnswer& answer) {
  check_uids(answer.uids, [](const auto& pair) { return pair.first; });
}
template <class Answer>
void check(const Answer&) {}

awaitable<void> converse(account::ImapLine& line, std::string letters, bool& ended) {
  const account::LoginTried tried = co_await line.open(account::Line::Along::list);
  require(tried.state != account::State::online || line.alive());
  for (const char letter : letters) {
    if (!line.alive()) break;
    if (letter == 'w') {
      (void)co_await line.watch("INBOX", std::chrono::milliseconds(1), [] {});
      continue;
    }
    const std::optional<sync::Ask> ask = ask_of(letter);
    if (!ask) continue;
    const sync::Answer answer = co_await line.perform(*ask);
    require(answer.index() != 0);
    std::visit([](const auto& one) { check(one); }, answer);
  }
  line.close();
  ended = true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\n'), input.size());
  std::string letters(input.substr(0, end));
  auto said = std::make_unique<Said>(input.substr(std::min(end + 1, input.size())));
  store::AccountSettings settings;
  settings.user = "u";
  settings.password = password;
  settings.security = letters.starts_with('T') ? store::Security::starttls : store::Security::tls;
  said->must_be_secure = settings.security == store::Security::starttls;
  letters.resize(std::min(letters.size(), most_asks));

  boost::asio::io_context loop{1};
  tests::HeardContents contents;
  account::ImapLine line(loop.get_executor(), settings, std::make_unique<OneConnector>(std::move(said)), contents,
                         std::make_shared<account::Learned>(), std::chrono::seconds(120));
  bool ended = false;
  boost::asio::co_spawn(loop, converse(line, letters, ended), boost::asio::detached);
  loop.run();
  require(ended);
  return 0;
}
