#include "proxy/sync/verdict.hpp"

#include <algorithm>
#include <charconv>

#include "proxy/sync/edit.hpp"

namespace satchel::sync {

namespace {

constexpr std::uint32_t most_tries = 3;
constexpr std::int64_t longest_growth = 3600;
constexpr std::string_view lost_words =
    "the connection is lost each time that it is sent; it is tried again, after an hour at most";
constexpr std::string_view quota_words =
    "there is no room left upstream; it is tried again when something was removed there";

// What the response codes of RFC 9051 section 7.1 and RFC 7889 that end an operation say, in plain words.
constexpr std::pair<std::string_view, std::string_view> final_words[] = {
    {"NOPERM", "you may not do that there"},
    {"CANNOT", "the server cannot do that"},
    {"TOOBIG", "it is larger than what the server accepts"},
    {"LIMIT", "it is more than the server allows"},
    {"READ-ONLY", "the mailbox can only be read there"},
    {"ALREADYEXISTS", "something of that name is there already"},
    {"BADCHARSET", "the server does not understand its characters"},
    {"UNKNOWN-CTE", "the server does not understand how it is encoded"},
    {"CLIENTBUG", "the server takes it for a mistake"},
};

bool one_of(std::string_view code, std::initializer_list<std::string_view> codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

bool is_final(std::string_view code) {
  return std::any_of(std::begin(final_words), std::end(final_words),
                     [&](const auto& one) { return one.first == code; });
}

std::string sentence(const Outcome& outcome) {
  if (outcome.code == "OVERQUOTA") return std::string(quota_words);
  std::string words = "the server refused it three times";
  if (is_final(outcome.code)) words = "the server refused it";
  for (const auto& [code, meaning] : final_words)
    if (code == outcome.code) words = meaning;
  std::string said = outcome.code.empty() ? std::string() : "[" + outcome.code + "]";
  if (!outcome.text.empty()) said += (said.empty() ? "" : " ") + outcome.text.substr(0, 200);
  return said.empty() ? words : words + " (it says: " + said + ")";
}

}  // namespace

Verdict verdict(const Outcome& outcome, std::uint32_t tries) {
  const std::string& code = outcome.code;
  if (outcome.retry_after > 0 || one_of(code, {"UNAVAILABLE", "INUSE", "SERVERBUG", "THROTTLED"}))
    return Verdict::later;
  if (code == "OVERQUOTA") return Verdict::quota;
  if (one_of(code, {"TRYCREATE", "NONEXISTENT"})) return Verdict::list_first;
  if (is_final(code)) return Verdict::final;
  return tries + 1 < most_tries ? Verdict::later : Verdict::final;
}

std::int64_t suggested_pause(std::string_view text) {
  constexpr std::string_view words = "Suggested Backoff Time: ";
  const std::size_t at = text.find(words);
  if (at == std::string_view::npos) return 0;
  std::int64_t milliseconds = 0;
  const char* begin = text.data() + at + words.size();
  std::from_chars(begin, text.data() + text.size(), milliseconds);
  return milliseconds <= 0 ? 0 : (milliseconds + 999) / 1000;
}

std::int64_t pause(std::uint32_t tries, std::uint64_t spread) {
  const std::int64_t base =
      std::min<std::int64_t>(longest_growth, std::int64_t(1) << std::min<std::uint32_t>(tries, 12));
  return base + std::int64_t(spread % std::uint64_t(base / 4 + 1));
}

Verdict refuse(store::Transaction& tx, store::OperationId id, const Outcome& outcome) {
  const store::Operation* operation = tx.state().journal.find(id);
  if (!operation) return Verdict::final;
  const Verdict result = verdict(outcome, operation->tries);
  edit(tx, id, [&](store::Operation& row) {
    row.state = store::OperationState::waiting;
    row.why.clear();
    if (result == Verdict::list_first) return;
    ++row.tries;
    const std::int64_t hint = std::min(outcome.retry_after, longest_pause);
    row.not_before = tx.now() + (hint > 0 ? hint : pause(row.tries, row.id.value));
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
      if (outcome.retry_after) row.not_before = tx.now() + std::min(outcome.retry_after, longest_pause);
      if (row.tries < most_tries) return;
      row.not_before = tx.now() + pause(row.tries, row.id.value);
      row.why = lost_words;
    });
}

bool goes_alone(const store::Operation& operation) {
  return operation.tries >= most_tries;
}

void postpone(store::Transaction& tx, store::OperationId id) {
  edit(tx, id, [&](store::Operation& row) {
    row.state = store::OperationState::waiting;
    ++row.tries;
    row.not_before = tx.now() + pause(row.tries, row.id.value);
  });
}

void hurry(store::Transaction& tx) {
  std::vector<store::OperationId> paused;
  tx.state().journal.for_each([&](const store::Operation& operation) {
    if (!operation.parked() && operation.tries > 0 && operation.not_before != 0) paused.push_back(operation.id);
    return true;
  });
  for (store::OperationId id : paused) edit(tx, id, [](store::Operation& row) { row.not_before = 0; });
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
