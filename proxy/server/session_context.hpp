// What a session works with: all of it injected, none of it owned, all on the event loop's thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/server/backfill.hpp"
#include "proxy/server/door.hpp"
#include "proxy/server/shared_marks.hpp"
#include "proxy/stream/stream.hpp"
#include "store/store.hpp"

namespace satchel::server {

struct SessionTimes {
  std::chrono::milliseconds before_login = std::chrono::seconds(30);  // from the greeting to a login
  std::chrono::milliseconds idle = std::chrono::minutes(35);          // autologout, RFC 3501 section 5.4
  std::chrono::milliseconds write = std::chrono::minutes(10);         // a client that reads nothing
  std::chrono::milliseconds failed_login = std::chrono::seconds(2);   // doubled with each failure
};

struct SessionContext {
  boost::asio::any_io_executor executor;
  boost::asio::any_io_executor pool;  // for decoding and searching
  store::Store* store = nullptr;
  Backfill* backfill = nullptr;
  std::shared_ptr<Door> door;  // of this connection
  stream::Clock* clock = nullptr;
  std::shared_ptr<SharedMarks> shared;        // the same one for all sessions
  std::function<void(std::string_view)> log;  // sentences without names, addresses, passwords
  std::function<void()> logged_in;            // may be empty
  std::string version;                        // of the program, for ID
  bool tls_offered = false;                   // STARTTLS can be done on this stream
  SessionTimes times;
};

}  // namespace satchel::server
