#include <CLI/CLI.hpp>
#include <list>

#include "proxy/app/invocation.hpp"
#include "proxy/app/version.hpp"
#include "proxy/platform/folders.hpp"

namespace satchel::app {
namespace {

// One verb while the command line is read: its values, and the JSON that they become.
struct Verb {
  CLI::App* app = nullptr;
  std::string name;
  std::list<std::pair<std::string, std::string>> texts;
  std::list<std::pair<std::string, bool>> switches;
  std::list<std::pair<std::string, std::uint64_t>> numbers;

  Verb& text(const std::string& option, const std::string& help) { return text(option, help, {}); }
  Verb& text(const std::string& option, const std::string& help, const std::string& fallback) {
    texts.emplace_back(key_of(option), fallback);
    app->add_option(option, texts.back().second, help);
    return *this;
  }
  Verb& required(const std::string& option, const std::string& help) {
    texts.emplace_back(key_of(option), std::string());
    app->add_option(option, texts.back().second, help)->required();
    return *this;
  }
  Verb& number(const std::string& option, const std::string& help) {
    numbers.emplace_back(key_of(option), 0);
    app->add_option(option, numbers.back().second, help);
    return *this;
  }
  Verb& flag(const std::string& option, const std::string& help) {
    switches.emplace_back(key_of(option), false);
    app->add_flag(option, switches.back().second, help);
    return *this;
  }

  static std::string key_of(const std::string& option) {
    std::string key = option.substr(option.find_first_not_of('-'));
    for (char& letter : key)
      if (letter == '-') letter = '_';
    return key;
  }
  boost::json::object arguments() const {
    boost::json::object out;
    for (const auto& [key, value] : texts)
      if (!value.empty()) out[key] = value;
    for (const auto& [key, value] : switches)
      if (value) out[key] = true;
    for (const auto& [key, value] : numbers)
      if (value != 0) out[key] = value;
    return out;
  }
};

class CommandLine {
 public:
  CommandLine() : app_("Satchel: your mail on this computer, sealed, with or without a network.", "satchel") {
    app_.set_version_flag("--version", std::string("satchel ") + version);
    app_.add_option("--home", home_, "Folder of settings and store (else SATCHEL_HOME, else the user's data folder)");
    app_.require_subcommand(1);
    app_.fallthrough();
    describe_running();
    describe_keys();
    describe_accounts();
    describe_keeping();
  }

  Parsed parse(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      const bool shown = error.get_exit_code() == 0;
      app_.exit(error);
      return {std::nullopt, shown ? 0 : 2};
    }
    for (const Verb& verb : verbs_)
      if (verb.app->parsed()) return make(verb);
    return {std::nullopt, 2};
  }

 private:
  Parsed make(const Verb& verb) const {
    Invocation out{verb.name, verb.arguments(), home_, json_, watch_};
    if (out.home.empty()) {
      const auto home = platform::default_home();
      if (!home) {
        std::cerr << home.error().text << "\n";
        return {std::nullopt, 1};
      }
      out.home = *home;
    }
    return {std::move(out), 0};
  }

  Verb& add(CLI::App* parent, const std::string& name, const std::string& help, const std::string& full) {
    verbs_.emplace_back();
    verbs_.back().app = parent->add_subcommand(name, help);
    verbs_.back().name = full;
    verbs_.back().app->fallthrough();
    return verbs_.back();
  }
  Verb& top(const std::string& name, const std::string& help) { return add(&app_, name, help, name); }
  CLI::App* group(const std::string& name, const std::string& help) {
    CLI::App* made = app_.add_subcommand(name, help);
    made->require_subcommand(1);
    made->fallthrough();
    return made;
  }
  Verb& with_json(Verb& verb) {
    verb.app->add_flag("--json", json_, "Print the answer as JSON");
    return verb;
  }

  void describe_running() {
    top("run", "Run the proxy in the foreground");
    Verb& status = with_json(top("status", "Accounts, connection, mailboxes, operations, disk use"));
    status.app->add_flag("--watch", watch_, "Redraw until ended");
    with_json(top("sync", "Pull and push now; return when done"))
        .text("account", "Only this account")
        .text("mailbox", "Only this mailbox");
    with_json(top("client-setup", "Settings and steps for a mail client"))
        .required("client", "thunderbird, outlook, ...");
    with_json(top("doctor", "Check keys, files, ports and upstream"))
        .flag("--deep", "Read everything and check every seal and invariant");
    CLI::App* cert = group("cert", "The certificate of the local door");
    add(cert, "export", "Write the certificate to a file", "cert export").required("file", "PEM file to write");
  }

