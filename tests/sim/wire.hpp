// The line between the program and the model server: each connection a stream for the program, a
// model::Connection behind it, and bytes on their way between the two, late, in pieces, and lost where
// the line breaks.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "disks.hpp"
#include "model/connection.hpp"
#include "proxy/stream/stream.hpp"
#include "time.hpp"

namespace satchel::sim {

struct WireHabits {
  Span delay{};                // one way
  unsigned cut_rate = 0;       // one connection in so many breaks by itself; 0: none
  std::size_t cut_within = 0;  // ... somewhere in so many bytes of one direction
  bool connects = true;
};

struct Link;  // one connection

class Wire {
 public:
  Wire(Time& time, model::Account& account, const model::Traits& traits, Random& random);
  ~Wire();

  std::unique_ptr<stream::Connector> connector(boost::asio::any_io_executor executor);
  // Every connection breaks, at this moment; what is on its way is lost.
  void cut_all();
  void lose_all();  // the same, as the program dies: no cut of the line
  bool connected() const;
  // The account changed behind the program's back: whoever idles is told.
  void tell_all();

  WireHabits habits;
  std::function<void(std::string_view)> trace;  // what the program says, where somebody wants to know
  std::function<void(Span)> heard;              // the server heard something that was said at that time

  // Figures.
  std::uint64_t connections = 0, cuts = 0, bytes_up = 0, bytes_down = 0;
  std::uint64_t losses = 0;  // of lines, whoever ended them

 private:
  friend class WireConnector;
  friend struct Link;
  stream::StreamPtr connect(const boost::asio::any_io_executor& executor);

  Time& time_;
  model::Account& account_;
  const model::Traits& traits_;
  Random& random_;
  std::vector<std::weak_ptr<Link>> links_;
};

}  // namespace satchel::sim
