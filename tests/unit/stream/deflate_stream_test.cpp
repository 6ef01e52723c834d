// What is compressed comes out as it went in, however it is cut; what expands without measure is refused (U10).
#include "proxy/stream/deflate_stream.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "proxy/stream/memory_stream.hpp"

namespace satchel::stream {
namespace {

using std::chrono::seconds;

// A whole raw stream (RFC 1951), as small as it gets.
std::string deflated(const std::string& text) {
  z_stream zlib{};
  EXPECT_EQ(deflateInit2(&zlib, Z_BEST_COMPRESSION, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&zlib, text.size()) + 16, '\0');
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  zlib.avail_in = uInt(text.size());
  zlib.next_out = reinterpret_cast<Bytef*>(out.data());
  zlib.avail_out = uInt(out.size());
  EXPECT_EQ(deflate(&zlib, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - zlib.avail_out);
  deflateEnd(&zlib);
  return out;
}

struct Heard {
  std::string text;
  std::optional<Error> error;
};

awaitable<void> read_all(Stream& stream, Heard& heard) {
  char buffer[1000];
  while (true) {
    const auto count = co_await stream.read_some(buffer, sizeof buffer, seconds(5));
    if (!count) heard.error = count.error();
    if (!count || *count == 0) co_return;
    heard.text.append(buffer, *count);
  }
}

awaitable<void> write_in_pieces(Stream& stream, std::string bytes, std::size_t size) {
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    const std::string piece = bytes.substr(at, size);
    EXPECT_TRUE(co_await stream.write(piece, seconds(5)));
  }
  stream.close();
}

// What is read of these bytes, `first` of which were read before compression began.
Heard expand(const std::string& bytes, std::size_t first, std::size_t piece) {
  boost::asio::io_context loop;
  auto [near, far] = make_memory_pair(loop.get_executor());
  const auto stream = make_deflate_stream(std::move(near), bytes.substr(0, first));
  Heard heard;
  boost::asio::co_spawn(loop, write_in_pieces(*far, bytes.substr(first), piece), boost::asio::detached);
  boost::asio::co_spawn(loop, read_all(*stream, heard), boost::asio::detached);
  loop.run();
  return heard;
}

std::string some_text() {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "* " + std::to_string(i) + " FETCH (FLAGS (\\Seen))\r\n";
  return text;
}

TEST(DeflateStreamTest, ComesOutAsItWentInInEverySplit) {
  const std::string text = some_text();
  const std::string bytes = deflated(text);
  for (const std::size_t first : {std::size_t(0), std::size_t(1), bytes.size() / 2, bytes.size()})
    for (const std::size_t piece : {1, 7, 100'000}) EXPECT_EQ(expand(bytes, first, piece).text, text);
}

TEST(DeflateStreamTest, EachWriteIsWholeOnTheOtherSide) {
  boost::asio::io_context loop;
  auto [near, far] = make_memory_pair(loop.get_executor());
  const auto here = make_deflate_stream(std::move(near), {});
  const auto there = make_deflate_stream(std::move(far), {});
  const std::string big(300'000, 'x');
  int heard = 0;
  const auto talk = [](Stream& from, Stream& to, std::string text, int& count) -> awaitable<void> {
    EXPECT_TRUE(co_await from.write(text, seconds(5)));
    std::string got;
    std::vector<char> buffer(1 << 16);
    while (got.size() < text.size()) {  // nothing more is written: it must all be there
      const auto size = co_await to.read_some(buffer.data(), buffer.size(), seconds(5));
      if (!size || *size == 0) co_return;
      got.append(buffer.data(), *size);
    }
    EXPECT_EQ(got, text);
    ++count;
  };
  boost::asio::co_spawn(loop, talk(*here, *there, "a NOOP\r\n", heard), boost::asio::detached);
  loop.run();
  loop.restart();
  boost::asio::co_spawn(loop, talk(*there, *here, big, heard), boost::asio::detached);
  loop.run();
  EXPECT_EQ(heard, 2);
}

TEST(DeflateStreamTest, ABombIsRefused) {
  const std::string bomb = deflated(std::string(200'000'000, '\0'));
  ASSERT_LT(bomb.size(), 300'000u);  // about 1000:1
  const Heard heard = expand(bomb, 0, 1000);
  ASSERT_TRUE(heard.error);
  EXPECT_EQ(heard.error->code, ErrorCode::refused);
  EXPECT_LE(heard.text.size(), inflation_allowance + bomb.size() * inflation_ratio);
  EXPECT_LE(heard.text.size(), 2 * inflation_allowance);
}

TEST(DeflateStreamTest, ABombBehindAMillionHonestBytesIsRefused) {
  std::string honest;
  unsigned state = 1;
  for (int i = 0; i < 1'000'000; ++i) honest += char((state = state * 1'103'515'245 + 12'345) >> 16);
  const Heard heard = expand(deflated(honest + std::string(200'000'000, '\0')), 0, 4096);
  ASSERT_TRUE(heard.error);
  EXPECT_LE(heard.text.size(), honest.size() + 2 * inflation_allowance) << "what was honest before buys nothing";
}

TEST(DeflateStreamTest, WhatLittleTextExpandsToIsNoBomb) {
  const std::string zeros(1'000'000, '0');  // a message of a megabyte with nothing in it
  const Heard heard = expand(deflated(zeros), 0, 1000);
  EXPECT_FALSE(heard.error);
  EXPECT_EQ(heard.text.size(), zeros.size());
}

TEST(DeflateStreamTest, GarbageIsRefused) {
  const Heard heard = expand(std::string(100, '\xff'), 0, 100);
  ASSERT_TRUE(heard.error);
  EXPECT_EQ(heard.error->code, ErrorCode::refused);
}

TEST(DeflateStreamTest, TlsCannotBeStartedBehindIt) {
  boost::asio::io_context loop;
  auto [near, far] = make_memory_pair(loop.get_executor());
  const auto stream = make_deflate_stream(std::move(near), {});
  bool refused = false;
  const auto start = [](Stream& on, bool& into) -> awaitable<void> {
    const auto started = co_await on.start_tls();
    into = !started && started.error().code == ErrorCode::refused;
  };
  boost::asio::co_spawn(loop, start(*stream, refused), boost::asio::detached);
  loop.run();
  EXPECT_TRUE(refused);
}

}  // namespace
}  // namespace satchel::stream