  void describe_keys() {
    CLI::App* key = group("key", "The store key and its slots");
    add(key, "init", "Make the store key", "key init")
        .required("--slot", "passphrase or file")
        .text("--file", "Key file of the slot 'file'; made if it is not there")
        .text("--recovery-to", "Write the recovery key to this new file");
    with_json(add(key, "slots", "List the key slots", "key slots"));
    add(key, "add", "Add a key slot", "key add").required("--slot", "passphrase or file").text("--file", "Key file");
    add(key, "remove", "Remove a key slot", "key remove").required("id", "Number of the slot, from 'key slots'");
    add(key, "recover", "Open with the recovery key and make a new slot", "key recover")
        .required("--slot", "passphrase or file")
        .text("--file", "Key file")
        .text("--recovery-from", "File with the recovery key; else it is asked");
    add(key, "destroy", "Destroy all slots, and with them the mail", "key destroy")
        .text("--confirm", "'destroy' to skip the second question");
  }

  void describe_accounts() {
    CLI::App* account = group("account", "Accounts at upstream servers");
    with_json(add(account, "add", "Add an account; tries the login first", "account add"))
        .text("--email", "Mail address")
        .text("--host", "IMAP server")
        .number("--port", "Port (993; 143 with starttls or none)")
        .text("--security", "tls, starttls, or none (loopback hosts only)", "tls")
        .text("--user", "User name at the server (the address if not given)")
        .text("--name", "How you call the account")
        .text("--ca", "Trust the authority in this PEM file, for this account alone")
        .flag("--password-stdin", "Read the password from standard input")
        .flag("--no-check", "Do not try the login");
    with_json(add(account, "list", "List the accounts", "account list"));
    with_json(add(account, "show", "What a mail client needs", "account show"))
        .required("account", "Name, id or address");
    add(account, "remove", "Remove an account and its mail from this computer", "account remove")
        .required("account", "Name, id or address")
        .flag("--yes", "Do not ask, and give up operations that are not upstream yet");
    add(account, "password", "Tell that the password at the server is another one; tries the login first",
        "account password")
        .required("account", "Name, id or address")
        .flag("--password-stdin", "Read the password from standard input")
        .flag("--no-check", "Do not try the login");
    with_json(add(account, "test", "Try the login", "account test")).required("account", "Name, id or address");
    CLI::App* client = group("client", "One password for each mail client");
    with_json(add(client, "add", "Make a password for a mail client", "client add"))
        .required("name", "How you call the client")
        .text("--account", "Account (the only one if not given)");
    with_json(add(client, "list", "List the clients", "client list")).text("--account", "Account");
    add(client, "remove", "Remove a client's password", "client remove")
        .required("name", "Name of the client")
        .text("--account", "Account");
  }

  void describe_keeping() {
    CLI::App* journal = group("journal", "Operations that are not upstream yet");
    with_json(add(journal, "list", "List the operations", "journal list")).text("account", "Only this account");
    with_json(add(journal, "retry", "Try parked operations again", "journal retry"))
        .text("id", "ACCOUNT:NUMBER from the list; all if not given");
    with_json(add(journal, "drop", "Undo an operation here", "journal drop"))
        .required("id", "ACCOUNT:NUMBER from the list");
    add(journal, "export", "Write the operations as JSON", "journal export").required("file", "New file to write");
    CLI::App* guard = group("guard", "Mass deletions that were held");
    with_json(add(guard, "list", "List what is held", "guard list"));
    with_json(add(guard, "accept", "Let them go", "guard accept")).required("id", "ACCOUNT:MAILBOX from the list");
    with_json(add(guard, "put-back", "Put them back upstream", "guard put-back")).required("id", "ACCOUNT:MAILBOX");
    CLI::App* rescued = group("rescued", "Messages that upstream dropped");
    with_json(add(rescued, "list", "List them", "rescued list")).text("account", "Only this account");
    with_json(add(rescued, "restore", "Put one back into a mailbox", "rescued restore"))
        .required("id", "ACCOUNT:NUMBER from the list")
        .text("--to", "Mailbox (the one it was in if not given)");
  }

  CLI::App app_;
  std::string home_;
  bool json_ = false;
  bool watch_ = false;
  std::list<Verb> verbs_;
};

}  // namespace

Parsed parse_command_line(int argc, char** argv) {
  CommandLine line;
  return line.parse(argc, argv);
}

}  // namespace satchel::app
