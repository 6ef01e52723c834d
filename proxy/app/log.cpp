#include "proxy/app/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace satchel::app {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::debug:
      return spdlog::level::debug;
  }
  return spdlog::level::info;
}

void write(spdlog::level::level_enum level, std::string_view sentence) {
  spdlog::log(level, "{}", sentence);
}

}  // namespace

void start_log(LogLevel level) {
  auto logger = spdlog::stderr_logger_mt("satchel");
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  logger->set_level(to_spdlog(level));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
}

void log_error(std::string_view sentence) {
  write(spdlog::level::err, sentence);
}
void log_warn(std::string_view sentence) {
  write(spdlog::level::warn, sentence);
}
void log_info(std::string_view sentence) {
  write(spdlog::level::info, sentence);
}
void log_debug(std::string_view sentence) {
  write(spdlog::level::debug, sentence);
}

}  // namespace satchel::app
