#include "traits.hpp"

namespace satchel::sim::model {

const char* name_of(Lie lie) {
  switch (lie) {
    case Lie::none:
      return "none";
    case Lie::vanishes_what_exists:
      return "vanishes_what_exists";
    case Lie::modseq_goes_back:
      return "modseq_goes_back";
    case Lie::empty_list:
      return "empty_list";
    case Lie::uid_validity_flaps:
      return "uid_validity_flaps";
    case Lie::uid_next_early:
      return "uid_next_early";
    case Lie::expunge_for_another:
      return "expunge_for_another";
  }
  return "none";
}

Traits qresync() {
  return {};
}

Traits condstore() {
  Traits traits;
  traits.name = "condstore";
  traits.qresync = false;
  return traits;
}

Traits plain() {
  Traits traits;
  traits.name = "plain";
  traits.auth_plain = traits.sasl_ir = traits.capability_code = false;
  traits.literal_plus = traits.enable = traits.id = traits.idle = traits.name_space = false;
  traits.uidplus = traits.move = traits.unselect = traits.esearch = false;
  traits.children = traits.list_extended = traits.list_status = false;
  traits.special_use = traits.create_special_use = traits.object_id = false;
  traits.condstore = traits.qresync = traits.response_codes = false;
  traits.tells_unchanged = true;
  traits.keeps_expunged = false;
  return traits;
}

Traits gmail_like() {
  Traits traits;
  traits.name = "gmail_like";
  traits.gmail = true;
  traits.qresync = traits.object_id = traits.create_special_use = false;
  traits.literal_plus = traits.keeps_expunged = false;
  traits.append_limit = 35'651'584;
  return traits;
}

Traits exchange_like() {
  Traits traits;
  traits.name = "exchange_like";
  traits.qresync = traits.condstore = traits.enable = traits.esearch = false;
  traits.list_extended = traits.list_status = traits.special_use = traits.create_special_use = false;
  traits.object_id = false;
  traits.keywords = Keywords::ignored;
  traits.keeps_expunged = false;
  traits.alters_appended = traits.creates_parents = traits.tells_unchanged = true;
  return traits;
}

Traits throttling() {
  Traits traits;
  traits.name = "throttling";
  traits.refusal_rate = 8;
  traits.bye_after = 60;
  return traits;
}

Traits liar(Lie lie) {
  Traits traits;
  traits.name = name_of(lie);
  traits.lie = lie;
  return traits;
}

Traits vanishes_what_exists() {
  return liar(Lie::vanishes_what_exists);
}
Traits modseq_goes_back() {
  return liar(Lie::modseq_goes_back);
}
Traits empty_list() {
  return liar(Lie::empty_list);
}
Traits uid_validity_flaps() {
  return liar(Lie::uid_validity_flaps);
}
Traits uid_next_early() {
  return liar(Lie::uid_next_early);
}
Traits expunge_for_another() {
  return liar(Lie::expunge_for_another);
}

}  // namespace satchel::sim::model
