// RFC 2047 words in header fields, and RFC 2231 parameters, as UTF-8.
#include "proxy/mime/encoded_words.hpp"

#include <algorithm>

#include "proxy/mime/ascii.hpp"
#include "proxy/mime/charset.hpp"
#include "proxy/mime/parameters.hpp"
#include "proxy/mime/text.hpp"
#include "proxy/mime/transfer_decoder.hpp"

namespace satchel::mime {

namespace {

struct Word {
  std::size_t length = 0;  // bytes of the encoded word; 0: none stands here
  std::string_view charset;
  std::string bytes;
};

// encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="
Word read_word(std::string_view text) {
  if (!text.starts_with("=?")) return {};
  const std::size_t charset_end = text.find('?', 2);
  if (charset_end == std::string_view::npos || charset_end > 2 + max_charset_name || charset_end + 2 >= text.size() ||
      text[charset_end + 2] != '?')
    return {};
  const char encoding = lower(text[charset_end + 1]);
  const std::size_t begin = charset_end + 3;
  const std::size_t end = text.substr(0, begin + max_encoded_text).find("?=", begin);
  if (end == std::string_view::npos || (encoding != 'b' && encoding != 'q')) return {};
  const std::string_view encoded = text.substr(begin, end - begin);
  if (encoded.find('\n') != std::string_view::npos) return {};
  Word word;
  word.length = end + 2;
  word.charset = text.substr(2, charset_end - 2);
  word.charset = word.charset.substr(0, word.charset.find('*'));
  word.bytes = encoding == 'b' ? decode_base64(encoded) : decode_q(encoded);
  return word;
}

// White space between two encoded words is not shown, and a character may be cut between them: so
// the bytes of neighbours in one charset are put together before they are read.
class ValueDecoder {
 public:
  std::string decode(std::string_view raw) {
    while (!raw.empty()) {
      const Word word = read_word(raw);
      if (word.length > 0) {
        add(word);
        raw.remove_prefix(word.length);
        continue;
      }
      const std::size_t plain = std::min(raw.find("=?", 1), raw.size());
      add_plain(raw.substr(0, plain));
      raw.remove_prefix(plain);
    }
    flush();
    return std::move(result_);
  }

 private:
  void add(const Word& word) {
    if (!in_word_ || !same_name(word.charset, charset_)) flush();
    plain_.clear();
    charset_ = word.charset;
    bytes_ += word.bytes;
    in_word_ = true;
  }

  void add_plain(std::string_view text) {
    if (in_word_ && trimmed(text).empty()) {
      plain_ = text;
      return;
    }
    flush();
    append_unfolded(text);
  }

  void flush() {
    if (in_word_) result_ += to_utf8(bytes_, charset_);
    append_unfolded(plain_);
    bytes_.clear();
    plain_.clear();
    in_word_ = false;
  }

  void append_unfolded(std::string_view text) {
    if (!text.empty()) result_ += to_utf8(unfold_spaces(text), {});
  }

  bool in_word_ = false;
  std::string charset_, bytes_;
  std::string plain_;  // white space after a word: dropped if another word follows
  std::string result_;
};

}  // namespace

std::string decode_header_value(std::string_view raw) {
  if (raw.find("=?") == std::string_view::npos) return to_utf8(unfold_spaces(raw), {});
  return ValueDecoder().decode(raw);
}

std::string unfold_spaces(std::string_view raw) {
  std::string result;
  result.reserve(raw.size());
  for (const char c : raw)
    if (c != '\r' && c != '\n') result += c == '\t' ? ' ' : c;
  return result;
}

// extended-initial-value = [charset] "'" [language] "'" value
std::string decode_extended_parameters(std::string_view raw) {
  std::string result;
  const std::size_t begin = raw.find(';');
  if (begin == std::string_view::npos || raw.find('*') == std::string_view::npos) return result;
  Tokens tokens(raw.substr(begin));
  for (const Parameter& parameter : read_parameters(tokens)) {
    if (!parameter.name.ends_with('*')) {
      result += ' ' + parameter.value;
      continue;
    }
    const std::string_view value = parameter.value;
    const std::size_t first = value.find('\'');
    const std::size_t second = first == std::string_view::npos ? first : value.find('\'', first + 1);
    if (second == std::string_view::npos) continue;
    result += ' ' + to_utf8(decode_percent(value.substr(second + 1)), value.substr(0, first));
  }
  return result;
}

}  // namespace satchel::mime
