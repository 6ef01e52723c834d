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

#include "proxy/imap/command_writer.hpp"
#include "proxy/imap/response_reader.hpp"
#include "proxy/stream/stream.hpp"

namespace satchel::upstream {

using boost::asio::awaitable;

// Gives the next piece of a message that is appended; empty at its end.
using NextPiece = std::function<awaitable<Result<std::string>>()>;
// Takes untagged data of a command.
using OnData = std::function<void(imap::Response&)>;

class Connection {
 public:
  // `executor`: where DONE is sent from while another coroutine reads.
  Connection(boost::asio::any_io_executor executor, stream::StreamPtr stream);

  // Errors: retry (lost), refused (BYE, PREAUTH: a greeting that skips the login is not believed),
  // malformed (no IMAP: what answers is something else).
  awaitable<Result<>> greet();
  // STARTTLS. Errors: refused (not offered, refused, bytes stand behind its OK, certificate).
  awaitable<Result<>> start_tls();
  // Errors: refused (user or password), retry (lost, or the server cannot now).
  awaitable<Result<>> login(std::string user, std::string password);
  // CAPABILITY, again after login.
  awaitable<Result<>> read_capabilities();
  bool has(const std::string& capability) const { return capabilities_.contains(capability); }
  const std::set<std::string>& capabilities() const { return capabilities_; }

  // Sends a command and waits for its tagged answer; untagged data go to `on_data`.
  // Errors: retry (the line is lost: perhaps done), refused (nothing was sent).
  awaitable<Result<imap::StatusResponse>> execute(imap::Command command, OnData on_data);
  awaitable<Result<imap::StatusResponse>> append(imap::Append command, NextPiece next_piece);

  // The same in steps, for answers with large literals: send(), then next() until the tagged one.
  awaitable<Result<std::string>> send(imap::Command command);  // the tag
  using Event = imap::ResponseReader::Event;
  awaitable<Result<Event>> next();
  imap::ResponseReader& reader() { return reader_; }

  // IDLE until `news` says true of some untagged data, end_idle(), or `limit`. True: news.
  awaitable<Result<bool>> idle(std::function<bool(const imap::Response&)> news, std::chrono::milliseconds limit);
  void end_idle();  // may be called at any time

  bool alive() const { return alive_; }
  bool secure() const { return stream_->secure(); }
  void close();

 private:
  awaitable<Result<>> write(std::string bytes);
  awaitable<Result<std::optional<imap::StatusResponse>>> send_pieces(std::string tag,
                                                                     std::vector<imap::CommandPiece> pieces);
  awaitable<Result<std::optional<imap::StatusResponse>>> wait_for_continuation(std::string tag);
  awaitable<Result<imap::StatusResponse>> wait_tagged(std::string tag, OnData on_data);
  awaitable<Result<imap::StatusResponse>> authenticate_plain(std::string user, std::string password);
  awaitable<Result<imap::StatusResponse>> login_command(std::string user, std::string password);
  void note_capabilities(const imap::ResponseCode& code);
  std::string next_tag();
  Error lost(Error error);

  boost::asio::any_io_executor executor_;
  std::shared_ptr<stream::Stream> stream_;
  imap::ResponseReader reader_;
  std::set<std::string> capabilities_;
  std::string tag_prefix_;
  std::uint32_t tag_number_ = 0;
  bool alive_ = true;
  std::shared_ptr<bool> idling_;  // alive while an IDLE waits; true once DONE was sent
  std::chrono::milliseconds read_limit_{120'000};
};

}  // namespace satchel::upstream
