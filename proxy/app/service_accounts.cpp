// account add, list, show, remove, password, test; client add, list, remove.
#include <boost/asio/ip/address.hpp>

#include "proxy/account/line.hpp"
#include "proxy/app/random_password.hpp"
#include "proxy/app/service.hpp"

namespace satchel::app {
namespace {

using store::AccountSettings;
using store::Security;

Result<Security> parse_security(const std::string& word) {
  if (word == "tls") return Security::tls;
  if (word == "starttls") return Security::starttls;
  if (word == "none") return Security::none;
  return fail(ErrorCode::refused, "--security must be tls, starttls or none.");
}

const char* security_name(Security security) {
  return security == Security::tls ? "tls" : security == Security::starttls ? "starttls" : "none";
}

bool is_loopback(const std::string& host) {
  if (host == "localhost") return true;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  return !error && address.is_loopback();
}

Result<AccountSettings> parse_account(const boost::json::object& arguments) {
  AccountSettings settings;
  settings.email = text_of(arguments, "email", {});
  settings.host = text_of(arguments, "host", {});
  settings.user = text_of(arguments, "user", settings.email);
  settings.name = text_of(arguments, "name", settings.email);
  settings.password = text_of(arguments, "password", {});
  settings.ca_pem = text_of(arguments, "ca_pem", {});
  if (settings.email.find('@') == std::string::npos) return fail(ErrorCode::refused, "--email must be a mail address.");
  if (settings.host.empty()) return fail(ErrorCode::refused, "--host must name the IMAP server.");
  if (settings.password.empty())
    return fail(ErrorCode::refused, "The password is empty: give it with --password-stdin.");
  const auto security = parse_security(text_of(arguments, "security", "tls"));
  if (!security) return security.error();
  settings.security = *security;
  if (settings.security == Security::none && !is_loopback(settings.host))
    return fail(ErrorCode::refused,
                "--security none is accepted for this computer's own hosts only: use tls or starttls.");
  const auto* port = arguments.if_contains("port");
  const std::int64_t number = port != nullptr                      ? port->to_number<std::int64_t>()
                              : settings.security == Security::tls ? 993
                                                                   : 143;
  if (number < 1 || number > 65535) return fail(ErrorCode::refused, "--port must be from 1 to 65535.");
  settings.port = static_cast<std::uint16_t>(number);
  settings.clients.push_back({"default", random_password()});
  return settings;
}

Error not_stored(const account::LoginTried& tried) {
  return fail(ErrorCode::refused, tried.detail + " Nothing was stored; --no-check stores without trying.");
}

Json client_json(const store::ClientPassword& client) {
  return {{"name", client.name}, {"password", client.password}};
}

}  // namespace

Json Service::show(const AccountSettings& settings) const {
  boost::json::array clients;
  std::string password;
  for (const auto& client : settings.clients) {
    if (client.name == "default") password = client.password;
    clients.push_back(client_json(client));
  }
  return {{"id", std::to_string(settings.id.value)},
          {"name", settings.name},
          {"email", settings.email},
          {"host", "127.0.0.1"},
          {"port", parts_.ports.imap != 0 ? parts_.ports.imap : parts_.settings.imap_port},
          {"tls_port", parts_.ports.imap_tls != 0 ? parts_.ports.imap_tls : parts_.settings.imap_tls_port},
          {"user", settings.email},
          {"password", password},
          {"clients", clients}};
}

awaitable<Result<>> Service::logs_in(AccountSettings settings) {
  const auto tried = co_await account::try_login(parts_.make_connector, std::move(settings), *parts_.clock);
  if (tried.state != account::State::online) co_return not_stored(tried);
  co_return Result<>{};
}

awaitable<Result<Json>> Service::account_add(const boost::json::object& arguments) {
  auto settings = parse_account(arguments);
  if (!settings) co_return settings.error();
  for (const auto& other : parts_.store->accounts())
    if (other.email == settings->email || other.name == settings->name)
      co_return fail(ErrorCode::refused, "There is an account of that address or name already.");
  account::FirstLinePtr first;
  if (!flag_of(arguments, "no_check")) {
    first =
        co_await account::open_first_line(parts_.make_connector, *settings, parts_.store->contents(), answer_limit());
    if (first->tried.state != account::State::online) co_return not_stored(first->tried);
  }
  const auto id = co_await parts_.store->add_account(*settings);
  if (!id) co_return id.error();
  settings->id = *id;
  start_engine(*id, std::move(first));
  co_return show(*settings);
}

awaitable<Result<Json>> Service::account_list(const boost::json::object&) {
  boost::json::array list;
  for (const AccountSettings& settings : parts_.store->accounts())
    list.push_back({{"id", std::to_string(settings.id.value)},
                    {"name", settings.name},
                    {"email", settings.email},
                    {"host", settings.host},
                    {"port", settings.port},
                    {"security", security_name(settings.security)},
                    {"user", settings.user}});
  co_return Json(list);
}

awaitable<Result<Json>> Service::account_show(const boost::json::object& arguments) {
  const auto settings = find_account(arguments, "account");
  if (!settings) co_return settings.error();
  co_return show(*settings);
}

awaitable<Result<Json>> Service::account_remove(const boost::json::object& arguments) {
  const auto settings = find_account(arguments, "account");
  if (!settings) co_return settings.error();
  std::size_t pending = 0;
  const auto looked = co_await parts_.store->inspect(
      settings->id, [&pending](const store::AccountState& state) { pending = state.journal.size(); });
  if (!looked) co_return looked.error();
  if (pending > 0 && !flag_of(arguments, "yes"))
    co_return fail(ErrorCode::refused, std::to_string(pending) +
                                           " changes of this account are not upstream yet and would be lost: "
                                           "'satchel sync' first, or repeat with --yes.");
  if (const auto found = engines_.find(settings->id); found != engines_.end()) {
    const auto engine = std::move(found->second);
    engines_.erase(found);
    co_await engine->stop();
  }
  const auto removed = co_await parts_.store->remove_account(settings->id);
  if (!removed) co_return removed.error();
  co_return Json{{"removed", settings->name}};
}

// It was changed at the server: what waits to go up waits on meanwhile.
awaitable<Result<Json>> Service::account_password(const boost::json::object& arguments) {
  auto settings = find_account(arguments, "account");
  if (!settings) co_return settings.error();
  settings->password = text_of(arguments, "password", {});
  if (settings->password.empty())
    co_return fail(ErrorCode::refused, "The password is empty: give it with --password-stdin.");
  if (!flag_of(arguments, "no_check")) {
    const auto tried = co_await logs_in(*settings);
    if (!tried) co_return tried.error();
  }
  const auto stored = co_await parts_.store->put_account(*settings);
  if (!stored) co_return stored.error();
  if (account::Engine* running = engine(settings->id); running != nullptr) running->wake();
  co_return Json{{"changed", settings->name}};
}

awaitable<Result<Json>> Service::account_test(const boost::json::object& arguments) {
  const auto settings = find_account(arguments, "account");
  if (!settings) co_return settings.error();
  const auto tried = co_await account::try_login(parts_.make_connector, *settings, *parts_.clock);
  if (tried.state != account::State::online) co_return fail(ErrorCode::refused, tried.detail);
  co_return Json{{"state", "online"}, {"detail", "The login works."}};
}

awaitable<Result<Json>> Service::client_add(const boost::json::object& arguments) {
  auto settings = find_account(arguments, "account");
  if (!settings) co_return settings.error();
  const std::string name = text_of(arguments, "name", {});
  for (const auto& client : settings->clients)
    if (client.name == name) co_return fail(ErrorCode::refused, "There is a client of that name already.");
  settings->clients.push_back({name, random_password()});
  const auto stored = co_await parts_.store->put_account(*settings);
  if (!stored) co_return stored.error();
  co_return Json{{"user", settings->email}, {"name", name}, {"password", settings->clients.back().password}};
}

awaitable<Result<Json>> Service::client_list(const boost::json::object& arguments) {
  const auto settings = find_account(arguments, "account");
  if (!settings) co_return settings.error();
  boost::json::array list;
  for (const auto& client : settings->clients) list.push_back(boost::json::object{{"name", client.name}});
  co_return Json(list);
}

awaitable<Result<Json>> Service::client_remove(const boost::json::object& arguments) {
  auto settings = find_account(arguments, "account");
  if (!settings) co_return settings.error();
  const std::string name = text_of(arguments, "name", {});
  const auto erased = std::erase_if(settings->clients, [&](const auto& client) { return client.name == name; });
  if (erased == 0) co_return fail(ErrorCode::not_found, "There is no client of that name.");
  const auto stored = co_await parts_.store->put_account(*settings);
  if (!stored) co_return stored.error();
  co_return Json{{"removed", name}};
}

}  // namespace satchel::app
