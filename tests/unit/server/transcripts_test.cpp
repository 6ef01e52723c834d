// Every dialogue in transcripts/, with whole lines and with each byte sent on its own.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "transcript.hpp"

namespace satchel::server::test {
namespace {

std::filesystem::path folder() {
  return std::filesystem::path(SATCHEL_SOURCE_DIR) / "tests/unit/server/transcripts";
}

std::vector<std::string> names() {
  std::vector<std::string> found;
  for (const auto& file : std::filesystem::directory_iterator(folder()))
    if (file.path().extension() == ".txt") found.push_back(file.path().stem().string());
  std::sort(found.begin(), found.end());
  return found;
}

std::string read(const std::string& name) {
  std::ifstream in(folder() / (name + ".txt"), std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class Transcript : public testing::TestWithParam<std::string> {};

TEST_P(Transcript, GoesAsWritten) {
  EXPECT_EQ(run_transcript(read(GetParam()), Sending::whole_lines), "");
}

TEST_P(Transcript, GoesAsWrittenByteByByte) {
  EXPECT_EQ(run_transcript(read(GetParam()), Sending::byte_by_byte), "");
}

INSTANTIATE_TEST_SUITE_P(All, Transcript, testing::ValuesIn(names()), [](const auto& one) {
  std::string name = one.param;
  for (char& letter : name)
    if (letter == '-') letter = '_';
  return name;
});

}  // namespace
}  // namespace satchel::server::test
