// Two streams joined in memory: what one writes the other reads. For tests and simulations; the
// event loop's thread. start_tls() only marks both sides as secure.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <utility>

#include "proxy/stream/stream.hpp"

namespace satchel::stream {

std::pair<StreamPtr, StreamPtr> make_memory_pair(boost::asio::any_io_executor executor);

}  // namespace satchel::stream
