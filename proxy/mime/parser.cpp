#include "proxy/mime/parser.hpp"

#include "proxy/mime/machine.hpp"

namespace satchel::mime {

Parser::Parser() : machine_(std::make_unique<Machine>()) {}
Parser::~Parser() = default;
Parser::Parser(Parser&&) noexcept = default;
Parser& Parser::operator=(Parser&&) noexcept = default;

void Parser::feed(std::string_view bytes) {
  machine_->feed(bytes);
}
bool Parser::header_done() const {
  return machine_->header_done();
}
std::uint64_t Parser::header_size() const {
  return machine_->header_size();
}
Structure Parser::finish() {
  return machine_->finish();
}

Structure parse(std::string_view content) {
  Parser parser;
  parser.feed(content);
  return parser.finish();
}

}  // namespace satchel::mime
