#include "proxy/mime/fold.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
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

// Room is made by whole pieces, so that the loops below only move a pointer.
class Out {
 public:
  Out(std::string& out, bool& after_space) : out_(out), size_(out.size()), after_space_(after_space) {}
  ~Out() { out_.resize(size_); }
  Out(const Out&) = delete;
  Out& operator=(const Out&) = delete;

  void put_ascii(std::string_view run) {
    make_room(run.size());
    char* to = out_.data() + size_;
    bool after_space = after_space_;
    for (const char c : run) {
      const char folded = ascii[static_cast<unsigned char>(c)];
      const bool space = folded == ' ';
      *to = folded;
      to += space && after_space ? 0 : 1;
      after_space = space;
    }
    after_space_ = after_space;
    size_ = static_cast<std::size_t>(to - out_.data());
  }

  void put_folded(std::string_view folded) {
    if (folded.empty()) return;
    if (folded == " ") return put_ascii(folded);  // a space of another kind
    make_room(folded.size());
    std::memcpy(out_.data() + size_, folded.data(), folded.size());
    size_ += folded.size();
    after_space_ = folded.back() == ' ';
  }

  void make_room(std::size_t more) {
    if (size_ + more > out_.size()) out_.resize((size_ + more) * 2);
  }

 private:
  std::string& out_;
  std::size_t size_;
  bool& after_space_;
};

}  // namespace

void Folder::fold(std::string_view text, std::string& out) {
  Out to(out, after_space_);
  to.make_room(text.size());
  while (!text.empty()) {
    const std::size_t plain = ascii_run(text);
    to.put_ascii(text.substr(0, plain));
    text.remove_prefix(plain);
    while (!text.empty() && static_cast<unsigned char>(text.front()) >= 0x80) {
      const Utf8Step step = read_utf8(text);
      const std::uint32_t code_point = step.length > 0 ? step.code_point : 0xFFFD;
      if (code_point < 0x10000) {
        static const FoldTable table;
        to.put_folded(table.of(code_point));
      } else {
        to.put_folded(fold_slowly(code_point));
      }
      text.remove_prefix(std::max<std::size_t>(step.length, 1));
    }
  }
}

}  // namespace satchel::mime
