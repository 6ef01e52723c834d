#include "proxy/mime/fold.hpp"

#include <utf8proc.h>

#include <array>
#include <cstdint>
#include <vector>

#include "proxy/mime/ascii.hpp"
#include "proxy/mime/utf8.hpp"

namespace satchel::mime {

namespace {

constexpr std::array<char, 128> make_ascii() {
  std::array<char, 128> table{};
  for (int c = 0; c < 128; ++c) table[static_cast<std::size_t>(c)] = lower(static_cast<char>(c));
  for (const char space : {'\t', '\n', '\v', '\f', '\r'}) table[static_cast<std::size_t>(space)] = ' ';
  return table;
}
constexpr std::array<char, 128> ascii = make_ascii();

std::string fold_slowly(std::uint32_t code_point) {
  constexpr auto options =
      static_cast<utf8proc_option_t>(UTF8PROC_CASEFOLD | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_IGNORE);
  utf8proc_int32_t parts[32];
  int boundary_class = 0;
  const auto count =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(code_point), parts, 32, options, &boundary_class);
  std::string result;
  if (count < 0 || count > 32) {
    put_utf8(result, code_point);
    return result;
  }
  for (utf8proc_ssize_t i = 0; i < count; ++i) put_utf8(result, static_cast<std::uint32_t>(parts[i]));
  return result;
}

// Folded forms of the basic plane, made once: utf8proc is too slow to be asked for each letter.
class FoldTable {
 public:
  FoldTable() : entries_(0x10000) {
    for (std::uint32_t c = 0x80; c < 0x10000; ++c) {
      const std::string folded = fold_slowly(c);
      entries_[c] = {static_cast<std::uint32_t>(pool_.size()), static_cast<std::uint32_t>(folded.size())};
      pool_ += folded;
    }
  }
  std::string_view of(std::uint32_t code_point) const {
    return std::string_view(pool_).substr(entries_[code_point].first, entries_[code_point].second);
  }

 private:
  std::vector<std::pair<std::uint32_t, std::uint32_t>> entries_;
  std::string pool_;
};

void fold_character(std::uint32_t code_point, std::string& out) {
  static const FoldTable table;
  if (code_point < 0x10000) {
    out += table.of(code_point);
  } else {
    out += fold_slowly(code_point);
  }
}

}  // namespace

void Folder::fold(std::string_view text, std::string& out) {
  std::size_t i = 0;
  const auto put = [&](char c) {
    if (c == ' ' && after_space_) return;
    after_space_ = c == ' ';
    out += c;
  };
  out.reserve(out.size() + text.size());
  while (i < text.size()) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      put(ascii[byte]);
      ++i;
      continue;
    }
    const Utf8Step step = read_utf8(text.substr(i, 4));
    const std::size_t before = out.size();
    fold_character(step.length > 0 ? step.code_point : 0xFFFD, out);
    i += step.length > 0 ? step.length : 1;
    if (out.size() == before + 1 && out.back() == ' ') {  // a space of another kind
      out.pop_back();
      put(' ');
    } else if (out.size() > before) {
      after_space_ = out.back() == ' ';
    }
  }
}

}  // namespace satchel::mime
