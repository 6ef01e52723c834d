// One IMAP conversation with an upstream server over any Stream: greeting, TLS, login,
// capabilities, commands and their answers. What the server says is untrusted: nothing that came
// before TLS and login is believed (attacks U1 to U7). The event loop's thread; one coroutine at a
// time, but for end_idle().
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "proxy/imap/command_writer.hpp"
#include "proxy/imap/response_reader.hpp"
#include "proxy/stream/backlog.hpp"
#include "proxy/stream/stream.hpp"

namespace satchel::upstream {

using boost::asio::awaitable;

// Gives the next piece of a message that is appended; empty at its end.
using NextPiece = std::function<awaitable<Result<std::string>>()>;
// Takes untagged data of a command.
using OnData = std::function<void(imap::Response&)>;

// How long each answer may take.
struct Deadlines {
  std::chrono::milliseconds greeting{20'000};
  std::chrono::milliseconds command{120'000};
  std::chrono::milliseconds end_of_idle{30'000};  // from DONE to the tagged answer
  std::chrono::milliseconds compression{15'000};  // COMPRESS's answer, and then the first bytes that are compressed
};

struct Idling;

class Connection {
 public:
  // `executor`: where DONE is sent from while another coroutine reads.
  Connection(boost::asio::any_io_executor executor, stream::StreamPtr stream, Deadlines deadlines = {});
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Errors: retry (lost), refused (BYE, PREAUTH: a greeting that skips the login is not believed),
  // malformed (no IMAP: what answers is something else).
  awaitable<Result<>> greet();
  // STARTTLS. Errors: refused (not offered, refused, bytes stand behind its OK, certificate).
  awaitable<Result<>> start_tls();
  // Errors: refused (user or password), retry (lost, or the server cannot now). What was known of
  // capabilities is forgotten, but for what the answer to the login itself tells.
  awaitable<Result<>> login(std::string user, std::string password);
  // CAPABILITY, where nothing was told since TLS began or since the login.
  awaitable<Result<>> read_capabilities();
  bool knows_capabilities() const { return !capabilities_.empty(); }
  bool has(const std::string& capability) const { return capabilities_.contains(capability); }
  // Does without what is announced, until the capabilities are read again.
  void forget(const std::string& capability) { capabilities_.erase(capability); }
  // A literal that was sent at once (RFC 7888) was refused; its bytes may have been taken for commands,
  // so the line was closed.
  bool literal_refused() const { return literal_refused_; }
  // What came compressed could not be expanded, did so without measure (attack U10), or was no IMAP: the line
  // was closed.
  bool compression_failed() const { return compression_failed_; }
  // The line ended, or nobody spoke on it, while COMPRESS was to be answered or before anything came compressed: that
  // may be the line's fault, or compression's. Once.
  bool compression_was_silent() { return std::exchange(compression_silent_, false); }
  bool compression_works() const { return compressed_ && !compression_doubtful_; }  // something came through it
  // How many untagged responses one command may have: past that the line is given up.
  void allow_responses(std::uint64_t most) { most_responses_ = most; }
  static constexpr std::uint64_t usual_responses = 200'000;
  const std::set<std::string>& capabilities() const { return capabilities_; }

  // Sends a command and waits for its tagged answer; untagged data go to `on_data`.
  // Errors: retry (the line is lost: perhaps done), refused (nothing was sent).
  // `ahead`: goes out behind it, see send_ahead().
  awaitable<Result<imap::StatusResponse>> execute(imap::Command command, OnData on_data,
                                                  std::optional<imap::Command> ahead = std::nullopt);
  awaitable<Result<imap::StatusResponse>> append(imap::Append command, NextPiece next_piece);

  // Several commands in one flight, none of which needs another's answer; their tagged answers in the
  // order of the commands, however they come. COMPRESS (RFC 4978) goes last where it is wanted, and its
  // answer stands last; once that is OK the line is compressed.
  enum class Last : std::uint8_t { nothing, compress };
  awaitable<Result<std::vector<imap::StatusResponse>>> execute_all(std::vector<imap::Command> commands, OnData on_data,
                                                                   Last last = Last::nothing);

  // Sends behind the command under way what will be executed (or sent) next: its answer is on its way then.
  // Where something else is executed instead, that answer is read away first.
  awaitable<Result<>> send_ahead(imap::Command command);
  // Whether this command is the one that was sent ahead and is not spoken for yet: data that came for it before are
  // part of its answer (RFC 3501 section 5.5: the server may work on several at once).
  bool is_ahead(const imap::Command& command) const { return ahead_ && ahead_->command == command; }

  // The same as execute() in steps, for answers with large literals: send(), then next() until the tagged one, which
  // is there already where it came early.
  struct Sent {
    std::string tag;
    std::optional<imap::StatusResponse> answer;
  };
  awaitable<Result<Sent>> send(imap::Command command);
  // Behind a tagged answer: what was sent ahead is read on, as bytes, until somebody waits for it.
  void read_on();
  using Event = imap::ResponseReader::Event;
  awaitable<Result<Event>> next();
  imap::ResponseReader& reader() { return reader_; }

  // IDLE until `news` says true of some untagged data, end_idle(), or `limit`; the line lives on. `news` hears
  // all that comes until the server has ended it.
  // True: news. Errors: refused (no IDLE here), retry (lost).
  awaitable<Result<bool>> idle(std::function<bool(const imap::Response&)> news, std::chrono::milliseconds limit);
  // The same without IDLE: listens, and asks with NOOP at the end. A line that drops is noticed at once.
  awaitable<Result<bool>> listen(std::function<bool(const imap::Response&)> news, std::chrono::milliseconds limit);
  void end_idle();  // of either; may be called at any time

  bool alive() const { return alive_; }
  bool secure() const { return stream_->secure(); }
  void close();

 private:
  awaitable<Result<>> write(std::string bytes);
  awaitable<Result<std::size_t>> feed_reader(std::chrono::milliseconds limit);
  awaitable<Result<std::optional<imap::StatusResponse>>> send_pieces(std::string tag,
                                                                     std::vector<imap::CommandPiece> pieces);
  awaitable<Result<std::optional<imap::StatusResponse>>> wait_for_continuation(std::string tag);
  awaitable<Result<imap::StatusResponse>> wait_tagged(std::string tag, OnData on_data);
  awaitable<Result<>> begin_idle(std::string tag);
  awaitable<Result<bool>> hear_out(std::string tag, std::function<bool(const imap::Response&)> news,
                                   std::chrono::milliseconds limit);
  awaitable<Result<bool>> read_news(std::string tag, std::function<bool(const imap::Response&)> news);
  awaitable<Result<imap::StatusResponse>> authenticate_plain(std::string user, std::string password);
  awaitable<Result<imap::StatusResponse>> login_command(std::string user, std::string password);
  void note_capabilities(const imap::ResponseCode& code);
  void note_login_data(imap::Response& response);
  awaitable<Result<std::vector<std::string>>> send_all(std::vector<imap::Command> commands, Last last);
  awaitable<Result<std::vector<imap::StatusResponse>>> execute_in_turn(std::vector<imap::Command> commands,
                                                                       OnData on_data, Last last);
  void begin_compression();
  std::optional<Sent> take_ahead(const imap::Command& command);
  bool was_ahead();
  awaitable<Result<>> read_away_ahead();
  std::string next_tag();
  Error lost(Error error);
  Error odd(std::string text);
  imap::LiteralSupport literal_support() const;
  imap::StatusResponse answered(imap::StatusResponse status, bool had_literal);

  boost::asio::any_io_executor executor_;
  std::shared_ptr<stream::Stream> stream_;
  std::unique_ptr<stream::Backlog> backlog_;  // reads the stream, while it is there
  imap::ResponseReader reader_;
  std::set<std::string> capabilities_;
  bool told_ = false;  // by the answer to the login
  std::string tag_prefix_;
  std::uint32_t tag_number_ = 0;
  bool alive_ = true;
  bool literal_refused_ = false;
  bool compressed_ = false;
  bool compression_failed_ = false;
  bool compression_doubtful_ = false;  // asked for, and nothing came through it yet
  bool compression_silent_ = false;
  struct Ahead {
    std::string tag;
    imap::Command command;
    std::optional<imap::StatusResponse> answer;  // where it came before anybody waited for it
  };
  std::optional<Ahead> ahead_;   // sent, and not yet waited for
  std::string unsent_;           // goes out with what is written next: two commands in one packet
  std::uint64_t responses_ = 0;  // of the command under way
  std::uint64_t most_responses_ = usual_responses;
  std::shared_ptr<Idling> idling_;  // while an IDLE waits
  Deadlines deadlines_;
  std::chrono::milliseconds read_limit_;
};

}  // namespace satchel::upstream
