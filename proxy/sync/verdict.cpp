#include "proxy/sync/verdict.hpp"

#include <algorithm>

#include "proxy/sync/edit.hpp"

namespace satchel::sync {

namespace {

constexpr std::uint32_t most_tries = 3;
constexpr std::int64_t longest_pause = 3600;
constexpr std::string_view quota_words = "the mailbox upstream is full";

bool one_of(std::string_view code, std::initializer_list<std::string_view> codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

std::string sentence(const Outcome& outcome) {
  if (outcome.code == "OVERQUOTA") return std::string(quota_words);
  std::string words = "upstream refused it";
  if (!outcome.code.empty()) words += " [" + outcome.code + "]";
  if (!outcome.text.empty()) words += ": " + outcome.text.substr(0, 200);
  return words;
}

}  // namespace

Verdict verdict(const Outcome& outcome, std::uint32_t tries) {
  const std::string& code = outcome.code;
  if (outcome.retry_after > 0 || one_of(code, {"UNAVAILABLE", "INUSE", "SERVERBUG", "THROTTLED"}))
    return Verdict::later;
  if (code == "OVERQUOTA") return Verdict::quota;
  if (one_of(code, {"TRYCREATE", "NONEXISTENT"})) return Verdict::list_first;
  if (one_of(code, {"NOPERM", "CANNOT", "TOOBIG", "LIMIT", "BADCHARSET", "UNKNOWN-CTE", "CLIENTBUG", "ALREADYEXISTS",
                    "READ-ONLY"}))
    return Verdict::final;
  return tries + 1 < most_tries ? Verdict::later : Verdict::final;
}

std::int64_t pause(std::uint32_t tries, std::uint64_t spread) {
  const std::int64_t base =
      std::min<std::int64_t>(longest_pause, std::int64_t(1) << std::min<std::uint32_t>(tries, 12));
  return base + std::int64_t(spread % std::uint64_t(base / 4 + 1));
}

Verdict refuse(store::Transaction& tx, store::OperationId id, const Outcome& outcome) {
  const store::Operation* operation = tx.state().journal.find(id);
  if (!operation) return Verdict::final;
  const Verdict result = verdict(outcome, operation->tries);
  edit(tx, id, [&](store::Operation& row) {
    row.state = store::OperationState::waiting;
    if (result == Verdict::list_first) return;
    ++row.tries;
    row.not_before = tx.now() + (outcome.retry_after ? outcome.retry_after : pause(row.tries, row.id.value));
    if (result == Verdict::later) return;
    row.state = store::OperationState::parked;
    row.why = sentence(outcome);
  });
  return result;
}

void count_loss(store::Transaction& tx, const std::vector<store::OperationId>& operations, const Outcome& outcome) {
  for (store::OperationId id : operations)
    edit(tx, id, [&](store::Operation& row) {
      ++row.tries;
      // The first losses are the line's fault, later ones perhaps the operation's own.
      if (outcome.retry_after) row.not_before = tx.now() + outcome.retry_after;
      if (row.tries >= most_tries) row.not_before = tx.now() + pause(row.tries, row.id.value);
    });
}

void postpone(store::Transaction& tx, store::OperationId id) {
  edit(tx, id, [&](store::Operation& row) {
    row.state = store::OperationState::waiting;
    ++row.tries;
    row.not_before = tx.now() + pause(row.tries, row.id.value);
  });
}

void space_was_freed(store::Transaction& tx) {
  std::vector<store::OperationId> waiting;
  tx.state().journal.for_each([&](const store::Operation& operation) {
    if (operation.state == store::OperationState::parked && operation.why == quota_words)
      waiting.push_back(operation.id);
    return true;
  });
  for (store::OperationId id : waiting)
    edit(tx, id, [](store::Operation& row) {
      row.state = store::OperationState::waiting;
      row.why.clear();
      row.not_before = 0;
    });
}

}  // namespace satchel::sync
