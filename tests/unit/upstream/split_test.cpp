// What a server says means the same in whatever pieces it arrives: well-formed and malformed answers, cut
// in two at every byte, and byte by byte, through a Connection.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>

#include "proxy/imap/limits.hpp"
#include "proxy/upstream/connection.hpp"

namespace satchel::upstream {
namespace {

using namespace std::string_literals;

// A server whose greeting and whose answer to the first command are known; "TAG" is the tag. They arrive in the
// pieces that `sizes` gives, counted over both, and the line ends behind them.
class Pieces final : public stream::Stream {
 public:
  Pieces(std::string greeting, std::string answer, std::deque<std::size_t> sizes)
      : bytes_(std::move(greeting)), answer_(std::move(answer)), sizes_(std::move(sizes)) {}

  awaitable<Result<std::size_t>> read_some(char* into, std::size_t size, std::chrono::milliseconds) override {
    std::size_t count = std::min(size, bytes_.size());
    if (!sizes_.empty()) count = std::min(count, sizes_.front());
    bytes_.copy(into, count);
    bytes_.erase(0, count);
    if (!sizes_.empty() && (sizes_.front() -= count) == 0) sizes_.pop_front();
    co_return count;
  }
  awaitable<Result<>> write(std::string_view bytes, std::chrono::milliseconds) override {
    const std::string tag(bytes.substr(0, bytes.find(' ')));
    for (std::size_t at; (at = answer_.find("TAG")) != std::string::npos;) answer_.replace(at, 3, tag);
    bytes_ += std::exchange(answer_, std::string());
    co_return Result<>{};
  }
  awaitable<Result<>> start_tls() override { co_return fail(ErrorCode::refused, "There is no TLS."); }
  bool secure() const override { return false; }
  void close() override {}

