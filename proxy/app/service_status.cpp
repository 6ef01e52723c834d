// status, sync, client-setup, doctor, cert export.
#include "proxy/app/client_setup.hpp"
#include "proxy/app/json_time.hpp"
#include "proxy/app/service.hpp"
#include "proxy/app/version.hpp"
#include "proxy/mime/summary.hpp"
#include "proxy/stream/tls.hpp"

namespace satchel::app {
namespace {

boost::json::object account_json(const store::AccountSettings& settings, const account::Status& status) {
  boost::json::array notes;
  for (const std::string& note : status.notes) notes.emplace_back(note);
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
  const bool one = arguments.contains("account");
  std::vector<store::AccountSettings> accounts;
  if (one) {
    const auto found = find_account(arguments, "account");
    if (!found) co_return found.error();
    accounts.push_back(*found);
  } else {
    accounts = parts_.store->accounts();
  }
  for (const store::AccountSettings& settings : accounts) {
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

awaitable<Result<Json>> Service::doctor(const boost::json::object& arguments) {
  boost::json::array checks;
  const auto add = [&checks](const char* what, bool good, const std::string& detail) {
    checks.push_back(boost::json::object{{"check", what}, {"good", good}, {"detail", detail}});
  };
  if (!parts_.certificate_pem.empty()) {  // a proxy runs; it makes a new one where this is none
    const auto days = stream::days_left(parts_.certificate_pem);
    add("certificate", days && *days > 0, days ? std::to_string(*days) + " days left." : days.error().text);
  }
  for (const store::AccountSettings& settings : parts_.store->accounts()) {
    if (account::Engine* running = engine(settings.id); running != nullptr) {
      const account::Status status = co_await running->status();
      add("upstream", status.state == account::State::online, settings.name + ": " + status.detail);
      add("journal", status.operations_parked == 0,
          settings.name + ": " + std::to_string(status.operations_parked) + " operations parked.");
    }
    if (flag_of(arguments, "deep")) {
      const Damage damage = co_await deep_check(settings.id);
      add("store", damage.contents == 0,
          settings.name + ": " + std::to_string(damage.contents) + " contents do not open" +
              (damage.contents == 0 ? "." : ", the first: " + damage.first));
    }
  }
  co_return Json(std::move(checks));
}

// What is kept of each message beside its bytes.
awaitable<void> Service::check_summaries(std::vector<store::ContentNumber> contents, Damage& damage) {
  using Part = store::Contents::Part;
  for (const Part part : {Part::envelope, Part::structure, Part::header}) {
    std::vector<store::ContentNumber> numbers = contents;
    const auto all = co_await parts_.store->contents().summaries(std::move(numbers), part);
    for (const auto& one : all) {
      const bool reads =
          one && (part == Part::header ||
                  (part == Part::envelope ? mime::SummaryView::open(*one, {}).has_value() && !one->empty()
                                          : mime::SummaryView::open({}, *one).has_value() && !one->empty()));
      if (reads || damage.contents++ != 0) continue;
      damage.first = one ? "What is stored of a message cannot be read." : one.error().text;
    }
  }
}

awaitable<Service::Damage> Service::deep_check(store::AccountId account) {
  constexpr std::size_t at_once = 4 * 1024 * 1024;
  Damage damage;
  const auto view = parts_.store->view(account);
  for (const auto& mailbox : view->mailboxes) {
    std::vector<store::ContentNumber> contents;
    mailbox->messages.for_each([&](const store::Message& message) {
      if (view->here(message.content)) contents.push_back(message.content);
    });
    std::size_t next = 0;
    while (next < contents.size()) {
      std::vector<store::ContentNumber> some(contents.begin() + std::ptrdiff_t(next), contents.end());
      if (some.size() > 256) some.resize(256);
      std::vector<store::ContentNumber> beside = some;
      const auto read = co_await parts_.store->contents().read_many(std::move(some), at_once);
      if (read.empty()) break;
      beside.resize(read.size());
      co_await check_summaries(std::move(beside), damage);
      for (const auto& content : read) {
        if (content) continue;
        if (damage.contents++ == 0) damage.first = content.error().text;
      }
      next += read.size();
    }
  }
  co_return damage;
}

}  // namespace satchel::app
