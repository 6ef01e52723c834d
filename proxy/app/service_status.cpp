// status, sync, client-setup, cert export.
#include "proxy/app/attention.hpp"
#include "proxy/app/client_setup.hpp"
#include "proxy/app/json_time.hpp"
#include "proxy/app/service.hpp"
#include "proxy/app/version.hpp"

namespace satchel::app {
namespace {

boost::json::object account_json(const store::AccountSettings& settings, const account::Status& status) {
  boost::json::array notes;
  for (const std::string& note : status.notes) notes.emplace_back(note);
  boost::json::array attention;
  for (const std::string& sentence : status.attention) attention.emplace_back(sentence);
  return {{"id", std::to_string(settings.id.value)},
          {"name", settings.name},
          {"email", settings.email},
          {"state", account::state_name(status.state)},
          {"detail", status.detail},
          {"in_sync", status.in_sync},
          {"mailboxes", status.mailboxes},
          {"messages", status.messages},
          {"contents_missing", status.contents_missing},
          {"operations_pending", status.operations_pending},
          {"operations_parked", status.operations_parked},
          {"held", status.held},
          {"notes", std::move(notes)},
          {"attention", std::move(attention)},
          {"last_pull", status.last_pull == 0 ? Json(nullptr) : Json(utc_time(status.last_pull))}};
}

// What the store alone can tell, where no proxy runs.
awaitable<account::Status> stored_status(store::Store& store, store::AccountId account) {
  account::Status status;
  status.detail = "The proxy does not run.";
  status.state = account::State::offline;
  const auto view = store.view(account);
  status.mailboxes = static_cast<std::uint32_t>(view->mailboxes.size());
  for (const auto& mailbox : view->mailboxes) status.messages += mailbox->exists;
  status.contents_missing = view->missing.size();
  (void)co_await store.inspect(account, [&status](const store::AccountState& state) {
    state.journal.for_each([&status](const store::Operation& operation) {
      ++(operation.parked() ? status.operations_parked : status.operations_pending);
      return true;
    });
  });
  co_return status;
}

}  // namespace

awaitable<Result<Json>> Service::status(const boost::json::object&) {
  boost::json::array accounts;
  for (const store::AccountSettings& settings : parts_.store->accounts()) {
    account::Engine* running = engine(settings.id);
    account::Status status;
    if (running != nullptr)
      status = co_await running->status();
    else
      status = co_await stored_status(*parts_.store, settings.id);
    (void)co_await parts_.store->inspect(settings.id, [&status](const store::AccountState& state) {
      for (std::string& sentence : attention(state)) status.attention.push_back(std::move(sentence));
      status.held = sync::held_messages(state);
    });
    if (status.state == account::State::login_refused)
      status.attention.push_back(
          "The server refuses the login. Where its password is another one now: 'satchel account "
          "password'.");
    accounts.push_back(account_json(settings, status));
  }
  const auto figures = co_await parts_.store->figures();
  if (!figures) co_return figures.error();
  boost::json::object out{{"version", version}, {"running", running_}};
  out["imap"] = boost::json::object{{"port", parts_.ports.imap}, {"tls_port", parts_.ports.imap_tls}};
  out["web"] = boost::json::object{{"port", parts_.ports.web}};
  out["accounts"] = std::move(accounts);
  out["store"] = boost::json::object{{"bytes", figures->disk_bytes}, {"messages_bytes", figures->message_bytes}};
  co_return Json(std::move(out));
}

awaitable<Result<Json>> Service::sync(const boost::json::object& arguments) {
  const auto accounts = accounts_of(arguments);
  if (!accounts) co_return accounts.error();
  for (const store::AccountSettings& settings : *accounts) {
    account::Engine* running = engine(settings.id);
    if (running == nullptr)
      co_return fail(ErrorCode::unavailable, "The proxy does not run: start it with 'satchel run'.");
    std::optional<store::MailboxId> mailbox;
    if (const std::string name = text_of(arguments, "mailbox", {}); !name.empty()) {
      const auto found = parts_.store->view(settings.id)->find_name(name);
      if (!found) co_return fail(ErrorCode::not_found, "There is no such mailbox in this account.");
      mailbox = found->id;
    }
    const auto done = co_await running->sync(mailbox);
    if (!done) co_return done.error();
  }
  co_return Json{{"in_sync", true}};
}

awaitable<Result<Json>> Service::client_setup(const boost::json::object& arguments) {
  const auto settings = find_account(arguments, "account");
  if (!settings) co_return settings.error();
  const auto text = client_setup_text(text_of(arguments, "client", {}), show(*settings).as_object());
  if (!text) co_return text.error();
  co_return Json{{"text", *text}};
}

awaitable<Result<Json>> Service::certificate(const boost::json::object&) {
  co_return Json{{"pem", parts_.certificate_pem}};
}

}  // namespace satchel::app