 private:
  std::string bytes_;
  std::string answer_;
  std::deque<std::size_t> sizes_;
};

// All that can be known of a conversation afterwards; tags as TAG, since they are random.
struct Heard {
  std::vector<imap::Response> data;
  std::vector<std::string> large;  // literals that were streamed
  std::string outcome;
  std::set<std::string> capabilities;
  bool alive = false;
  friend bool operator==(const Heard&, const Heard&) = default;
};

imap::Response without_tag(imap::Response response) {
  if (auto* status = std::get_if<imap::StatusResponse>(&response); status != nullptr && !status->tag.empty())
    status->tag = "TAG";
  if (auto* found = std::get_if<imap::EsearchData>(&response); found != nullptr && !found->tag.empty())
    found->tag = "TAG";
  return response;
}

std::string words(const Error& error) {
  return std::string(to_string(error.code)) + ": " + error.text;
}

awaitable<void> listen(Connection& line, Heard& heard) {
  const auto greeted = co_await line.greet();
  heard.outcome = greeted ? "greeted" : words(greeted.error());
  if (!greeted) co_return;
  const auto sent = co_await line.send(imap::Noop{});
  while (true) {
    const auto event = co_await line.next();
    if (!event) {
      heard.outcome = words(event.error());
      co_return;
    }
    if (*event == Connection::Event::literal_begin) heard.large.emplace_back();
    if (*event == Connection::Event::literal_bytes) heard.large.back() += line.reader().piece();
    if (*event != Connection::Event::response) continue;
    heard.data.push_back(without_tag(line.reader().response()));
    const auto* status = std::get_if<imap::StatusResponse>(&line.reader().response());
    if (status != nullptr && status->tag == sent->tag) break;
  }
  heard.outcome = "answered";
}

// The same by execute(), which judges what it hears.
awaitable<void> execute(Connection& line, Heard& heard) {
  const auto greeted = co_await line.greet();
  heard.outcome = greeted ? "greeted" : words(greeted.error());
  if (!greeted) co_return;
  const auto on_data = [&heard](imap::Response& response) { heard.data.push_back(without_tag(response)); };
  const auto answer = co_await line.execute(imap::Noop{}, on_data);
  heard.outcome = answer ? "answered " + std::to_string(int(answer->kind)) + answer->code.name + answer->text
                         : words(answer.error());
}

using Way = awaitable<void> (*)(Connection&, Heard&);

Heard hear(Way way, const std::string& greeting, const std::string& answer, std::deque<std::size_t> sizes) {
  Heard heard;
  boost::asio::io_context loop;
  Connection line(loop.get_executor(), std::make_unique<Pieces>(greeting, answer, std::move(sizes)));
  boost::asio::co_spawn(loop, way(line, heard), boost::asio::detached);
  loop.run();
  heard.capabilities = line.capabilities();
  heard.alive = line.alive();
  return heard;
}

constexpr const char* hello = "* OK [CAPABILITY IMAP4rev1 IDLE] hello\r\n";

const std::vector<std::string>& answers() {
  static const std::vector<std::string> all = {
      // well-formed
      "TAG OK\r\n",
      "* CAPABILITY IMAP4rev1 literal+\r\n* ENABLED CONDSTORE\r\nTAG OK [CAPABILITY IMAP4rev1 MOVE] done\r\n",
      "* LIST (\\HasNoChildren \\Sent) \"/\" {9}\r\na\"\\b\r\nend\r\n* LSUB () NIL \"x \\\"y\\\\\"\r\nTAG OK\r\n",
      "* STATUS \"a b\" (MESSAGES 3 UIDNEXT 4294967295 MAILBOXID (F1) X-NEW (1 2))\r\nTAG NO [OVERQUOTA] {3}\r\n",
      "* SEARCH\r\n* SEARCH 2 84 882 (MODSEQ 917162500)\r\n* ESEARCH (TAG \"TAG\") UID ALL 4:19,21 MODSEQ 7\r\nTAG "
      "OK\r\n",
      "* 23 EXISTS\r\n* 0 RECENT\r\n* 44 EXPUNGE\r\n* VANISHED (EARLIER) 41,43:116\r\nTAG BAD what\r\n",
      "* NAMESPACE ((\"\" \"/\")(\"#mh/\" \"/\" \"X-PARAM\" (\"F1\" \"F2\"))) NIL ((\"Public.\" NIL))\r\nTAG OK\r\n",
      "* ID (\"name\" \"Dovecot\" \"os\" NIL)\r\n* FLAGS (\\Seen $a)\r\n* OK [PERMANENTFLAGS (\\*)] x\r\nTAG OK\r\n",
      "* 12 FETCH (FLAGS (\\Seen $a) UID 33 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 4286 MODSEQ "
      "(65402) "
      "EMAILID (M6d99) BODY[HEADER.FIELDS (\"From\" To)]<0> {5}\r\na\r\nbc BODY[] NIL BODY[1] \"\")\r\nTAG OK\r\n",
      "* 1 FETCH (BODY[] {15}\r\n)\r\na1 OK done\r\n) UID 4)\r\nTAG OK [COPYUID 1 1:3 5:7] done\r\n",
      "* 1 FETCH (BODY[] ~{7}\r\na\0)}\r\n{ UID 4)\r\n* 2 FETCH (BODY[] {0}\r\n UID 5)\r\nTAG OK\r\n"s,
      "* QUOTAROOT a b\r\n+ idling\r\n* OK still here\r\nTAG OK\r\n",
      // what is let pass
      "* 1 FETCH (UID 1 FLAGS () ODD\r\n* 2 FETCH (FLAGS (\\Seen\r\nTAG OK\r\n",
      "* 1 FETCH (UID 1 BODY[] {2}\r\nab FLAGS (\\Seen)\r\nTAG OK\r\n",
      "* 3 EXISTS\n* 4 EXISTS\nTAG OK\n",
      // malformed
      "HTTP/1.1 200 OK\r\n\r\n",
      "* 1 FETCH (BODY[] {4294967296}\r\nabc)\r\nTAG OK\r\n",
      "* LIST () \"/\" {5000000}\r\nabc\r\nTAG OK\r\n",
      "* SEARCH {-5}\r\nTAG OK\r\n",
      "* SEARCH 1 x\r\nTAG OK\r\n",
      "* VANISHED 1:*\r\nTAG OK\r\n",
      "* \r\nTAG OK\r\n",
      "\r\nTAG OK\r\n",
      "* OK a\0b\r\nTAG OK\r\n"s,
      "* OK a\rb\r\nTAG OK\r\n",
      "* LIST () \"/\" \"unclosed\r\nTAG OK\r\n",
      "TAG PREAUTH x\r\n",
      "TAG WHAT x\r\n",
      "other OK done\r\nTAG OK\r\n",
      // cut short, or good-bye
      "* BYE gone\r\nTAG OK\r\n",
      "* 1 FETCH (BODY[] {40}\r\nabc",
      "* 3 EXISTS\r\nTAG O",
      "",
  };
  return all;
}

const std::vector<std::string>& greetings() {
  static const std::vector<std::string> all = {
      hello,
      "* OK\r\n",
      "* PREAUTH welcome\r\n",
      "* BYE full\r\n",
      "* NO what\r\n",
      "* 3 EXISTS\r\n",
      "+ go on\r\n",
      "a OK hello\r\n",
      "HTTP/1.1 302 Found\r\n",
      "220 mail ESMTP\r\n",
      "SSH-2.0-x\r\n",
      "\x16\x03\x01\x02\x03\r\n",
      "* OK [CAPABILITY (] {3}\r\n",
      "* OK no end",
      "",
  };
  return all;
}

// In two pieces, cut at every byte; then each byte on its own.
void expect_the_same(Way way, const std::string& greeting, const std::string& answer) {
  const Heard whole = hear(way, greeting, answer, {});
  const std::size_t size = greeting.size() + answer.size() + 20;  // the tag may be longer than "TAG"
  for (std::size_t cut = 1; cut < size; ++cut)
    ASSERT_TRUE(hear(way, greeting, answer, {cut}) == whole)
        << "cut at " << cut << ": " << hear(way, greeting, answer, {cut}).outcome << ", not " << whole.outcome << ": "
        << greeting << answer;
  ASSERT_TRUE(hear(way, greeting, answer, std::deque<std::size_t>(size, 1)) == whole) << greeting << answer;
}

TEST(SplitTest, AnAnswerIsHeardAlikeInEverySplit) {
  for (const std::string& answer : answers()) expect_the_same(listen, hello, answer);
}

TEST(SplitTest, AnAnswerIsJudgedAlikeInEverySplit) {
  for (const std::string& answer : answers()) expect_the_same(execute, hello, answer);
}

TEST(SplitTest, AGreetingIsJudgedAlikeInEverySplit) {
  for (const std::string& greeting : greetings()) expect_the_same(execute, greeting, "TAG OK\r\n");
}

// The table would prove little if all of it ended in the same way.
TEST(SplitTest, TheTableHasEveryOutcome) {
  std::map<std::string, int> outcomes;
  for (const std::string& answer : answers()) {
    const std::string outcome = hear(execute, hello, answer, {}).outcome;
    ++outcomes[outcome.substr(0, outcome.find_first_of(": "))];
  }
  EXPECT_GE(outcomes["answered"], 12);
  EXPECT_GE(outcomes["malformed"], 8);
  EXPECT_GE(outcomes["retry"], 4);
}

TEST(SplitTest, ALargeLiteralIsStreamedAlikeInEverySplitAroundItsEnds) {
  const std::size_t size = imap::max_inline_literal + 1;
  const std::string before = "* 7 FETCH (UID 5 BODY[] {" + std::to_string(size) + "}\r\n";
  const std::string behind = " FLAGS (\\Seen))\r\n* 3 EXISTS\r\nTAG OK\r\n";
  const std::string answer = before + std::string(size, 'x') + behind;
  const Heard whole = hear(listen, hello, answer, {});
  ASSERT_EQ(whole.large.size(), 1u);
  ASSERT_EQ(whole.large.front().size(), size);
  ASSERT_EQ(whole.data.size(), 3u);
  const std::size_t begin = std::string(hello).size();
  const std::size_t end = begin + before.size() + size;
  for (std::size_t cut = begin; cut < begin + before.size() + 4; ++cut)
    ASSERT_TRUE(hear(listen, hello, answer, {cut}) == whole) << cut;
  for (std::size_t cut = end - 4; cut < end + behind.size(); ++cut)
    ASSERT_TRUE(hear(listen, hello, answer, {cut}) == whole) << cut;
}

}  // namespace
}  // namespace satchel::upstream
