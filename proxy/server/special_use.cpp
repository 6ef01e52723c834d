#include "proxy/server/special_use.hpp"

#include "proxy/imap/scanner.hpp"

namespace satchel::server {
namespace {

struct Row {
  store::SpecialUse use;
  const char* name;
};

constexpr Row rows[] = {
    {store::SpecialUse::all, "\\All"},       {store::SpecialUse::archive, "\\Archive"},
    {store::SpecialUse::drafts, "\\Drafts"}, {store::SpecialUse::flagged, "\\Flagged"},
    {store::SpecialUse::junk, "\\Junk"},     {store::SpecialUse::sent, "\\Sent"},
    {store::SpecialUse::trash, "\\Trash"},
};

}  // namespace

const char* special_use_name(store::SpecialUse use) {
  for (const Row& row : rows)
    if (row.use == use) return row.name;
  return "";
}

store::SpecialUse special_use_of(std::string_view attribute) {
  for (const Row& row : rows)
    if (imap::equal_without_case(row.name, attribute)) return row.use;
  return store::SpecialUse::none;
}

}  // namespace satchel::server
