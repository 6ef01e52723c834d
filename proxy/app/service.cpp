#include "proxy/app/service.hpp"

#include <boost/asio/use_awaitable.hpp>

#include "proxy/app/log.hpp"

namespace satchel::app {

const Service::Entry Service::entries[] = {
    {"status", &Service::status},
    {"sync", &Service::sync},
    {"client-setup", &Service::client_setup},
    {"doctor", &Service::doctor},
    {"cert export", &Service::certificate},
    {"account add", &Service::account_add},
    {"account list", &Service::account_list},
    {"account show", &Service::account_show},
    {"account remove", &Service::account_remove},
    {"account password", &Service::account_password},
    {"account test", &Service::account_test},
    {"client add", &Service::client_add},
    {"client list", &Service::client_list},
    {"client remove", &Service::client_remove},
    {"journal list", &Service::journal_list},
    {"journal export", &Service::journal_list},
    {"journal retry", &Service::journal_retry},
    {"journal drop", &Service::journal_drop},
    {"guard list", &Service::guard_list},
    {"guard accept", &Service::guard_accept},
    {"guard put-back", &Service::guard_put_back},
    {"rescued list", &Service::rescued_list},
    {"rescued restore", &Service::rescued_restore},
};

awaitable<Result<Json>> Service::perform(std::string verb, boost::json::object arguments) {
  for (const Entry& entry : entries) {
    if (verb != entry.verb) continue;
    co_return co_await (this->*entry.handler)(arguments);
  }
  co_return fail(ErrorCode::refused, "There is no verb \"" + verb + "\".");
}

void Service::start_engines() {
  running_ = true;
  for (const store::AccountSettings& settings : parts_.store->accounts()) start_engine(settings.id);
}

std::chrono::seconds Service::answer_limit() const {
  return std::chrono::seconds(parts_.settings.answer_seconds);
}

void Service::start_engine(store::AccountId account, account::FirstLinePtr first) {
  if (!running_) return;
  account::Options options;
  options.connections = parts_.settings.connections;
  options.answer_limit = answer_limit();
  options.audit_every = std::chrono::seconds(parts_.settings.audit_seconds);
  options.guard_share = parts_.settings.guard_share;
  options.guard_messages = parts_.settings.guard_messages;
  options.log = [](std::string_view sentence) { log_info(sentence); };
  auto engine = account::Engine::make(parts_.executor, *parts_.store, account, parts_.make_connector, *parts_.clock,
                                      std::move(options), std::move(first));
  engine->start();
  engines_[account] = std::move(engine);
}

awaitable<void> Service::stop_engines() {
  running_ = false;
  for (auto& [id, engine] : engines_) co_await engine->stop();
  engines_.clear();
}

account::Engine* Service::engine(store::AccountId account) const {
  const auto found = engines_.find(account);
  return found == engines_.end() ? nullptr : found->second.get();
}

void Service::heed(account::Hint hint) {
  for (const auto& [id, engine] : engines_) engine->heed(hint);
}

Result<store::AccountSettings> Service::find_account(const boost::json::object& arguments, const char* key) const {
  const std::string wanted = text_of(arguments, key, {});
  const auto accounts = parts_.store->accounts();
  if (accounts.empty())
    return fail(ErrorCode::not_found, "There is no account yet: add one with 'satchel account add'.");
  if (wanted.empty() && accounts.size() == 1) return accounts.front();
  if (wanted.empty()) return fail(ErrorCode::refused, "There are several accounts: say which one.");
  for (const store::AccountSettings& settings : accounts)
    if (wanted == settings.name || wanted == settings.email || wanted == std::to_string(settings.id.value))
      return settings;
  return fail(ErrorCode::not_found, "There is no such account: 'satchel account list' shows them.");
}

Result<std::vector<store::AccountSettings>> Service::accounts_of(const boost::json::object& arguments) const {
  if (!arguments.contains("account")) return parts_.store->accounts();
  const auto found = find_account(arguments, "account");
  if (!found) return found.error();
  return std::vector<store::AccountSettings>{*found};
}

std::string text_of(const boost::json::object& arguments, const char* key, const std::string& fallback) {
  const auto* value = arguments.if_contains(key);
  if (value == nullptr || !value->is_string()) return fallback;
  return std::string(value->get_string());
}

bool flag_of(const boost::json::object& arguments, const char* key) {
  const auto* value = arguments.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

}  // namespace satchel::app
