// One connection to upstream as the engine sees it: opened, asked typed questions, left watching.
// Implemented over proxy/upstream (imap_line.cpp); a test may script one. The event loop's thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "proxy/account/engine.hpp"
#include "proxy/sync/abilities.hpp"
#include "proxy/sync/ask.hpp"

namespace satchel::account {

// What the lines of one account tell one another of their server, for as long as the program runs.
struct Learned {
  std::set<std::string>
      denied;  // capabilities that were announced and then refused or given wrongly, and items of them
  // Of the mailboxes that were opened since the account came online.
  std::map<std::string, std::uint32_t> uid_validities;
};

class Line {
 public:
  virtual ~Line() = default;

  // Connects, secures, logs in, reads what the server can do. online: it may be asked. `along`: what is asked
  // in the last flight of the opening, for who knows that it is the first question.
  enum class Along : std::uint8_t { nothing, list };
  virtual awaitable<LoginTried> open(Along along) = 0;
  // The answer to the ListAsk that went along. Once; nothing where it was refused or did not go along.
  virtual std::optional<sync::ListAnswer> take_listed() = 0;
  virtual bool alive() const = 0;
  virtual const sync::Abilities& abilities() const = 0;

  // True once after abilities() became fewer: something announced was refused, and is done without.
  virtual bool abilities_shrank() = 0;

  // Puts the question; an outcome of `lost` means that the line is of no use any more.
  virtual awaitable<sync::Answer> perform(const sync::Ask& ask) = 0;

  // Why the line was ended from here: what came on it could not be stored. Once; empty: that was not it.
  virtual std::string take_trouble() { return {}; }

  // Looks at a mailbox (wire name) until something happened there, interrupt() was called, or
  // `limit` passed. `news` is called at once for each thing that happens. True: something may have happened: the
  // mailbox was opened just now, and nobody tells what came between the last pull and that. False with
  // alive() false: the line was lost.
  virtual awaitable<bool> watch(std::string mailbox, std::chrono::milliseconds limit, std::function<void()> news) = 0;
  virtual void interrupt() = 0;

  virtual void close() = 0;
};

using MakeLine = std::function<std::unique_ptr<Line>()>;

// A login that was tried before its account was stored ("account add"). Where it worked the engine that is made next
// goes on with it: nothing is asked twice.
struct FirstLine {
  LoginTried tried;
  std::unique_ptr<Line> line;
  std::shared_ptr<Learned> learned;
};
awaitable<FirstLinePtr> open_first_line(MakeConnector make_connector, store::AccountSettings settings,
                                        store::Contents& contents, std::chrono::seconds answer_limit);

// A Line over sockets and IMAP. `settings` holds the password; `answer_limit` as in Options.
std::unique_ptr<Line> make_imap_line(boost::asio::any_io_executor executor, const store::AccountSettings& settings,
                                     std::unique_ptr<stream::Connector> connector, store::Contents& contents,
                                     std::shared_ptr<Learned> learned, std::chrono::seconds answer_limit);

// The engine over any lines; Engine::make() is this with make_imap_line.
std::unique_ptr<Engine> make_engine(boost::asio::any_io_executor executor, store::Store& store,
                                    store::AccountId account, MakeLine make_line, stream::Clock& clock,
                                    Options options);

}  // namespace satchel::account
