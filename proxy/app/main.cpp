#include <iostream>

#include "proxy/app/invocation.hpp"
#include "proxy/app/keys.hpp"
#include "proxy/app/run.hpp"
#include "proxy/app/verbs.hpp"
#include "proxy/platform/process.hpp"

int main(int argc, char** argv) {
  using namespace satchel;
  platform::forbid_dumps();
  platform::give_back_freed_memory();
  const app::Parsed parsed = app::parse_command_line(argc, argv);
  if (!parsed.invocation) return parsed.exit_code;
  const app::Invocation& invocation = *parsed.invocation;
  Result<> done;
  if (invocation.verb == "run")
    done = app::run(invocation);
  else if (invocation.verb.starts_with("key "))
    done = app::perform_key_verb(invocation);
  else
    done = app::perform_verb(invocation);
  if (done) return 0;
  std::cerr << "satchel: " << done.error().text << "\n";
  return 1;
}
