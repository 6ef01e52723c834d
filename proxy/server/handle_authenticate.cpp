// AUTHENTICATE PLAIN (RFC 4616) and LOGIN, with and without an initial response (RFC 4959).
#include "proxy/imap/response_writer.hpp"
#include "proxy/imap/scanner.hpp"
#include "proxy/server/base64.hpp"
#include "proxy/server/session.hpp"

namespace satchel::server {
namespace {

struct Login {
  std::string user;
  std::string password;
};

// The client's next line, decoded; none: it gave up, or it is no base64, or the line is lost.
awaitable<std::optional<std::string>> ask(Session& session, std::string challenge) {
  imap::write_continuation(session.out(), challenge);
  session.reader().expect_line();
  const auto event = co_await session.next_event();
  if (!event || *event != Session::Event::line || session.reader().line() == "*") co_return std::nullopt;
  co_return decode_base64(session.reader().line());
}

awaitable<std::optional<std::string>> first_response(Session& session, std::optional<std::string> initial,
                                                     std::string challenge) {
  if (!initial) co_return co_await ask(session, std::move(challenge));
  if (*initial == "=") co_return std::string();
  co_return decode_base64(*initial);
}

// message = [authzid] NUL authcid NUL passwd
std::optional<Login> parse_plain(std::string_view message) {
  const std::size_t first = message.find('\0');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = message.find('\0', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const std::string_view on_behalf = message.substr(0, first);
  Login login{std::string(message.substr(first + 1, second - first - 1)), std::string(message.substr(second + 1))};
  if (!on_behalf.empty() && on_behalf != login.user) return std::nullopt;
  return login;
}

awaitable<std::optional<Login>> plain(Session& session, std::optional<std::string> initial) {
  const auto message = co_await first_response(session, std::move(initial), "");
  if (!message) co_return std::nullopt;
  co_return parse_plain(*message);
}

awaitable<std::optional<Login>> two_questions(Session& session, std::optional<std::string> initial) {
  auto user = co_await first_response(session, std::move(initial), "VXNlcm5hbWU6");
  if (!user) co_return std::nullopt;
  auto password = co_await ask(session, "UGFzc3dvcmQ6");
  if (!password) co_return std::nullopt;
  co_return Login{std::move(*user), std::move(*password)};
}

}  // namespace

awaitable<Answer> handle_authenticate(Session& session, imap::Authenticate command) {
  std::optional<Login> login;
  if (command.mechanism == "PLAIN")
    login = co_await plain(session, std::move(command.initial));
  else if (command.mechanism == "LOGIN")
    login = co_await two_questions(session, std::move(command.initial));
  else
    co_return no("CANNOT", "There is no such mechanism here: PLAIN and LOGIN are.");
  if (!login) co_return bad("That is no answer to the mechanism.");
  co_return co_await session.log_in(std::move(login->user), std::move(login->password));
}

}  // namespace satchel::server
