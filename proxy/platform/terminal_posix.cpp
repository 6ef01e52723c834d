#ifndef _WIN32

#include <termios.h>
#include <unistd.h>

#include <iostream>

#include "proxy/platform/terminal.hpp"

namespace satchel::platform {

bool input_is_terminal() {
  return ::isatty(STDIN_FILENO) == 1;
}
bool output_is_terminal() {
  return ::isatty(STDERR_FILENO) == 1;
}

Result<std::string> ask_secret(const std::string& question) {
  termios before{};
  if (!input_is_terminal() || ::tcgetattr(STDIN_FILENO, &before) != 0)
    return fail(ErrorCode::refused, "There is no terminal to ask at.");
  termios silent = before;
  silent.c_lflag &= tcflag_t(~tcflag_t(ECHO));
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  std::cerr << question << std::flush;  // only now: what is typed at once is neither shown nor lost
  std::string line;
  std::getline(std::cin, line);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  std::cerr << "\n";
  return line;
}

}  // namespace satchel::platform

#endif
