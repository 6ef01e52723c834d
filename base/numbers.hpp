// The numbers of IMAP, as types (RFC 3501 section 2.3.1, RFC 7162 section 3.1). Zero is "none".
#pragma once

#include "base/strong.hpp"

namespace satchel {

using Uid = Strong<struct UidTag, std::uint32_t>;                  // of a local message, as clients see it
using UpstreamUid = Strong<struct UpstreamUidTag, std::uint32_t>;  // of the same message upstream
using SequenceNumber = Strong<struct SequenceTag, std::uint32_t>;  // in one session's view, from 1
using UidValidity = Strong<struct UidValidityTag, std::uint32_t>;  // ours: under 2^31
using ModSeq = Strong<struct ModSeqTag, std::uint64_t>;            // ours and upstream's: under 2^63

}  // namespace satchel
