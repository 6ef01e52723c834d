// Reads what a FETCH needs of some messages at once: rows, summaries, contents. What is not here is
// asked of upstream first; \Seen is durable before anything is told of it. The loop's thread.
#pragma once

#include "proxy/server/fetch_plan.hpp"
#include "proxy/server/session.hpp"

namespace satchel::server {

struct FetchedMessage {
  SequenceNumber number;
  store::Message row;
  std::optional<ErrorCode> trouble;  // it cannot be told of, at all
  bool seen_now = false;             // \Seen was set by this FETCH
  bool large = false;                // its content is read piece by piece
  std::string envelope;
  std::string structure;
  std::string header;
  std::string content;
};
using FetchedRun = std::vector<FetchedMessage>;

// From here on a content is not held whole.
inline constexpr std::uint64_t large_content = 1024 * 1024;

// How many of `indexes`, from `at` on, are to be loaded together.
std::size_t run_length(const MailboxView& view, const FetchPlan& plan, const std::vector<std::uint32_t>& indexes,
                       std::size_t at);
awaitable<FetchedRun> load_run(Session& session, const FetchPlan& plan, std::vector<std::uint32_t> indexes);

}  // namespace satchel::server
