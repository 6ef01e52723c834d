#include "proxy/app/client_setup.hpp"

namespace satchel::app {
namespace {

struct Steps {
  const char* client;
  const char* text;
};

// {host}, {port}, {tls_port}, {user} and {password} are filled in.
constexpr Steps all_steps[] = {
    {"thunderbird",
     "Account Settings, Account Actions, Add Mail Account, then Configure manually.\n"
     "Incoming: IMAP, host {host}, port {port}, connection security STARTTLS, normal password.\n"
     "Outgoing mail: your provider's own server, as before.\n"
     "Accept the certificate once; 'satchel cert export FILE' shows which one it is.\n"},
    {"outlook",
     "Classic Outlook: File, Add Account, Advanced options, set up my account manually, IMAP.\n"
     "Incoming: {host}, port {tls_port}, encryption SSL/TLS. Outgoing mail: your provider's own server.\n"
     "The new Outlook and Outlook on a phone cannot be used: they fetch mail through their maker's\n"
     "servers, which cannot reach this computer, and hand your password to them.\n"},
    {"apple-mail",
     "Add Account, Other Mail Account. Incoming: IMAP, {host}, port {tls_port}, use TLS.\n"
     "Trust the certificate once; 'satchel cert export FILE' shows which one it is.\n"},
    {"evolution", "Add a mail account. Receiving: IMAP, server {host}, port {port}, STARTTLS after connecting.\n"},
    {"mutt",
     "set folder = \"imap://{host}:{port}/\"\nset imap_user = \"{user}\"\nset imap_pass = \"{password}\"\n"
     "set spoolfile = \"+INBOX\"\nset ssl_force_tls = no\n"},
    {"neomutt",
     "set folder = \"imap://{host}:{port}/\"\nset imap_user = \"{user}\"\nset imap_pass = \"{password}\"\n"
     "set spool_file = \"+INBOX\"\nset ssl_force_tls = no\n"},
    {"mbsync", "IMAPAccount satchel\nHost {host}\nPort {port}\nUser {user}\nPass {password}\nSSLType None\n"},
};

std::string fill(std::string text, const std::string& key, const std::string& value) {
  const std::string mark = "{" + key + "}";
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size()))
    text.replace(at, mark.size(), value);
  return text;
}

std::string word(const boost::json::object& account, const char* key) {
  const auto& value = account.at(key);
  return value.is_string() ? std::string(value.get_string()) : std::to_string(value.to_number<std::int64_t>());
}

}  // namespace

Result<std::string> client_setup_text(const std::string& client, const boost::json::object& account) {
  std::string known;
  for (const Steps& steps : all_steps) {
    known += std::string(known.empty() ? "" : ", ") + steps.client;
    if (client != steps.client) continue;
    std::string text = std::string("Host {host}, port {port} (STARTTLS or plain) or {tls_port} (TLS)\n") +
                       "User {user}\nPassword {password}\n\n" + steps.text;
    for (const char* key : {"host", "port", "tls_port", "user", "password"}) text = fill(text, key, word(account, key));
    return text;
  }
  return fail(ErrorCode::not_found, "There are no steps for that client; there are some for: " + known + ".");
}

}  // namespace satchel::app
