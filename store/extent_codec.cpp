#include "store/extent_codec.hpp"

#include <zstd.h>

#include <memory>

namespace satchel::store {

namespace {

constexpr int level = 1;
constexpr std::size_t least_worthwhile = 64;  // shorter ones hardly shrink

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

ZSTD_CCtx* compressor() {
  thread_local std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  return context.get();
}

ZSTD_DCtx* decompressor() {
  thread_local std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  return context.get();
}

}  // namespace

std::string_view pack(std::string_view plain, std::string& room) {
  if (plain.size() < least_worthwhile) return plain;
  // Room for one byte less than the plain bytes: what does not fit is not worth it.
  if (room.size() < plain.size()) room.resize(plain.size());
  const std::size_t size =
      ZSTD_compressCCtx(compressor(), room.data(), plain.size() - 1, plain.data(), plain.size(), level);
  if (ZSTD_isError(size)) return plain;
  return {room.data(), size};
}

Result<std::string> unpack(std::string_view packed, std::size_t plain_size) {
  if (packed.size() == plain_size) return std::string(packed);
  std::string plain(plain_size, '\0');
  const std::size_t size =
      ZSTD_decompressDCtx(decompressor(), plain.data(), plain.size(), packed.data(), packed.size());
  if (ZSTD_isError(size) || size != plain_size) return fail(ErrorCode::corrupt, "an extent does not unpack");
  return plain;
}

}  // namespace satchel::store
