// The program in a world, from its start to its end or its death: the real store, engine and sessions
// on disks that outlive it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "disks.hpp"
#include "proxy/account/engine.hpp"
#include "proxy/server/run_session.hpp"
#include "time.hpp"
#include "wire.hpp"

namespace satchel::sim {

// More messages than these, gone at once, are held: worlds are small.
constexpr std::uint32_t guard_messages = 4;

// Fast, so that it comes round while worlds still go on.
constexpr std::chrono::seconds audit_every{20};

class Process {
 public:
  // `connections`: that it may have at once upstream, 1 at least. `put_backs`: the home was put back to an older state,
  // as its mark tells for the so manieth time; 0: it was not.
  Process(boost::asio::io_context& loop, Time& time, Wire& wire, Disks& disks, Random& random,
          std::uint32_t connections, std::uint32_t put_backs = 0);
  ~Process();

  // Dead from this moment on: no byte of it reaches a disk, the server or a client any more.
  void die(Random& random);
  // Called when the store is about to be opened anew after a failed write.
  std::function<void()> reopening;
  // Ends in order.
  void stop();

  stream::StreamPtr connect();  // a client's end of a new session
  store::Store& store() { return *store_; }
  store::AccountId account() const { return account_; }
  account::Engine& engine() { return *engine_; }
  std::shared_ptr<const store::View> view() const { return store_->view(account_); }

  // The synchroniser's state of this moment, to be read or changed.
  void look(std::function<void(const store::AccountState&)> at);
  void change(std::function<void(store::Transaction&)> act);

  // Runs the work to its end; the world's time goes on meanwhile.
  template <class T>
  T wait(stream::awaitable<T> work);

 private:
  void end();
  server::SessionContext context();

  boost::asio::io_context& loop_;
  Time& time_;
  Wire& wire_;
  Disks& disks_;
  Clock clock_;
  std::unique_ptr<store::Store> store_;
  store::AccountId account_;
  std::unique_ptr<account::Engine> engine_;
  std::unique_ptr<server::Backfill> backfill_;
  std::shared_ptr<server::Door> door_;
  std::shared_ptr<server::SharedMarks> marks_ = std::make_shared<server::SharedMarks>();
  server::OpenSessions sessions_;
  std::vector<stream::Stream*> clients_;
  int running_ = 0;
  bool dead_ = false;
};

}  // namespace satchel::sim
