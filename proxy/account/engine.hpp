// One account at work: keeps connections to its upstream, runs the jobs of proxy/sync on them (each
// step one committed batch), listens for news with IDLE, comes back by itself after any loss, and
// says in words how it stands. Owned by the app; the event loop's thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "proxy/stream/stream.hpp"
#include "store/store.hpp"

namespace satchel::account {

using boost::asio::awaitable;

// interface.md, "satchel status --json"; the words are state_name()'s.
enum class State : std::uint8_t {
  offline,
  connecting,
  online,
  captive_portal,
  certificate_problem,
  login_refused,
  paused
};
const char* state_name(State state);

struct FirstLine;  // line.hpp: opened before its engine is made
using FirstLinePtr = std::shared_ptr<FirstLine>;

struct Status {
  State state = State::offline;
  std::string detail;    // one sentence
  bool in_sync = false;  // nothing pending, parked, held or missing; the last pull saw all
  std::uint32_t mailboxes = 0;
  std::uint64_t messages = 0;
  std::uint64_t contents_missing = 0;
  std::uint64_t operations_pending = 0;
  std::uint64_t operations_parked = 0;
  std::uint64_t held = 0;              // counted by the app
  std::int64_t last_pull = 0;          // seconds since 1970; 0: never
  std::vector<std::string> notes;      // sentences about what happened since the start, oldest first
  std::vector<std::string> attention;  // what waits for a decision of the user, by the app
};

struct Options {
  std::uint32_t connections = 4;
  std::uint32_t guard_share = 20;  // per cent
  std::uint32_t guard_messages = 50;
  std::chrono::seconds answer_limit{120};     // of silence, while upstream has a command to answer
  std::chrono::seconds audit_every{600};      // a piece of a mailbox (proxy/sync/belief.hpp)
  std::uint32_t jitter_seed = 0;              // of the pauses between tries; 0: the machine's random numbers
  std::function<void(std::string_view)> log;  // sentences without names, addresses, subjects
};

// Makes a connector for the account's host; injected, so that a simulation needs no socket.
using MakeConnector = std::function<Result<std::unique_ptr<stream::Connector>>(const store::AccountSettings&)>;

// What a client waits for: metadata is enough for ENVELOPE and flags, content for bodies.
enum class What : std::uint8_t { metadata, content };

// Of the system. Only ever a reason to try.
enum class Hint : std::uint8_t {
  network_changed,
  slept  // the computer, or this process, stood still: connections are not to be trusted
};

class Engine {
 public:
  virtual ~Engine() = default;

  static std::unique_ptr<Engine> make(boost::asio::any_io_executor executor, store::Store& store,
                                      store::AccountId account, MakeConnector make_connector, stream::Clock& clock,
                                      Options options, FirstLinePtr first = nullptr);

  virtual void start() = 0;
  virtual awaitable<void> stop() = 0;  // returns when every coroutine of it has ended

  // Pulls and pushes until nothing is left to do, or until it is known that it cannot be done now.
  // Errors: unavailable (offline, with the sentence), refused (operations parked).
  virtual awaitable<Result<>> sync(std::optional<store::MailboxId> mailbox) = 0;

  virtual awaitable<Status> status() = 0;

  // Settings changed (password), or the network did: tries at once.
  virtual void wake() = 0;

  // The system says that something is new: tries at once, on fresh connections.
  virtual void heed(Hint hint) = 0;

  // --- what client sessions need
  virtual bool online() const = 0;
  // A client opened this mailbox: it is pulled first, and watched with IDLE while anybody has it open.
  virtual void opened(store::MailboxId mailbox) = 0;
  virtual void closed(store::MailboxId mailbox) = 0;
  // A client changed something: the journal is pushed soon.
  virtual void changed() = 0;
  // Returns when these messages' metadata or contents are here, before any back-fill is.
  // Errors: unavailable (offline), not_found (gone upstream meanwhile).
  virtual awaitable<Result<>> fetch_now(store::MailboxId mailbox, std::vector<Uid> uids, What what) = 0;
  // Return when the list of mailboxes, or the listing of this one, is here. Errors: unavailable.
  virtual awaitable<Result<>> wait_list() = 0;
  virtual awaitable<Result<>> wait_listed(store::MailboxId mailbox) = 0;
};

// Connects and logs in once, for "account test" and a new password. The state says what is wrong.
struct LoginTried {
  State state = State::offline;
  std::string detail;
};
awaitable<LoginTried> try_login(MakeConnector make_connector, store::AccountSettings settings, stream::Clock& clock);

}  // namespace satchel::account
