// Every limit of the grammar, by name. What is beyond one is malformed, never truncated.
#pragma once

#include <cstddef>
#include <cstdint>

namespace satchel::imap {

constexpr std::size_t max_command_line = 64 * 1024;        // one line of a client, literals not counted
constexpr std::size_t max_command_literals = 1024 * 1024;  // all literals of one command that are held in memory
constexpr std::uint64_t max_append_literal = 512ull * 1024 * 1024;  // a message that a client may append
constexpr std::size_t max_response_line =
    32 * 1024 * 1024;  // one response of upstream, literals not counted: SEARCH of 10^6
constexpr std::size_t max_inline_literal = 1024 * 1024;  // held in a response value; larger ones are streamed
constexpr std::uint64_t max_streamed_literal = 1024ull * 1024 * 1024;
constexpr std::uint64_t max_passed_over = 64ull * 1024 * 1024;  // dropped of a command that was refused, before BYE
constexpr std::size_t max_words = 10'000;                       // flags, items, patterns, fields of one command
constexpr std::size_t max_section_parts = 200;                  // numbers in BODY[1.2.3]
constexpr std::uint64_t max_mod_seq = 0x7fffffffffffffff;
constexpr int max_nesting = 50;                       // brackets in brackets
constexpr std::size_t max_list_items = 1'000'000;     // elements of one list
constexpr std::size_t max_set_ranges = 2'000'000;     // ranges of one sequence set
constexpr std::size_t max_synchronising_free = 4096;  // a longer literal always waits for a continuation

}  // namespace satchel::imap
