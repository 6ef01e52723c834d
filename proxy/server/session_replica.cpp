// The session's side towards the replica: login, what was published, changes.
#include "proxy/server/capabilities.hpp"
#include "proxy/server/session.hpp"

namespace satchel::server {
namespace {

constexpr int most_failed_logins = 3;
constexpr std::chrono::hours long_wait{1};

}  // namespace

awaitable<Answer> Session::log_in(std::string user, std::string password) {
  const auto account = context_.door ? context_.door->authenticate(user, password) : std::nullopt;
  const auto view = account ? store().view(*account) : nullptr;
  if (view == nullptr) {
    ++failed_logins_;
    say("A login with a wrong user or password was refused.");
    co_await context_.clock->sleep(context_.times.failed_login * (1 << (failed_logins_ - 1)));
    if (failed_logins_ >= most_failed_logins) co_return Answer{Answer::Kind::bye, {}, "Too many logins failed."};
    co_return no("AUTHENTICATIONFAILED", "The user or the password is wrong.");
  }
  account_ = *account;
  if (context_.logged_in) context_.logged_in();
  view_ = view;
  subscriber_ = store().subscribe(account_, [this] {
    news_waiting_ = true;
    news_.notify();
  });
  co_return ok("CAPABILITY " + capability_words(*this), "You are logged in.");
}

bool Session::catch_up() {
  const auto now = store().view(account_);
  if (now == nullptr) return false;
  if (now == view_) return true;
  view_ = now;
  if (selected_) selected_->absorb(*view_, live_mailbox(*view_, selected_->mailbox().id));
  return true;
}

awaitable<Result<>> Session::change(store::Store::Change change) {
  const auto done = co_await store().change(account_, std::move(change));
  if (!catch_up()) co_return fail(ErrorCode::not_found, "The account was removed.");
  if (done) backfill().changed(account_);
  co_return done;
}

void Session::select(store::MailboxPtr mailbox, Access access) {
  unselect();
  backfill().opened(account_, mailbox->id);
  selected_.emplace(*view_, std::move(mailbox), access, context_.shared);
}

void Session::unselect() {
  if (!selected_) return;
  backfill().closed(account_, selected_->mailbox().id);
  selected_.reset();
}

awaitable<void> Session::wait_for_news() {
  if (!news_waiting_) co_await news_.wait(long_wait);
  news_waiting_ = false;
}

void Session::stop_waiting() {
  news_waiting_ = true;
  news_.notify();
}

}  // namespace satchel::server
