// An upstream of one mailbox, INBOX, behind the interface that the engine sees: no byte of IMAP. A test says
// whether it lets anybody in, drops its lines, brings mail and news, and holds contents back. The
// event loop's thread.
#pragma once

#include <algorithm>
#include <map>
#include <utility>

#include "proxy/account/line.hpp"
#include "proxy/mime/summary.hpp"
#include "proxy/stream/signal.hpp"

namespace satchel::account::test {

struct Upstream {
  explicit Upstream(boost::asio::any_io_executor executor) : changed(executor) {}

  // Its lines notice it.
  void tell_news() {
    ++news;
    changed.notify();
  }
  void drop_lines() {
    ++epoch;
    changed.notify();
  }
  void let_contents_through() {
    contents_held = false;
    changed.notify();
  }

  stream::Signal changed;
  store::Contents* contents = nullptr;
  LoginTried login{State::online, "The login works."};  // what who connects is told
  std::vector<std::string> messages;                    // UIDs 1, 2, 3 ...
  std::uint32_t stated_size = 100;                      // of each
  bool contents_held = false;
  bool loses_each_line = false;  // soon after its login
  int news = 0;
  int epoch = 0;                                  // lines of an older one are lost
  int logins = 0;                                 // tried
  int watchers = 0;                               // that watch now
  std::vector<std::uint32_t> contents_asked;      // UIDs, in order
  int pauses = 0;                                 // questions for contents that no other one had announced
  std::map<std::uint32_t, store::FlagSet> flags;  // of UIDs that have some
  int stores = 0;                                 // commands that changed flags
  int selects = 0;                                // how often the mailbox was looked into
};

class ScriptedLine final : public Line {
 public:
  explicit ScriptedLine(Upstream& upstream) : upstream_(upstream) {}

  awaitable<LoginTried> open(Along) override {
    ++upstream_.logins;
    open_ = upstream_.login.state == State::online;
    epoch_ = upstream_.epoch;
    news_ = upstream_.news;
    co_return upstream_.login;
  }
  bool alive() const override { return open_ && epoch_ == upstream_.epoch; }
  const sync::Abilities& abilities() const override { return abilities_; }
  bool abilities_shrank() override { return false; }

  awaitable<sync::Answer> perform(const sync::Ask& ask) override {
    if (const auto* contents = std::get_if<sync::ContentsAsk>(&ask)) {
      sync::ContentsAsk copy = *contents;
      sync::ContentsAnswer answer = co_await fetch(std::move(copy));
      co_return sync::Answer(std::move(answer));
    }
    if (upstream_.loses_each_line) close();
    if (!alive()) co_return lost();
    const auto visit = [this](const auto& question) -> sync::Answer { return put(question); };
    co_return std::visit(visit, ask);
  }

  std::optional<sync::ListAnswer> take_listed() override { return std::nullopt; }

  awaitable<bool> watch(std::string, std::chrono::milliseconds limit, std::function<void()> news) override {
    interrupted_ = false;
    ++upstream_.watchers;
    while (alive() && news_ == upstream_.news && !interrupted_) co_await upstream_.changed.wait(limit);
    --upstream_.watchers;
    if (alive() && std::exchange(news_, upstream_.news) != upstream_.news) news();
    co_return false;
  }
  void interrupt() override {
    interrupted_ = true;
    upstream_.changed.notify();
  }
  void close() override {
    open_ = false;
    upstream_.changed.notify();
  }

 private:
  static sync::Answer lost() {
    sync::PlainAnswer answer;
    answer.outcome.kind = sync::Outcome::Kind::lost;
    return answer;
  }

  template <class Question>
  sync::Answer put(const Question&) {
    return typename Question::Answer();  // done
  }
  sync::Answer put(const sync::ListAsk&) {
    sync::ListAnswer answer;
    answer.mailboxes.emplace_back();
    answer.mailboxes.back().name = "INBOX";
    answer.mailboxes.back().delimiter = '/';
    return answer;
  }
  sync::Answer put(const sync::SelectAsk&) {
    ++upstream_.selects;
    sync::SelectAnswer answer;
    answer.uid_validity = 7;
    answer.exists = count();
    answer.uid_next = count() + 1;
    return answer;
  }
  sync::Answer put(const sync::ListUidsAsk&) {
    sync::ListUidsAnswer answer;
    for (std::uint32_t uid = 1; uid <= count(); ++uid) answer.uids.push_back(UpstreamUid{uid});
    return answer;
  }
  sync::Answer put(const sync::FlagsAsk& ask) {
    sync::FlagsAnswer answer;
    for (std::uint32_t uid = ask.range.first.value; uid <= std::min(ask.range.last.value, count()); ++uid)
      answer.flags.push_back({UpstreamUid{uid}, upstream_.flags[uid], 0});
    return answer;
  }
  sync::Answer put(const sync::StoreAsk& ask) {
    ++upstream_.stores;
    sync::StoreAnswer answer;
    for (const UpstreamUid uid : ask.uids) {
      store::FlagSet& flags = upstream_.flags[uid.value];
      if (ask.sign == sync::StoreAsk::Sign::add)
        flags.add(ask.flags);
      else
        flags.remove(ask.flags);
      answer.flags.push_back({uid, flags, 0});
    }
    return answer;
  }
  sync::Answer put(const sync::MetadataAsk& ask) {
    sync::MetadataAnswer answer;
    for (const UpstreamUid uid : ask.uids) {
      sync::Metadata one;
      one.uid = uid;
      one.flags = upstream_.flags[uid.value];
      one.identity.date = 1'700'000'000 + uid.value;
      one.identity.size = upstream_.stated_size;
      if (ask.depth == sync::Depth::headers) add_header(one);
      answer.messages.push_back(std::move(one));
    }
    return answer;
  }

  void add_header(sync::Metadata& one) {
    mime::SummaryBuilder builder(mime::Extent::header);
    builder.feed(upstream_.messages[one.uid.value - 1]);
    mime::Summary summary = builder.finish();
    one.identity.header = upstream_.contents->hash64(summary.header);
    one.identity.message_id = 1;
    one.summary = store::Summary{std::move(summary.envelope), {}, std::move(summary.header), {}};
  }

  awaitable<sync::ContentsAnswer> fetch(sync::ContentsAsk ask) {
    sync::ContentsAnswer answer;
    for (const UpstreamUid uid : ask.uids) upstream_.contents_asked.push_back(uid.value);
    upstream_.pauses += ask.uids != announced_;
    announced_ = ask.next;
    while (upstream_.contents_held && alive()) co_await upstream_.changed.wait(std::chrono::seconds(1));
    if (!alive()) {
      answer.outcome.kind = sync::Outcome::Kind::lost;
      co_return answer;
    }
    std::vector<std::string> bodies;
    for (const UpstreamUid uid : ask.uids) bodies.push_back(upstream_.messages[uid.value - 1]);
    auto stored = co_await upstream_.contents->put(std::move(bodies));
    for (std::size_t i = 0; stored && i < ask.uids.size(); ++i) {
      sync::FetchedContent one;
      one.uid = ask.uids[i];
      one.stored = std::move((*stored)[i]);
      answer.contents.push_back(std::move(one));
    }
    co_return answer;
  }

  std::uint32_t count() const { return std::uint32_t(upstream_.messages.size()); }

  Upstream& upstream_;
  sync::Abilities abilities_;
  bool open_ = false;
  bool interrupted_ = false;
  int epoch_ = 0;
  int news_ = 0;
  std::vector<UpstreamUid> announced_;  // by the last question for contents
};

}  // namespace satchel::account::test
