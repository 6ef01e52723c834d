#include "proxy/app/listener.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "proxy/platform/port_owner.hpp"

namespace satchel::app {
namespace {

using boost::asio::ip::tcp;
constexpr auto completion = boost::asio::as_tuple(boost::asio::use_awaitable);
constexpr int tries_for_a_free_pair = 50;
constexpr std::chrono::milliseconds pause_when_out_of_descriptors{100};

enum class Bound { yes, taken, no_such_address };

Bound try_bind(tcp::acceptor& acceptor, const tcp::endpoint& where) {
  boost::system::error_code error;
  acceptor.open(where.protocol(), error);
  if (error) return Bound::no_such_address;
  if (where.address().is_v6()) acceptor.set_option(boost::asio::ip::v6_only(true), error);
#ifndef _WIN32
  // Lets a restart bind at once; on Linux it lets nobody share a port that is listened on.
  acceptor.set_option(tcp::acceptor::reuse_address(true), error);
#endif
  acceptor.bind(where, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (!error) return Bound::yes;
  boost::system::error_code ignored;
  acceptor.close(ignored);
  return error == boost::asio::error::address_in_use || error == boost::asio::error::access_denied
             ? Bound::taken
             : Bound::no_such_address;
}

boost::asio::awaitable<void> accept_all(tcp::acceptor& acceptor, Listener::Accepted accepted) {
  while (acceptor.is_open()) {
    auto [error, socket] = co_await acceptor.async_accept(completion);
    if (error == boost::asio::error::operation_aborted || error == boost::asio::error::bad_descriptor) co_return;
    if (error) {
      boost::asio::steady_timer pause(acceptor.get_executor(), pause_when_out_of_descriptors);
      co_await pause.async_wait(completion);
      continue;
    }
    accepted(std::move(socket));
  }
}

Error taken(std::uint16_t port, const std::string& what) {
  const std::string owner = platform::port_owner(port);
  return fail(ErrorCode::locked, "Port " + std::to_string(port) + " (" + what + ") is taken" +
                                     (owner.empty() ? "" : " by " + owner) +
                                     ": end that, or set another port in satchel.toml.");
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::bind(boost::asio::any_io_executor executor, std::uint16_t port,
                                                 const std::string& what) {
  const auto v4 = boost::asio::ip::make_address("127.0.0.1");
  const auto v6 = boost::asio::ip::make_address("::1");
  for (int attempt = 0; attempt < tries_for_a_free_pair; ++attempt) {
    tcp::acceptor first(executor);
    if (try_bind(first, tcp::endpoint(v4, port)) != Bound::yes) return taken(port, what);
    const std::uint16_t chosen = first.local_endpoint().port();
    tcp::acceptor second(executor);
    const Bound bound = try_bind(second, tcp::endpoint(v6, chosen));
    if (bound == Bound::taken && port != 0) return taken(port, what);
    if (bound == Bound::taken) continue;
    std::vector<tcp::acceptor> acceptors;
    acceptors.push_back(std::move(first));
    if (bound == Bound::yes) acceptors.push_back(std::move(second));
    return std::unique_ptr<Listener>(new Listener(std::move(acceptors), chosen));
  }
  return fail(ErrorCode::locked, "No free port was found for " + what + ".");
}

void Listener::start(Accepted accepted) {
  for (tcp::acceptor& acceptor : acceptors_)
    boost::asio::co_spawn(acceptor.get_executor(), accept_all(acceptor, accepted), boost::asio::detached);
}

void Listener::close() {
  boost::system::error_code ignored;
  for (tcp::acceptor& acceptor : acceptors_) acceptor.close(ignored);
}

}  // namespace satchel::app
