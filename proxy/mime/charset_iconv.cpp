// The charsets that the C library knows (iconv). The only file that calls it.
#include <iconv.h>

#include <cerrno>
#include <utility>

#include "proxy/mime/charset.hpp"
#include "proxy/mime/utf8.hpp"

namespace satchel::mime {

namespace {

constexpr std::size_t max_character = 16;  // bytes of an unfinished character; more is garbage

class IconvDecoder final : public CharsetDecoder {
 public:
  explicit IconvDecoder(iconv_t handle) : handle_(handle) {}
  ~IconvDecoder() override { iconv_close(handle_); }
  IconvDecoder(const IconvDecoder&) = delete;
  IconvDecoder& operator=(const IconvDecoder&) = delete;

  void decode(std::string_view in, std::string& out) override {
    if (carry_.empty()) {
      convert(in, out);
      return;
    }
    const std::string joined = std::exchange(carry_, {}) + std::string(in);
    convert(joined, out);
  }

  void finish(std::string& out) override {
    if (!carry_.empty()) out += replacement_character;
    carry_.clear();
    iconv(handle_, nullptr, nullptr, nullptr, nullptr);
  }

 private:
  void convert(std::string_view in, std::string& out) {
    char* from = const_cast<char*>(in.data());  // iconv never writes there
    std::size_t left = in.size();
    while (left > 0) {
      char buffer[4096];
      char* to = buffer;
      std::size_t room = sizeof buffer;
      const std::size_t result = iconv(handle_, &from, &left, &to, &room);
      out.append(buffer, sizeof buffer - room);
      if (result != static_cast<std::size_t>(-1) || errno == E2BIG) continue;
      if (errno == EINVAL && left <= max_character) {
        carry_.assign(from, left);
        return;
      }
      out += replacement_character;
      ++from;
      --left;
    }
  }

  iconv_t handle_;
  std::string carry_;
};

}  // namespace

std::unique_ptr<CharsetDecoder> make_system_decoder(const std::string& name) {
  const iconv_t handle = iconv_open("UTF-8", name.c_str());
  if (handle == reinterpret_cast<iconv_t>(-1)) return nullptr;  // NOLINT: how POSIX says no
  return std::make_unique<IconvDecoder>(handle);
}

}  // namespace satchel::mime
