// What a reader says about some bytes, as lines of text, however the bytes were split.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/imap/command_reader.hpp"
#include "proxy/imap/command_writer.hpp"
#include "proxy/imap/response_reader.hpp"
#include "proxy/imap/response_writer.hpp"

namespace satchel::imap {

// The command as the writer has it: one form for each value.
inline std::string canonical(const std::string& tag, const Command& command) {
  const auto pieces = write_command(tag, command, LiteralSupport::plus);
  if (!pieces) return "unwritable: " + pieces.error().text;
  std::string out;
  for (const CommandPiece& piece : *pieces) out += piece.bytes;
  return out;
}

class CommandHearing {
 public:
  void feed(std::string_view bytes) {
    reader_.feed(bytes);
    while (listen()) {
    }
  }
  const std::vector<std::string>& heard() const { return heard_; }
  CommandReader& reader() { return reader_; }
  const std::vector<Command>& commands() const { return commands_; }

 private:
  using Event = CommandReader::Event;

  bool listen() {
    const Event event = reader_.next();
    if (event == Event::append_bytes) {
      message_ += reader_.piece();
      return true;
    }
    if (event == Event::need_more) return false;
    if (in_append_) {
      heard_.push_back("message " + message_);
      in_append_ = false;
      message_.clear();
    }
    return note(event);
  }

  bool note(Event event) {
    switch (event) {
      case Event::continuation:
        heard_.push_back("continuation " + std::to_string(reader_.literal_size()));
        return true;
      case Event::append_begin:
        heard_.push_back("append " + canonical(reader_.tag(), reader_.command()));
        in_append_ = true;
        return true;
      case Event::command:
        heard_.push_back("command " + canonical(reader_.tag(), reader_.command()));
        commands_.push_back(reader_.command());
        if (std::holds_alternative<Idle>(reader_.command())) reader_.expect_line();
        return true;
      case Event::line:
        heard_.push_back("line " + reader_.line());
        return true;
      case Event::malformed:
        heard_.push_back("malformed " + std::to_string(int(reader_.error().kind)) + " " + reader_.error().tag +
                         (reader_.error().fatal ? " fatal" : ""));
        return !reader_.error().fatal;
      default:
        return false;
    }
  }

  CommandReader reader_;
  std::vector<std::string> heard_;
  std::vector<Command> commands_;
  std::string message_;
  bool in_append_ = false;
};

inline std::vector<std::string> hear_commands(std::string_view bytes) {
  CommandHearing hearing;
  hearing.feed(bytes);
  return hearing.heard();
}

class ResponseHearing {
 public:
  void feed(std::string_view bytes) {
    reader_.feed(bytes);
    while (true) {
      const auto event = reader_.next();
      if (event == ResponseReader::Event::need_more) return;
      if (event == ResponseReader::Event::literal_begin) {
        streams_.emplace_back();
      } else if (event == ResponseReader::Event::literal_bytes) {
        streams_.back() += reader_.piece();
      } else if (event == ResponseReader::Event::malformed) {
        error_ = reader_.error();
        return;
      } else {
        responses_.push_back(reader_.response());
      }
    }
  }
  const std::vector<Response>& responses() const { return responses_; }
  const std::vector<std::string>& streams() const { return streams_; }
  const std::string& error() const { return error_; }
  ResponseReader& reader() { return reader_; }

 private:
  ResponseReader reader_;
  std::vector<Response> responses_;
  std::vector<std::string> streams_;
  std::string error_;
};

inline std::vector<Response> hear_responses(std::string_view bytes) {
  ResponseHearing hearing;
  hearing.feed(bytes);
  return hearing.responses();
}

}  // namespace satchel::imap
