#include "proxy/app/running_file.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "proxy/platform/folders.hpp"

namespace satchel::app {
namespace {

constexpr const char* file_name = "running.json";
constexpr std::size_t file_limit = 4096;

}  // namespace

Result<> write_running_file(const std::filesystem::path& home, const web::Door& door) {
  const boost::json::object object{{"port", door.port}, {"token", door.token}};
  return platform::replace_private_file(home / file_name, boost::json::serialize(object) + "\n");
}

void remove_running_file(const std::filesystem::path& home) {
  std::error_code ignored;
  std::filesystem::remove(home / file_name, ignored);
}

std::optional<web::Door> read_running_file(const std::filesystem::path& home) {
  const auto text = platform::read_file(home / file_name, file_limit);
  if (!text) return std::nullopt;
  boost::system::error_code error;
  const auto value = boost::json::parse(*text, error);
  if (error || !value.is_object()) return std::nullopt;
  const auto* port = value.get_object().if_contains("port");
  const auto* token = value.get_object().if_contains("token");
  if (port == nullptr || token == nullptr || !port->is_int64() || !token->is_string()) return std::nullopt;
  return web::Door{static_cast<std::uint16_t>(port->get_int64()), std::string(token->get_string())};
}

}  // namespace satchel::app
