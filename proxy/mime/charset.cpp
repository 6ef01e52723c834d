#include "proxy/mime/charset.hpp"

#include <algorithm>

#include "proxy/mime/ascii.hpp"
#include "proxy/mime/utf8.hpp"

namespace satchel::mime {

namespace {

// windows-1252 is what mail that says Latin-1 means: 0x80 to 0x9F.
constexpr std::uint16_t windows_1252[32] = {0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                            0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
                                            0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                            0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};

void put_latin(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  put_utf8(out, byte >= 0x80 && byte < 0xA0 ? windows_1252[byte - 0x80] : byte);
}

class LatinDecoder final : public CharsetDecoder {
 public:
  void decode(std::string_view in, std::string& out) override {
    while (!in.empty()) {
      const std::size_t plain = ascii_run(in);
      out += in.substr(0, plain);
      in.remove_prefix(plain);
      if (in.empty()) return;
      put_latin(out, in.front());
      in.remove_prefix(1);
    }
  }
  void finish(std::string&) override {}
};

// UTF-8; bytes that are not are read as Latin-1 each.
class Utf8Decoder final : public CharsetDecoder {
 public:
  void decode(std::string_view in, std::string& out) override {
    if (!carry_.empty()) in = complete_carry(in, out);
    while (!in.empty()) {
      std::size_t good = 0;
      Utf8Step step;
      for (; good < in.size(); good += step.length) {
        step = read_utf8(in.substr(good));
        if (step.length == 0) break;
        if (step.length == 1) step.length = ascii_run(in.substr(good));
      }
      out += in.substr(0, good);
      in.remove_prefix(good);
      if (in.empty()) return;
      if (step.cut) {
        carry_ = in;
        return;
      }
      take(step, in, out);
    }
  }
  void finish(std::string& out) override {
    for (const char c : carry_) put_latin(out, c);
    carry_.clear();
  }

 private:
  static void take(const Utf8Step& step, std::string_view& in, std::string& out) {
    if (step.length == 0) {
      put_latin(out, in.front());
    } else {
      out += in.substr(0, step.length);
    }
    in.remove_prefix(std::max<std::size_t>(step.length, 1));
  }

  // A character that the last piece cut: byte by byte until it is whole or broken.
  std::string_view complete_carry(std::string_view in, std::string& out) {
    while (!carry_.empty() && !in.empty()) {
      carry_ += in.front();
      in.remove_prefix(1);
      std::string_view rest = carry_;
      while (!rest.empty()) {
        const Utf8Step step = read_utf8(rest);
        if (step.cut) break;
        take(step, rest, out);
      }
      carry_ = std::string(rest);
    }
    return in;
  }

  std::string carry_;
};

bool is_any_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view one) { return same_name(one, name); });
}

bool is_plain_name(std::string_view name) {
  return name.size() <= 40 && std::all_of(name.begin(), name.end(), [](char c) {
           return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '_' || c == '.' || c == ':';
         });
}

}  // namespace

std::unique_ptr<CharsetDecoder> make_charset_decoder(std::string_view name) {
  name = trimmed(name);
  if (name.empty() || is_any_of(name, {"utf-8", "utf8", "us-ascii", "ascii", "ansi_x3.4-1968", "unknown-8bit", "8bit"}))
    return std::make_unique<Utf8Decoder>();
  if (is_any_of(name, {"iso-8859-1", "latin1", "iso8859-1", "iso_8859-1", "windows-1252", "cp1252"}))
    return std::make_unique<LatinDecoder>();
  if (is_plain_name(name))
    if (auto decoder = make_system_decoder(lowered(name))) return decoder;
  return std::make_unique<Utf8Decoder>();
}

std::string to_utf8(std::string_view text, std::string_view charset) {
  std::string result;
  const auto decoder = make_charset_decoder(charset);
  decoder->decode(text, result);
  decoder->finish(result);
  return result;
}

}  // namespace satchel::mime
