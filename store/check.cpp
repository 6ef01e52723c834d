#include "store/check.hpp"

#include <algorithm>

#include "crypto/kdf.hpp"
#include "store/check_rows.hpp"
#include "store/content_reading.hpp"

namespace satchel::store {
namespace {

std::string name_of(ContentNumber content) {
  return "Content " + std::to_string(content.value);
}

// In pieces, so that a large one is never in memory whole. Errors: corrupt, those of the disk.
Result<> read_and_hash(const Segments& segments, const rows::Location& where, const std::string& hash_key) {
  const auto key = crypto::Key::from(hash_key);
  if (!key) return key.error();
  crypto::KeyedHash hash(*key);
  for (const Extent& extent : where.extents) {
    const auto plain = segments.read(extent);
    if (!plain) return plain.error();
    if (plain->size() != extent.plain_size) return fail(ErrorCode::corrupt, "a piece has another size");
    hash.update(*plain);
  }
  if (hash.finish() != where.hash) return fail(ErrorCode::corrupt, "its bytes have another hash");
  return {};
}

}  // namespace

void Check::rows(const Database& database) {
  RowCheck check(findings_, reads_);
  const auto cursor = database.scan({});
  for (; cursor->valid(); cursor->next()) check.row(cursor->key(), cursor->value());
  if (const auto error = cursor->error(); !error)
    findings_.add("The rows cannot be read to the end: " + error.error().text);
  check.finish();
  hash_key_ = check.hash_key();
  check.contents().for_each([this](ContentNumber content) { contents_.push_back(content); });
  std::reverse(contents_.begin(), contents_.end());
}

bool Check::contents(const Database& database, const Segments& segments, std::uint64_t bytes) {
  std::uint64_t read = 0;
  while (!contents_.empty() && read < bytes) {
    const ContentNumber content = contents_.back();
    contents_.pop_back();
    const auto row = database.get(rows::content(content));
    if (!row && row.error().code == ErrorCode::not_found) continue;
    const auto where = row ? decode_location(*row) : Result<rows::Location>(row.error());
    const Result<> done = where ? read_and_hash(segments, *where, hash_key_) : Result<>(where.error());
    if (!done) findings_.add(name_of(content) + " cannot be read: " + done.error().text);
    ++findings_.contents;
    if (where) read += where->size;
  }
  findings_.bytes += read;
  return !contents_.empty();
}

void Check::files(const Database& database) {
  const auto* files = dynamic_cast<const FilesToCheck*>(&database);
  if (files == nullptr) return;
  for (const Error& error : files->check_files()) findings_.add(error.text);
}

}  // namespace satchel::store
