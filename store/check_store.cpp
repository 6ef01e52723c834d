#include "store/check_store.hpp"

#include "store/on_pool.hpp"
#include "store/store_on_database.hpp"

namespace satchel::store {
namespace {

constexpr std::uint64_t checked_at_once = 4 * 1024 * 1024;  // bytes of contents

}  // namespace

// In pieces: a reopening, or the removal of a segment, comes in between.
awaitable<Result<Findings>> StoreOnDatabase::check(SummaryReads reads) {
  Check check(std::move(reads));
  const auto with_parts = [this](const auto& work) -> Result<bool> {
    const auto lent = parts_.lend();
    if (!lent) return lent.error();
    return work(*lent);
  };
  const auto rows_and_files = [&check](const OpenParts::Lent& lent) {
    check.rows(lent.database());
    check.files(lent.database());
    return true;
  };
  const auto some_contents = [&check](const OpenParts::Lent& lent) {
    return check.contents(lent.database(), lent.segments(), checked_at_once);
  };
  const auto first = [&] { return with_parts(rows_and_files); };
  const auto next = [&] { return with_parts(some_contents); };
  Result<bool> more = co_await on_pool(pool_, first);
  while (more && *more) more = co_await on_pool(pool_, next);
  if (!more) co_return more.error();
  co_return check.findings();
}

// Store::open makes no other kind.
awaitable<Result<Findings>> check_store(Store& store, SummaryReads reads) {
  return static_cast<StoreOnDatabase&>(store).check(std::move(reads));
}

}  // namespace satchel::store
