// A Line over IMAP: turns each question of proxy/sync into commands on one connection. For
// proxy/account's own files: opening is in line_open.cpp, mailboxes in line_list.cpp, questions that read in
// line_read.cpp, contents in line_contents.cpp, questions that change in line_change.cpp.
#pragma once

#include <memory>
#include <optional>

#include "proxy/account/heard.hpp"
#include "proxy/account/line.hpp"
#include "proxy/stream/signal.hpp"
#include "proxy/upstream/connection.hpp"

namespace satchel::account {

enum class Access : std::uint8_t { read, write };  // EXAMINE, SELECT

class Arriving;  // line_contents.cpp

class ImapLine final : public Line {
 public:
  ImapLine(boost::asio::any_io_executor executor, store::AccountSettings settings,
           std::unique_ptr<stream::Connector> connector, store::Contents& contents, std::shared_ptr<Learned> learned,
           std::chrono::seconds answer_limit);

  awaitable<LoginTried> open(Along along) override;
  std::optional<sync::ListAnswer> take_listed() override { return std::exchange(listed_, std::nullopt); }
  bool alive() const override { return connection_ && connection_->alive(); }
  const sync::Abilities& abilities() const override { return abilities_; }
  bool abilities_shrank() override { return std::exchange(shrank_, false); }
  std::string take_trouble() override { return std::exchange(trouble_, std::string()); }
  awaitable<sync::Answer> perform(const sync::Ask& ask) override;
  awaitable<bool> watch(std::string mailbox, std::chrono::milliseconds limit, std::function<void()> news) override;
  void interrupt() override;
  void close() override;

  // One for each question.
  awaitable<sync::ListAnswer> put(sync::ListAsk ask);
  awaitable<sync::StatusAnswer> put(sync::StatusAsk ask);
  awaitable<sync::SelectAnswer> put(sync::SelectAsk ask);
  awaitable<sync::ListUidsAnswer> put(sync::ListUidsAsk ask);
  awaitable<sync::ChangesAnswer> put(sync::ChangesAsk ask);
  awaitable<sync::FlagsAnswer> put(sync::FlagsAsk ask);
  awaitable<sync::MetadataAnswer> put(sync::MetadataAsk ask);
  awaitable<sync::ContentsAnswer> put(sync::ContentsAsk ask);
  awaitable<sync::StoreAnswer> put(sync::StoreAsk ask);
  awaitable<sync::AppendAnswer> put(sync::AppendAsk ask);
  awaitable<sync::TransferAnswer> put(sync::TransferAsk ask);
  awaitable<sync::PlainAnswer> put(sync::UidExpungeAsk ask);
  awaitable<sync::PlainAnswer> put(sync::ExpungeAsk ask);
  awaitable<sync::PlainAnswer> put(sync::CreateAsk ask);
  awaitable<sync::PlainAnswer> put(sync::RenameAsk ask);
  awaitable<sync::PlainAnswer> put(sync::DeleteAsk ask);
  awaitable<sync::PlainAnswer> put(sync::SubscribeAsk ask);
  awaitable<sync::PlainAnswer> put(sync::UnsubscribeAsk ask);

 private:
  imap::Fetch metadata_command(const std::vector<UpstreamUid>& uids, sync::Depth depth) const;
  awaitable<sync::ContentsAnswer> fetch_bodies(sync::ContentsAsk ask);
  awaitable<Result<imap::StatusResponse>> read_bodies(std::string tag, Arriving& arriving);
  awaitable<bool> look_for_news(std::string mailbox, std::chrono::milliseconds limit, std::function<void()> news);
  awaitable<Result<>> log_in();
  awaitable<Result<>> introduce(Along along);
  awaitable<Result<>> ask_delimiter();
  LoginTried tell(const Error& error) const;
  LoginTried tell_handshake(const Error& error) const;

  // Selects the mailbox where it is not selected in that way already; compares UIDVALIDITY. `ahead`: what only reads,
  // and is asked next where all that is as expected: it goes along on a line where nothing was selected before.
  awaitable<sync::Outcome> enter(sync::At at, Access access, std::optional<imap::Command> ahead = std::nullopt);
  std::vector<imap::StatusItem> status_items() const;
  void note_odd_ids(bool odd);  // after a command that asked for status_items()
  imap::Select select_command(const std::string& mailbox, Access access) const;
  void forget_selected();  // and what came early for it: another one is selected
  void note_selected(std::string mailbox, Access access, std::uint32_t uid_validity);
  awaitable<sync::SelectAnswer> select(std::string mailbox, Access access,
                                       std::optional<imap::Command> ahead = std::nullopt);
  awaitable<sync::Outcome> leave();  // no mailbox is selected afterwards

  // Runs a command; untagged data go to `on_data`, UIDVALIDITY of another value ends the session.
  // `leans_on`: capabilities without which the question can be put in another way, should it be refused.
  using Words = std::vector<std::string>;
  static Words words(const char* first, const char* second = "");  // without the empty ones
  // `ahead`: sent behind it already, since it is asked for next.
  awaitable<sync::Outcome> run(imap::Command command, upstream::OnData on_data, Words leans_on = {},
                               imap::ResponseCode* code = nullptr, std::optional<imap::Command> ahead = std::nullopt);
  // Several in one flight: an outcome for each. note_refusal() is the caller's.
  awaitable<std::vector<sync::Outcome>> run_all(std::vector<imap::Command> commands, upstream::OnData on_data);
  void note_refusal(const sync::Outcome& result, const Words& leans_on);
  void note_failures();  // of literals and compression: done without on the next line
  sync::Outcome outcome(const Result<imap::StatusResponse>& answer);
  void look_at(const imap::Response& response);
  void note_exists(std::uint32_t exists);

  bool has(const std::string& capability) const;
  void count_abilities();
  void deny(const std::string& capability);
  void give_back(const Words& capabilities);

  boost::asio::any_io_executor executor_;
  store::AccountSettings settings_;
  std::unique_ptr<stream::Connector> connector_;
  store::Contents& contents_;
  std::shared_ptr<Learned> learned_;
  upstream::Deadlines deadlines_;
  stream::Signal interrupted_;
  std::unique_ptr<upstream::Connection> connection_;
  sync::Abilities abilities_;
  std::optional<sync::ListAnswer> listed_;
  // Of what was sent ahead, came already; of use while Connection::is_ahead() says so of its command.
  std::vector<sync::FetchedContent> early_;
  std::map<UpstreamUid, std::optional<sync::Metadata>> early_metadata_;
  bool qresync_enabled_ = false;
  int sizes_misstated_ = 0;  // contents that came twice the same, and not in the size stated
  Words refused_;            // what the last command leaned on, where it was refused
  bool for_good_ = false;    // something was denied without which the question cannot be put
  bool shrank_ = false;
  std::string trouble_;      // of our own store
  bool unreadable_ = false;  // the last command's answer is no IMAP: the line was ended for it

  std::string selected_;       // wire name; empty: none
  bool has_selected_ = false;  // some mailbox, successfully or not, since the line was opened
  Access access_ = Access::read;
  std::uint32_t uid_validity_ = 0;  // of the selected mailbox
  std::uint32_t exists_ = 0;        // the most that were there since it was selected
  bool another_validity_ = false;   // an untagged UIDVALIDITY changed it under us
  bool interrupt_wanted_ = false;
  bool watching_ = false;
};

}  // namespace satchel::account
