// Logging in: AUTHENTICATE PLAIN (RFC 4616) where it is offered, else LOGIN.
#include <openssl/evp.h>

#include "proxy/upstream/connection.hpp"

namespace satchel::upstream {
namespace {

std::string base64(const std::string& bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()), int(bytes.size()));
  out.resize(std::size_t(length));
  return out;
}

}  // namespace

awaitable<Result<imap::StatusResponse>> Connection::authenticate_plain(std::string user, std::string password) {
  std::string secret = base64(std::string(1, '\0') + user + std::string(1, '\0') + password);
  imap::Authenticate command{"PLAIN", std::nullopt};
  if (has("SASL-IR")) {
    imap::Authenticate at_once{"PLAIN", secret};
    const auto on_data = [this](imap::Response& response) { note_login_data(response); };
    auto answer = co_await execute(std::move(at_once), on_data);
    // BAD: announced, and not understood. NO would be the password.
    if (!answer || answer->kind != imap::StatusResponse::Kind::bad) co_return answer;
  }
  const auto on_data = [this](imap::Response& response) { note_login_data(response); };
  const std::string tag = next_tag();
  auto pieces = imap::write_command(tag, command, imap::LiteralSupport::synchronising);
  if (!pieces) co_return pieces.error();
  pieces->back().wait = true;
  auto early = co_await send_pieces(tag, std::move(*pieces));
  if (!early) co_return early.error();
  if (*early) co_return std::move(**early);
  const auto sent = co_await write(secret + "\r\n");
  if (!sent) co_return sent.error();
  co_return co_await wait_tagged(tag, on_data);
}

awaitable<Result<imap::StatusResponse>> Connection::login_command(std::string user, std::string password) {
  imap::Login command{std::move(user), std::move(password)};
  const auto on_data = [this](imap::Response& response) { note_login_data(response); };
  co_return co_await execute(std::move(command), on_data);
}

void Connection::note_login_data(imap::Response& response) {
  const auto* data = std::get_if<imap::CapabilityData>(&response);
  if (data == nullptr) return;
  capabilities_ = std::set<std::string>(data->capabilities.begin(), data->capabilities.end());
  told_ = true;
}

awaitable<Result<>> Connection::login(std::string user, std::string password) {
  if (has("LOGINDISABLED") && !has("AUTH=PLAIN"))
    co_return fail(ErrorCode::refused, "The server offers no way to log in with a password here.");
  const bool may_login = !has("LOGINDISABLED");
  told_ = false;
  Result<imap::StatusResponse> answer = fail(ErrorCode::retry, "The line is lost.");
  bool by_command = !has("AUTH=PLAIN");
  if (!by_command) {
    answer = co_await authenticate_plain(user, password);
    by_command = may_login && answer && answer->kind == imap::StatusResponse::Kind::bad;
  }
  if (by_command) answer = co_await login_command(user, password);
  if (!answer) co_return answer.error();
  if (answer->kind == imap::StatusResponse::Kind::ok) {
    if (!told_) capabilities_.clear();
    co_return Result<>{};
  }
  const std::string& code = answer->code.name;
  const bool transient = code == "UNAVAILABLE" || code == "INUSE" || code == "LIMIT";
  if (transient) co_return fail(ErrorCode::retry, "The server cannot take the login now.");
  co_return fail(ErrorCode::refused, "The server refuses the user name or the password.");
}

}  // namespace satchel::upstream
