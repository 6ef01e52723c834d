// One needle in streamed text: transfer encoding, charset, HTML, folding, then the search itself.
#include <algorithm>
#include <cstring>

#include "proxy/mime/charset.hpp"
#include "proxy/mime/encoded_words.hpp"
#include "proxy/mime/fold.hpp"
#include "proxy/mime/header_walk.hpp"
#include "proxy/mime/html_text.hpp"
#include "proxy/mime/text.hpp"
#include "proxy/mime/transfer_decoder.hpp"

namespace satchel::mime {

namespace {

constexpr std::size_t max_piece = 16 << 10;         // bytes decoded at a time, so that little is kept
constexpr std::size_t max_header_piece = 64 << 10;  // of a header that are decoded at a time

bool contains_bytes(std::string_view text, std::string_view needle) {
  return memmem(text.data(), text.size(), needle.data(), needle.size()) != nullptr;
}

// "Name: value" as a reader sees it, with file names that RFC 2231 encodes.
std::string readable_field(const HeaderField& field) {
  std::string text = field.name.empty() ? std::string() : std::string(field.name) + ": ";
  text += decode_header_value(field.value);
  if (same_name(field.name, "content-type") || same_name(field.name, "content-disposition"))
    text += decode_extended_parameters(field.value);
  return text;
}

}  // namespace

class TextSearch::State {
 public:
  explicit State(std::string needle) : needle_(std::move(needle)), found_(needle_.empty()) {}

  void begin(const TextRange& range) {
    form_ = range.form;
    transfer_ = TransferDecoder(range.encoding);
    if (form_ != TextRange::Form::header) {
      if (!charset_ || range.charset != charset_name_) charset_ = make_charset_decoder(range.charset);
      charset_name_ = range.charset;
    }
    folder_ = {};
    html_ = {};
    folded_.clear();
    header_.clear();
  }

  void feed(std::string_view bytes) {
    while (!bytes.empty() && !found_) {
      const std::string_view piece = bytes.substr(0, max_piece);
      bytes.remove_prefix(piece.size());
      if (form_ == TextRange::Form::header) {
        feed_header(piece);
      } else {
        feed_body(piece);
      }
    }
  }

  void end() {
    if (found_) return;
    if (form_ == TextRange::Form::header) {
      search_header(header_);
      return;
    }
    std::string bytes, text, seen;
    transfer_.finish(bytes);
    charset_->decode(bytes, text);
    charset_->finish(text);
    if (form_ == TextRange::Form::html) {
      html_.strip(text, seen);
      html_.finish(seen);
      text = std::move(seen);
    }
    search(text);
  }

  bool found() const { return found_; }

 private:
  void feed_body(std::string_view piece) {
    bytes_.clear();
    text_.clear();
    transfer_.decode(piece, bytes_);
    charset_->decode(bytes_, text_);
    if (form_ == TextRange::Form::html) {
      seen_.clear();
      html_.strip(text_, seen_);
      search(seen_);
    } else {
      search(text_);
    }
  }

  // Headers are decoded field by field; a huge one is cut wherever the piece ends.
  void feed_header(std::string_view piece) {
    header_ += piece;
    if (header_.size() < max_header_piece) return;
    std::size_t cut = header_.rfind('\n');
    while (cut != std::string::npos && cut + 1 < header_.size() && is_space(header_[cut + 1]) && cut > 0)
      cut = header_.rfind('\n', cut - 1);
    const bool whole = cut == std::string::npos || cut == 0 || cut + 1 == header_.size();
    const std::size_t size = whole ? header_.size() : cut + 1;
    search_header(std::string_view(header_).substr(0, size));
    header_.erase(0, size);
  }

  void search_header(std::string_view header) {
    while (!header.empty() && !found_) {
      folder_ = {};
      folded_.clear();
      search(readable_field(take_field(header)));
    }
  }

  // The end of what was searched stays, for a needle that the pieces cut.
  void search(std::string_view text) {
    folder_.fold(text, folded_);
    if (folded_.size() < needle_.size()) return;
    found_ = contains_bytes(folded_, needle_);
    folded_.erase(0, folded_.size() - (needle_.size() - 1));
  }

  std::string needle_;
  bool found_ = false;
  TextRange::Form form_ = TextRange::Form::plain;
  TransferDecoder transfer_{TextRange::Encoding::identity};
  std::unique_ptr<CharsetDecoder> charset_;
  std::string charset_name_;
  HtmlText html_;
  Folder folder_;
  std::string bytes_, text_, seen_, folded_, header_;
};

TextSearch::TextSearch(std::string folded_needle) : state_(std::make_unique<State>(std::move(folded_needle))) {}
TextSearch::~TextSearch() = default;
TextSearch::TextSearch(TextSearch&&) noexcept = default;
TextSearch& TextSearch::operator=(TextSearch&&) noexcept = default;

void TextSearch::begin(const TextRange& range) {
  state_->begin(range);
}
void TextSearch::feed(std::string_view bytes) {
  state_->feed(bytes);
}
void TextSearch::end() {
  state_->end();
}
bool TextSearch::found() const {
  return state_->found();
}

std::string fold_needle(std::string_view word, std::string_view charset) {
  std::string folded;
  Folder().fold(to_utf8(word, charset), folded);
  return folded;
}

bool header_contains(std::string_view header, std::string_view field, std::string_view folded_needle) {
  while (!header.empty()) {
    const HeaderField next = take_field(header);
    if (!same_name(next.name, field) || next.name.empty()) continue;
    if (folded_needle.empty()) return true;
    std::string folded;
    Folder().fold(decode_header_value(trimmed(next.value)), folded);
    if (contains_bytes(folded, folded_needle)) return true;
  }
  return false;
}

bool contains(std::string_view content, const Structure& structure, Scope scope, std::string_view folded_needle) {
  TextSearch search{std::string(folded_needle)};
  for (const TextRange& range : text_ranges(structure, scope)) {
    if (search.found()) break;
    search.begin(range);
    search.feed(content.substr(std::min<std::uint64_t>(range.range.begin, content.size()), range.range.size()));
    search.end();
  }
  return search.found();
}

}  // namespace satchel::mime
