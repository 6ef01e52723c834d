#include "proxy/app/gate.hpp"

namespace satchel::app {
namespace {

class LocalDoor final : public server::Door {
 public:
  LocalDoor(store::Store& store, platform::Peer peer, UnknownPeer unknown)
      : store_(store),
        allowed_(peer == platform::Peer::same_user ||
                 (peer == platform::Peer::unknown && unknown == UnknownPeer::allow)) {}

  bool peer_allowed() const override { return allowed_; }
  std::optional<store::AccountId> authenticate(std::string_view user, std::string_view password) override {
    if (!allowed_) return std::nullopt;
    const auto accounts = store_.accounts();
    return server::find_login(accounts, user, password);
  }

 private:
  store::Store& store_;
  bool allowed_;
};

class EngineBackfill final : public server::Backfill {
 public:
  explicit EngineBackfill(Service& service) : service_(service) {}

  bool online(store::AccountId account) const override {
    const auto* engine = service_.engine(account);
    return engine != nullptr && engine->online();
  }
  void opened(store::AccountId account, store::MailboxId mailbox) override {
    if (auto* engine = service_.engine(account)) engine->opened(mailbox);
  }
  void closed(store::AccountId account, store::MailboxId mailbox) override {
    if (auto* engine = service_.engine(account)) engine->closed(mailbox);
  }
  void changed(store::AccountId account) override {
    if (auto* engine = service_.engine(account)) engine->changed();
  }
  awaitable<Result<>> fetch_now(store::AccountId account, store::MailboxId mailbox, std::vector<Uid> uids,
                                server::What what) override {
    auto* engine = service_.engine(account);
    if (engine == nullptr) co_return gone();
    const auto wanted = what == server::What::metadata ? account::What::metadata : account::What::content;
    co_return co_await engine->fetch_now(mailbox, std::move(uids), wanted);
  }
  awaitable<Result<>> wait_list(store::AccountId account) override {
    auto* engine = service_.engine(account);
    if (engine == nullptr) co_return gone();
    co_return co_await engine->wait_list();
  }
  awaitable<Result<>> wait_listed(store::AccountId account, store::MailboxId mailbox) override {
    auto* engine = service_.engine(account);
    if (engine == nullptr) co_return gone();
    co_return co_await engine->wait_listed(mailbox);
  }

 private:
  static Error gone() { return fail(ErrorCode::unavailable, "The account is not at work."); }
  Service& service_;
};

}  // namespace

std::shared_ptr<server::Door> make_door(store::Store& store, platform::Peer peer, UnknownPeer unknown) {
  return std::make_shared<LocalDoor>(store, peer, unknown);
}

std::unique_ptr<server::Backfill> make_backfill(Service& service) {
  return std::make_unique<EngineBackfill>(service);
}

}  // namespace satchel::app
