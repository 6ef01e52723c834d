// Errors as values. Result<T> is what every function returns for which failing is part of the job;
// the code of an error says what the caller should do about it, the text says it to a person.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <utility>

namespace satchel {

enum class ErrorCode : std::uint8_t {
  retry,        // transient (lost line, busy, timed out): the same call may work later
  refused,      // the other side, or a rule of ours, said no for good
  malformed,    // input that its grammar does not allow
  corrupt,      // sealed data that does not open: altered, cut, or not ours
  locked,       // a key slot, a file or a port that somebody else holds, or no key fits
  not_found,    // there is no such thing; never used for something that is there but damaged
  no_space,     // disk full, quota, or a limit of ours
  read_only,    // the place cannot be written
  unavailable,  // needs the network, and there is none
  cancelled,    // the program, or the one who asked, ended it
  broken        // the store met a failed write or sync: reopen before anything else
};

struct Error {
  ErrorCode code = ErrorCode::refused;
  std::string text;  // one sentence in plain words; never a secret, subject, address or mailbox name
};

template <class T = void>
using Result = boost::system::result<T, Error>;

// Called by Result::value() on an error: a broken promise, so an exception.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

inline Error fail(ErrorCode code, std::string text) {
  return Error{code, std::move(text)};
}

const char* to_string(ErrorCode code);

}  // namespace satchel
