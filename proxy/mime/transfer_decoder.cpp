#include "proxy/mime/transfer_decoder.hpp"

#include <array>
#include <cstring>

#include "proxy/mime/ascii.hpp"

namespace satchel::mime {

namespace {

constexpr std::uint8_t no_letter = 0xFF;

constexpr std::array<std::uint8_t, 256> make_letters() {
  std::array<std::uint8_t, 256> table{};
  table.fill(no_letter);
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return table;
}
constexpr std::array<std::uint8_t, 256> letters = make_letters();

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char small = lower(c);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

// One escaped byte behind a sign ("=41", "%41"), or -1.
int escaped_byte(std::string_view two) {
  if (two.size() < 2) return -1;
  const int high = hex_digit(two[0]), low = hex_digit(two[1]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

std::string unescape(std::string_view text, char sign) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int byte = text[i] == sign ? escaped_byte(text.substr(i + 1, 2)) : -1;
    result += byte < 0 ? text[i] : static_cast<char>(byte);
    if (byte >= 0) i += 2;
  }
  return result;
}

}  // namespace

TextRange::Encoding encoding_named(std::string_view name) {
  if (same_name(name, "base64")) return TextRange::Encoding::base64;
  if (same_name(name, "quoted-printable")) return TextRange::Encoding::quoted_printable;
  return TextRange::Encoding::identity;
}

void TransferDecoder::decode(std::string_view in, std::string& out) {
  switch (encoding_) {
    case TextRange::Encoding::identity:
      out += in;
      break;
    case TextRange::Encoding::base64:
      base64(in, out);
      break;
    case TextRange::Encoding::quoted_printable:
      quoted_printable(in, out);
      break;
  }
}

void TransferDecoder::finish(std::string& out) {
  out += pending_;
  pending_.clear();
  bits_ = count_ = 0;
}

void TransferDecoder::base64(std::string_view in, std::string& out) {
  const std::size_t before = out.size();
  out.resize(before + in.size() + 1);
  char* to = out.data() + before;
  const auto letter = [&](std::size_t i) { return letters[static_cast<unsigned char>(in[i])]; };
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (count_ == 0 && i + 4 <= in.size() && (letter(i) | letter(i + 1) | letter(i + 2) | letter(i + 3)) < 64) {
      const std::uint32_t three =
          static_cast<std::uint32_t>(letter(i) << 18 | letter(i + 1) << 12 | letter(i + 2) << 6 | letter(i + 3));
      *to++ = static_cast<char>(three >> 16);
      *to++ = static_cast<char>(three >> 8);
      *to++ = static_cast<char>(three);
      i += 3;
      continue;
    }
    if (letter(i) == no_letter) {
      if (in[i] == '=') bits_ = count_ = 0;  // padding: what is there was given out; another run may follow
      continue;
    }
    bits_ = bits_ << 6 | letter(i);
    ++count_;
    if (count_ == 1) continue;
    *to++ = static_cast<char>(bits_ >> (count_ == 2 ? 4 : count_ == 3 ? 2 : 0));
    if (count_ == 4) count_ = 0;
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
}

void TransferDecoder::quoted_printable(std::string_view in, std::string& out) {
  while (!in.empty()) {
    if (!pending_.empty()) {
      pending_ += in.front();
      in.remove_prefix(1);
      escape(out);
      continue;
    }
    const void* sign = std::memchr(in.data(), '=', in.size());
    const auto plain = sign ? static_cast<std::size_t>(static_cast<const char*>(sign) - in.data()) : in.size();
    out += in.substr(0, plain);
    in.remove_prefix(plain);
    if (in.empty()) return;
    pending_ = '=';
    in.remove_prefix(1);
  }
}

// pending_ is "=" and more: "=XX" is a byte, "=" before a line end joins two lines, all else is text.
void TransferDecoder::escape(std::string& out) {
  const char last = pending_.back();
  if (last == '\n') {
    pending_.clear();
  } else if (pending_.size() == 2 && (hex_digit(last) >= 0 || last == '\r' || last == ' ' || last == '\t')) {
    return;
  } else if (pending_.size() == 3 && escaped_byte(std::string_view(pending_).substr(1)) >= 0) {
    out += static_cast<char>(escaped_byte(std::string_view(pending_).substr(1)));
    pending_.clear();
  } else if (pending_.size() == 3 && is_space(pending_[1]) && is_space(last)) {
    pending_.pop_back();
  } else {
    out += pending_;
    pending_.clear();
  }
}

std::string decode_base64(std::string_view text) {
  std::string result;
  TransferDecoder(TextRange::Encoding::base64).decode(text, result);
  return result;
}

std::string decode_q(std::string_view text) {
  std::string spaced(text);
  for (char& c : spaced)
    if (c == '_') c = ' ';
  return unescape(spaced, '=');
}

std::string decode_percent(std::string_view text) {
  return unescape(text, '%');
}

}  // namespace satchel::mime
