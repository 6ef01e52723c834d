#include <gtest/gtest.h>

#include "proxy/stream/tls.hpp"

namespace satchel::stream {
namespace {

// One in 256 once had a serial number that could not be read back.
TEST(LocalCertificateTest, EachOneThatIsMadeCanBeUsed) {
  const auto first = make_local_certificate("");
  ASSERT_TRUE(first);
  for (int i = 0; i < 1500; ++i) {
    const auto made = make_local_certificate(first->key_pem);
    ASSERT_TRUE(made);
    ASSERT_TRUE(days_left(made->certificate_pem)) << made->certificate_pem;
    if (i % 100 != 0) continue;
    ASSERT_TRUE(make_server_tls(made->certificate_pem, made->key_pem));
  }
}

}  // namespace
}  // namespace satchel::stream
