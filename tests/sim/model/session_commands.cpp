// CAPABILITY, NOOP, LOGOUT, LOGIN, AUTHENTICATE, ENABLE, ID, NAMESPACE, IDLE.
#include "session.hpp"

namespace satchel::sim::model {
namespace {

// Nothing where it is no base64.
std::optional<std::string> read_base64(std::string_view text) {
  static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) return std::nullopt;
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | std::uint32_t(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += char(bits >> count & 0xff);
  }
  return out;
}

}  // namespace

std::string Session::capabilities() const {
  std::string words = "IMAP4rev1";
  const auto announce = [&words](bool has, std::string_view word) {
    if (has) words += ' ' + std::string(word);
  };
  announce(traits_.literal_plus, "LITERAL+");
  announce(traits_.id, "ID");
  announce(traits_.enable, "ENABLE");
  if (!logged_in_) {
    announce(traits_.sasl_ir && traits_.auth_plain, "SASL-IR");
    announce(traits_.auth_plain, "AUTH=PLAIN");
    announce(traits_.login_disabled, "LOGINDISABLED");
    if (!traits_.extensions_before_login) return words;
  }
  announce(traits_.idle, "IDLE");
  announce(traits_.name_space, "NAMESPACE");
  announce(traits_.uidplus, "UIDPLUS");
  announce(traits_.move, "MOVE");
  announce(traits_.unselect, "UNSELECT");
  announce(traits_.esearch, "ESEARCH");
  announce(traits_.children, "CHILDREN");
  announce(traits_.list_extended, "LIST-EXTENDED");
  announce(traits_.list_status, "LIST-STATUS");
  announce(traits_.special_use, "SPECIAL-USE");
  announce(traits_.create_special_use, "CREATE-SPECIAL-USE");
  announce(traits_.object_id, "OBJECTID");
  announce(traits_.condstore, "CONDSTORE");
  announce(traits_.qresync, "QRESYNC");
  announce(traits_.gmail, "X-GM-EXT-1");
  if (traits_.append_limit != 0) words += " APPENDLIMIT=" + std::to_string(traits_.append_limit);
  return words;
}

std::string Session::greet() {
  return "* OK " + (traits_.capability_code ? "[CAPABILITY " + capabilities() + "] " : "") + "Ready.\r\n";
}

void Session::capability(Scanner& in) {
  if (!in.done()) return bad("CAPABILITY has no arguments.");
  untagged("CAPABILITY " + capabilities());
  ok("These.");
}

void Session::noop(Scanner& in) {
  if (!in.done()) return bad("No arguments here.");
  ok("Done.");
}

void Session::logout(Scanner& in) {
  if (!in.done()) return bad("LOGOUT has no arguments.");
  untagged("BYE Until next time.");
  ok("Logged out.");
  finish(News::none);
  closed_ = true;
}

void Session::login(Scanner& in) {
  in.space();
  const std::string user = in.astring();
  in.space();
  const std::string password = in.astring();
  if (!in.done()) return bad("LOGIN user password");
  if (traits_.login_disabled) return no("LOGIN is disabled.", with_code("PRIVACYREQUIRED"));
  log_in(user, password);
}

void Session::log_in(const std::string& user, const std::string& password) {
  if (user != traits_.user || password != traits_.password)
    return no("Wrong user or password.", with_code("AUTHENTICATIONFAILED"));
  logged_in_ = true;
  ok("Logged in.", traits_.capability_code ? "CAPABILITY " + capabilities() : std::string());
}

void Session::authenticate(Scanner& in) {
  in.space();
  const std::string mechanism = in.word();
  std::optional<std::string> response;
  if (in.take(' ')) response = in.until(" ");
  if (!in.done()) return bad("AUTHENTICATE mechanism");
  if (mechanism != "PLAIN") return no("No such mechanism.");
  if (response && !traits_.sasl_ir) return bad("No initial response here.");
  if (response) return take_sasl(*response);
  output_ += "+ \r\n";
  waits_ = Waits::response;
}

// [authzid] NUL authcid NUL passwd (RFC 4616)
void Session::take_sasl(const std::string& response) {
  const auto decoded = read_base64(response);
  if (!decoded) return bad("No base64.");
  const std::size_t first = decoded->find('\0');
  const std::size_t second = first == std::string::npos ? first : decoded->find('\0', first + 1);
  if (second == std::string::npos) return bad("No message of PLAIN.");
  log_in(decoded->substr(first + 1, second - first - 1), decoded->substr(second + 1));
}

void Session::enable(Scanner& in) {
  std::vector<std::string> words;
  while (in.take(' ')) words.push_back(in.word());
  if (!in.done() || words.empty()) return bad("ENABLE capability...");
  std::string enabled;
  for (const std::string& word : words) {
    const bool both = word == "QRESYNC" && traits_.qresync && !qresync_;
    if (!both && !(word == "CONDSTORE" && traits_.condstore && !condstore_)) continue;
    enable_condstore();
    qresync_ = qresync_ || both;
    enabled += ' ' + word;
  }
  untagged("ENABLED" + enabled);
  ok("Enabled.");
}

void Session::enable_condstore() {
  if (condstore_) return;
  condstore_ = true;
  const Mailbox* const mailbox = selected();
  if (mailbox != nullptr && !mailbox->no_modseq)
    untagged("OK [HIGHESTMODSEQ " + std::to_string(mailbox->highest_modseq) + "] Highest.");
}

// id = "ID" SP ("(" [string SP nstring *(SP string SP nstring)] ")" / nil)
void Session::id(Scanner& in) {
  in.space();
  if (in.take('(')) {
    while (!in.failed() && !in.next_is(')')) {
      in.string();
      in.space();
      if (in.next_is('"') || in.next_is('{'))
        in.string();
      else
        in.atom();
      in.take(' ');
    }
    in.expect(')');
  } else if (in.word() != "NIL") {
    in.fail();
  }
  if (!in.done()) return bad("ID (field value ...)");
  untagged("ID (\"name\" \"model\")");
  ok("Pleased.");
}

void Session::name_space(Scanner& in) {
  if (!in.done()) return bad("NAMESPACE has no arguments.");
  untagged("NAMESPACE ((" + write_quoted(account_.prefix()) + " " + write_quoted(std::string(1, account_.delimiter())) +
           ")) NIL NIL");
  ok("These.");
}

void Session::idle(Scanner& in) {
  if (!in.done()) return bad("IDLE has no arguments.");
  output_ += "+ idling\r\n";
  waits_ = Waits::done;
  tell();
}

}  // namespace satchel::sim::model
