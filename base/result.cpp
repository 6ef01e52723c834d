#include "base/result.hpp"

#include <stdexcept>

namespace satchel {

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  throw std::runtime_error(std::string(to_string(error.code)) + ": " + error.text + " (" + where.to_string() + ")");
}

const char* to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::retry:
      return "retry";
    case ErrorCode::refused:
      return "refused";
    case ErrorCode::malformed:
      return "malformed";
    case ErrorCode::corrupt:
      return "corrupt";
    case ErrorCode::locked:
      return "locked";
    case ErrorCode::not_found:
      return "not found";
    case ErrorCode::no_space:
      return "no space";
    case ErrorCode::read_only:
      return "read only";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::broken:
      return "broken";
  }
  return "unknown";
}

}  // namespace satchel
