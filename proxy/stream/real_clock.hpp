// The computer's own clock.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "proxy/stream/stream.hpp"

namespace satchel::stream {

std::unique_ptr<Clock> make_real_clock(boost::asio::any_io_executor executor);

}  // namespace satchel::stream
