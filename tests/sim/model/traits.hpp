// Which server the model is: the extensions it has, its habits, and the lies it tells.
#pragma once

#include <cstdint>
#include <string>

namespace satchel::sim::model {

// What becomes of a keyword where the server keeps none.
enum class Keywords { any, ignored, refused };

enum class Lie {
  none,
  vanishes_what_exists,  // VANISHED or EXPUNGE of a message that is there
  modseq_goes_back,      // HIGHESTMODSEQ and MODSEQ lower than they are
  empty_list,            // LIST tells of no mailbox, tagged OK
  uid_validity_flaps,    // SELECT and EXAMINE give another UIDVALIDITY
  uid_next_early,        // UIDNEXT of SELECT, EXAMINE and STATUS too high or too low
  expunge_for_another,   // an EXPUNGE or VANISHED that belongs to another mailbox
};

const char* name_of(Lie lie);

// A rate n means once in n on average, by the connection's seed; 0 means never.
struct Traits {
  std::string name = "qresync";
  std::string user = "user";
  std::string password = "secret";

  bool auth_plain = true;
  bool sasl_ir = true;
  bool login_disabled = false;           // AUTHENTICATE only
  bool capability_code = true;           // CAPABILITY also in the greeting and in the answer to the login
  bool extensions_before_login = false;  // else before the login only what concerns the login is announced

  bool literal_plus = true;
  bool enable = true;
  bool id = true;
  bool idle = true;
  bool name_space = true;
  bool uidplus = true;
  bool move = true;
  bool unselect = true;
  bool esearch = true;
  bool children = true;
  bool list_extended = true;
  bool list_status = true;
  bool special_use = true;
  bool create_special_use = true;
  bool object_id = true;
  bool condstore = true;
  bool qresync = true;
  bool gmail = false;          // X-GM-EXT-1, and labels instead of folders
  bool response_codes = true;  // those of RFC 5530

  char delimiter = '/';
  std::string prefix;  // of the personal namespace, as "INBOX."

  Keywords keywords = Keywords::any;
  bool alters_appended = false;  // a header line is added to what is appended
  bool tells_unchanged = false;  // STORE answers for messages that have such flags already, too
  bool keeps_expunged = true;    // FETCH tells the flags of what is gone, and NIL for its bytes, until EXPUNGE is told
  bool creates_parents = false;  // CREATE a/b makes a, too
  std::uint64_t append_limit = 0;    // bytes, announced; 0: none
  std::uint64_t size_misstated = 0;  // RFC822.SIZE is that much too high

  unsigned refusal_rate = 0;  // NO [UNAVAILABLE], [LIMIT] or [INUSE] instead of the command
  unsigned bye_after = 0;     // commands, at most, until BYE; half of the time the last one took effect
  bool reorders = false;      // untagged data of one command in another order, where that is allowed

  Lie lie = Lie::none;
  unsigned lie_rate = 4;
};

Traits qresync();
Traits condstore();  // no QRESYNC
Traits plain();      // RFC 3501 and nothing else
Traits gmail_like();
Traits exchange_like();
Traits throttling();

// Liars, otherwise as qresync().
Traits liar(Lie lie);
Traits vanishes_what_exists();
Traits modseq_goes_back();
Traits empty_list();
Traits uid_validity_flaps();
Traits uid_next_early();
Traits expunge_for_another();

}  // namespace satchel::sim::model
