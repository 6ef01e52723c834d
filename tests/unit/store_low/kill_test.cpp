// kill -9 in the middle of synced writes: what was acknowledged is there, in order, whole.
// SATCHEL_KILLS=n sets the number of rounds.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "store_fixture.hpp"

extern char** environ;

namespace satchel::store {
namespace {

struct Child {
  pid_t pid = -1;
  FILE* out = nullptr;
};

Child start(std::vector<std::string> words) {
  int pipe_ends[2];
  if (::pipe2(pipe_ends, O_CLOEXEC) != 0) std::abort();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], 1);
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  Child child;
  if (posix_spawn(&child.pid, arguments[0], &actions, nullptr, arguments.data(), environ) != 0) std::abort();
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe_ends[1]);
  child.out = ::fdopen(pipe_ends[0], "r");
  return child;
}

// Reads numbers to the end of what it wrote; kills it after `lines` of them.
int last_number(Child& child, int lines) {
  int last = -1;
  int read = 0;
  for (int number = 0; std::fscanf(child.out, "%d\n", &number) == 1; last = number)
    if (++read == lines) ::kill(child.pid, SIGKILL);
  std::fclose(child.out);
  return last;
}

int wait_for(const Child& child) {
  int status = 0;
  ::waitpid(child.pid, &status, 0);
  return status;
}

TEST(Kill, EverythingAcknowledgedIsThereAfterwards) {
  const char* wanted = std::getenv("SATCHEL_KILLS");
  const int rounds = wanted ? std::atoi(wanted) : 20;
  Folder home;
  const std::string folder = home / "store";
  const std::string key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
  std::mt19937 random(std::random_device{}());
  int acknowledged = -1;
  for (int round = 0; round < rounds; ++round) {
    Child writer = start({MAKE_STORE, folder, key, "endless"});
    acknowledged = std::max(acknowledged, last_number(writer, 1 + int(random() % 60)));
    const int ended = wait_for(writer);
    ASSERT_TRUE(WIFSIGNALED(ended) && WTERMSIG(ended) == SIGKILL) << "the writer failed in round " << round;
    if (round % 4 != 3) continue;  // else the next writer checks what it finds
    Child checker = start({MAKE_STORE, folder, key, "check", std::to_string(acknowledged + 1)});
    last_number(checker, 0);
    ASSERT_EQ(wait_for(checker), 0) << "round " << round;
  }
  RecordProperty("acknowledged", acknowledged + 1);
}

}  // namespace
}  // namespace satchel::store
