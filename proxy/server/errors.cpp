#include "proxy/server/answer.hpp"

namespace satchel::server {
namespace {

struct Row {
  ErrorCode error;
  const char* code;  // RFC 5530
};

constexpr Row rows[] = {
    {ErrorCode::retry, "UNAVAILABLE"},     {ErrorCode::refused, "CANNOT"},
    {ErrorCode::corrupt, "CORRUPTION"},    {ErrorCode::locked, "INUSE"},
    {ErrorCode::not_found, "NONEXISTENT"}, {ErrorCode::no_space, "LIMIT"},
    {ErrorCode::read_only, "UNAVAILABLE"}, {ErrorCode::unavailable, "UNAVAILABLE"},
    {ErrorCode::cancelled, "UNAVAILABLE"}, {ErrorCode::broken, "UNAVAILABLE"},
    {ErrorCode::malformed, "CANNOT"},
};

const char* code_for(ErrorCode error, About about) {
  if (error == ErrorCode::locked && about == About::new_mailbox) return "ALREADYEXISTS";
  if (error == ErrorCode::not_found && about == About::target) return "TRYCREATE";
  for (const Row& row : rows)
    if (row.error == error) return row.code;
  return "SERVERBUG";
}

}  // namespace

Answer answer_for(const Error& error, About about) {
  return no(code_for(error.code, about), error.text.empty() ? "That cannot be done." : error.text);
}

}  // namespace satchel::server
