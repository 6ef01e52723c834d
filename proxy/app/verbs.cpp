#include "proxy/app/verbs.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <thread>

#include "proxy/app/connectors.hpp"
#include "proxy/app/doctor.hpp"
#include "proxy/app/home.hpp"
#include "proxy/app/print.hpp"
#include "proxy/app/progress.hpp"
#include "proxy/app/running_file.hpp"
#include "proxy/app/service.hpp"
#include "proxy/platform/folders.hpp"
#include "proxy/platform/terminal.hpp"
#include "proxy/stream/real_clock.hpp"

namespace satchel::app {
namespace {

constexpr std::chrono::hours answer_limit{24};  // "satchel sync" of a first sync
constexpr std::chrono::seconds watch_pause{1};
constexpr std::chrono::seconds patience_with_a_start{10};
constexpr std::size_t pem_limit = 1024 * 1024;

Result<Json> parse_reply(const web::Reply& reply) {
  boost::system::error_code error;
  const Json value = boost::json::parse(reply.body, error);
  if (error || !value.is_object()) return fail(ErrorCode::retry, "The proxy gave an answer that cannot be read.");
  const auto& object = value.get_object();
  if (const auto* failed = object.if_contains("error"))
    return fail(ErrorCode::refused, failed->is_string() ? std::string(failed->get_string()) : "The proxy refused.");
  const auto* answer = object.if_contains("answer");
  return answer == nullptr ? Json(nullptr) : *answer;
}

Result<Json> ask_proxy(const web::Door& door, const std::string& verb, const boost::json::object& arguments) {
  const boost::json::object request{{"verb", verb}, {"arguments", arguments}};
  const auto reply = web::post(door, "/v1/perform", boost::json::serialize(request), answer_limit);
  if (!reply) return reply.error();
  return parse_reply(*reply);
}

// Does the verb in this process, on the home itself.
Result<Json> perform_here(const Invocation& invocation, const boost::json::object& arguments) {
  if (invocation.verb == "doctor" && flag_of(arguments, "deep")) {
    auto checks = check_closed_home(invocation.home);
    if (!checks) return checks.error();
    return Json(std::move(*checks));
  }
  boost::asio::io_context loop(1);
  boost::asio::thread_pool pool(2);
  const auto settings = load_settings(invocation.home);
  if (!settings) return settings.error();
  auto home = Home::open(invocation.home, loop.get_executor(), pool);
  if (!home) return home.error();
  const auto clock = stream::make_real_clock(loop.get_executor());
  ServiceParts parts;
  parts.executor = loop.get_executor();
  parts.store = &(*home)->store();
  parts.clock = clock.get();
  parts.settings = *settings;
  parts.make_connector = make_connectors(loop.get_executor());
  Service service(std::move(parts));
  Result<Json> answer = fail(ErrorCode::cancelled, "The verb was ended.");
  std::string failure;
  boost::asio::co_spawn(loop, service.perform(invocation.verb, arguments),
                        [&answer](std::exception_ptr failed, Result<Json> result) {
                          if (!failed) answer = std::move(result);
                        });
  loop.run();
  pool.join();
  return answer;
}

// A running proxy does it; a home that no proxy holds is opened here. A proxy that is just starting
// has the home already and answers soon.
Result<Json> perform(const Invocation& invocation, const boost::json::object& arguments) {
  const auto until = std::chrono::steady_clock::now() + patience_with_a_start;
  while (true) {
    if (const auto door = read_running_file(invocation.home)) {
      auto answer = ask_proxy(*door, invocation.verb, arguments);
      if (answer || answer.error().code != ErrorCode::unavailable) return answer;
    }
    auto answer = perform_here(invocation, arguments);
    if (answer || answer.error().code != ErrorCode::locked || std::chrono::steady_clock::now() > until) return answer;
    if (!read_running_file(invocation.home)) return answer;
  }
}

Result<> ask_text(boost::json::object& arguments, const char* key, const std::string& question) {
  if (arguments.contains(key)) return {};
  if (!platform::input_is_terminal())
    return fail(ErrorCode::refused, std::string("--") + key + " is missing, and there is no terminal to ask at.");
  std::cerr << question << std::flush;
  std::string line;
  std::getline(std::cin, line);
  arguments[key] = line;
  return {};
}

Result<> ask_password(boost::json::object& arguments) {
  std::string password;
  if (flag_of(arguments, "password_stdin")) {
    std::getline(std::cin, password);
    if (!password.empty() && password.back() == '\r') password.pop_back();
  } else {
    const auto asked = platform::ask_secret("Password at the server: ");
    if (!asked) return fail(ErrorCode::refused, "The password is missing: give it with --password-stdin.");
    password = *asked;
  }
  arguments["password"] = password;
  return {};
}

// What the terminal or a file has to add before the verb can be done.
Result<> complete(const Invocation& invocation, boost::json::object& arguments) {
  if (invocation.verb == "account password") return ask_password(arguments);
  if (invocation.verb != "account add") return {};
  if (const auto asked = ask_text(arguments, "email", "Mail address: "); !asked) return asked;
  if (const auto asked = ask_text(arguments, "host", "IMAP server: "); !asked) return asked;
  if (const std::string file = text_of(arguments, "ca", {}); !file.empty()) {
    const auto pem = platform::read_file(file, pem_limit);
    if (!pem) return pem.error();
    arguments["ca_pem"] = *pem;
  }
  return ask_password(arguments);
}

Result<> write_export(const Invocation& invocation, const Json& answer) {
  const std::string file = text_of(invocation.arguments, "file", {});
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored))
    return fail(ErrorCode::refused, file + " is there already: name a new file.");
  const std::string text = invocation.verb == "cert export" ? text_of(answer.as_object(), "pem", {}) : as_json(answer);
  return platform::replace_private_file(std::filesystem::absolute(file), text);
}

Result<> all_good(const Json& checks) {
  const auto good = [](const Json& check) { return check.at("good").as_bool(); };
  if (std::all_of(checks.as_array().begin(), checks.as_array().end(), good)) return {};
  return fail(ErrorCode::refused, "Something is to be mended: see what is marked BAD.");
}

Result<> watch(const Invocation& invocation) {
  while (true) {
    const auto answer = perform(invocation, invocation.arguments);
    if (!answer) return answer.error();
    std::cout << "\x1b[H\x1b[2J" << as_text(invocation.verb, *answer) << std::flush;
    std::this_thread::sleep_for(watch_pause);
  }
}

}  // namespace

Result<> perform_verb(const Invocation& invocation) {
  if (invocation.watch) return watch(invocation);
  boost::json::object arguments = invocation.arguments;
  if (const auto completed = complete(invocation, arguments); !completed) return completed;
  Result<Json> answer;
  if (invocation.verb == "sync" && platform::output_is_terminal()) {
    const auto door = read_running_file(invocation.home);
    const Progress progress([&door] { return door ? ask_proxy(*door, "status", {}) : Result<Json>(Json(nullptr)); });
    answer = perform(invocation, arguments);
  } else {
    answer = perform(invocation, arguments);
  }
  if (!answer) return answer.error();
  if (invocation.verb == "cert export" || invocation.verb == "journal export") return write_export(invocation, *answer);
  std::cout << (invocation.json ? as_json(*answer) : as_text(invocation.verb, *answer)) << std::flush;
  return invocation.verb == "doctor" ? all_good(*answer) : Result<>{};
}

}  // namespace satchel::app
