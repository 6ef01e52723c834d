#include "store/sealed_file_kind.hpp"

#include <charconv>
#include <optional>

namespace satchel::store {

namespace {

std::optional<std::uint64_t> number_in(std::string_view digits) {
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

FileKind kind_of_suffix(std::string_view suffix, std::uint64_t number) {
  if (suffix == ".sst") return FileKind::table;
  if (suffix == ".log") return FileKind::wal;
  if (suffix == ".seg") return FileKind::segment;
  if (suffix == ".dbtmp") return number == 0 ? FileKind::identity : FileKind::current;
  return FileKind::unknown;
}

}  // namespace

FileName file_name(std::string_view path) {
  const std::size_t slash = path.find_last_of('/');
  const std::string_view base = slash == std::string_view::npos ? path : path.substr(slash + 1);
  FileName name{FileKind::unknown, 0, std::string(base)};
  constexpr std::string_view manifest_prefix = "MANIFEST-";
  if (base == "CURRENT") {
    name.kind = FileKind::current;
  } else if (base == "IDENTITY") {
    name.kind = FileKind::identity;
  } else if (base == "LOCK") {
    name.kind = FileKind::lock;
  } else if (base == "anchor" || base == "anchor.new") {
    name.kind = FileKind::anchor;
  } else if (base.starts_with("OPTIONS-") || base == "LOG" || base.starts_with("LOG.old.")) {
    name.kind = FileKind::unsealed;
  } else if (base.starts_with(manifest_prefix)) {
    if (auto number = number_in(base.substr(manifest_prefix.size()))) {
      name.kind = FileKind::manifest;
      name.number = *number;
    }
  } else if (const std::size_t dot = base.find('.'); dot != std::string_view::npos) {
    if (auto number = number_in(base.substr(0, dot))) {
      name.kind = kind_of_suffix(base.substr(dot), *number);
      name.number = *number;
    }
  }
  return name;
}

const char* to_string(FileKind kind) {
  switch (kind) {
    case FileKind::table:
      return "table";
    case FileKind::wal:
      return "write-ahead log";
    case FileKind::manifest:
      return "manifest";
    case FileKind::current:
      return "current";
    case FileKind::identity:
      return "identity";
    case FileKind::lock:
      return "lock";
    case FileKind::anchor:
      return "anchor";
    case FileKind::segment:
      return "segment";
    case FileKind::unsealed:
      return "unsealed";
    case FileKind::unknown:
      return "unknown";
  }
  return "unknown";
}

}  // namespace satchel::store
