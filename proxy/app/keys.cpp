#include "proxy/app/keys.hpp"

#include <cstdlib>
#include <iostream>
#include <random>

#include "crypto/key_slot_file.hpp"
#include "crypto/recovery_key.hpp"
#include "proxy/app/json_time.hpp"
#include "proxy/app/print.hpp"
#include "proxy/app/service.hpp"
#include "proxy/platform/folders.hpp"
#include "proxy/platform/terminal.hpp"
#include "store/home_lock.hpp"
#include "store/sealed_store.hpp"

namespace satchel::app {
namespace {

using crypto::SlotKind;
using crypto::SlotSecret;

constexpr const char* passphrase_variable = "SATCHEL_PASSPHRASE_FILE";

bool has_kind(const crypto::KeySlots& slots, SlotKind kind) {
  for (const crypto::Slot& slot : slots.slots())
    if (slot.kind == kind) return true;
  return false;
}

Result<crypto::SecretBytes> passphrase(const std::string& question) {
  if (const char* file = std::getenv(passphrase_variable); file != nullptr && *file != 0)
    return crypto::read_passphrase_file(file);
  auto typed = platform::ask_secret(question);
  if (!typed)
    return fail(ErrorCode::locked,
                std::string("The passphrase is needed: run this at a terminal, or name a file with it in ") +
                    passphrase_variable + ".");
  return crypto::SecretBytes::copy(*typed);
}

Result<crypto::SecretBytes> new_passphrase() {
  auto first = passphrase("New passphrase: ");
  if (!first) return first;
  if (std::getenv(passphrase_variable) != nullptr) return first;
  const auto second = passphrase("The same again: ");
  if (!second) return second.error();
  if (first->view() != second->view()) return fail(ErrorCode::refused, "The two passphrases differ: nothing was made.");
  return first;
}

// What opens one of the slots: tried in turn.
Result<crypto::UnlockedSlots> unlock(const crypto::KeySlots& slots, const std::filesystem::path& home) {
  std::string tried;
  for (const crypto::Slot& slot : slots.slots()) {
    if (slot.kind != SlotKind::file) continue;
    const auto key = crypto::read_key_file(slot.path, home);
    if (!key) {
      tried += key.error().text + " ";
      continue;
    }
    auto opened = slots.open(SlotSecret::file(*key));
    if (opened || opened.error().code == ErrorCode::corrupt) return opened;
    tried += opened.error().text + " ";
  }
  if (!has_kind(slots, SlotKind::passphrase))
    return fail(ErrorCode::locked,
                tried + "No key slot opens: 'satchel key recover' opens the store with the recovery key.");
  auto words = passphrase("Passphrase: ");
  if (!words) return words.error();
  return slots.open(SlotSecret::passphrase(std::move(*words)));
}

Result<> add_slot(crypto::UnlockedSlots& slots, const Invocation& invocation) {
  const std::string kind = text_of(invocation.arguments, "slot", {});
  if (kind == "passphrase") {
    const auto words = new_passphrase();
    if (!words) return words.error();
    const auto added = slots.add_passphrase(*words, "passphrase");
    if (!added) return added.error();
    return {};
  }
  if (kind == "file") {
    const std::string file = text_of(invocation.arguments, "file", {});
    if (file.empty()) return fail(ErrorCode::refused, "--file must name the key file, outside of the home.");
    const auto path = std::filesystem::absolute(file);
    std::error_code ignored;
    crypto::Key key = crypto::Key::random();
    if (std::filesystem::exists(path, ignored)) {
      auto read = crypto::read_key_file(path, invocation.home);
      if (!read) return read.error();
      key = std::move(*read);
    } else if (const auto written = crypto::write_key_file(path, invocation.home, key); !written) {
      return written;
    }
    const auto added = slots.add_file(key, path.string(), "key file");
    if (!added) return added.error();
    return {};
  }
  return fail(ErrorCode::refused,
              "--slot must be passphrase or file; the others come with the platforms that have them.");
}

// Prints it once and asks one group of it back, or writes it to a new file.
Result<> hand_over(const crypto::Key& recovery, const Invocation& invocation) {
  if (const std::string file = text_of(invocation.arguments, "recovery_to", {}); !file.empty())
    return crypto::write_recovery_file(std::filesystem::absolute(file), invocation.home, recovery);
  if (!platform::input_is_terminal())
    return fail(ErrorCode::refused,
                "The recovery key must be kept: run this at a terminal, or say --recovery-to FILE.");
  const auto printed = crypto::print_recovery_key(recovery);
  std::cout << "Recovery key, to be written down and kept away from this computer:\n\n  " << printed.view() << "\n\n";
  const std::size_t group = std::random_device{}() % crypto::recovery_groups + 1;
  std::cout << "Type group " << group << " of it: " << std::flush;
  std::string typed;
  std::getline(std::cin, typed);
  if (crypto::is_recovery_group(recovery, group, typed)) return {};
  return fail(ErrorCode::refused, "That is not this group: nothing was made; begin again.");
}

Result<> init(const Invocation& invocation) {
  if (const auto made = platform::make_private_folder(invocation.home); !made) return made;
  const auto lock = store::HomeLock::take(invocation.home);
  if (!lock) return lock.error();
  if (const auto there = crypto::load_key_slots(invocation.home); there || there.error().code != ErrorCode::not_found)
    return fail(ErrorCode::refused, "This home has a key already: a key is never replaced by another.");
  const std::filesystem::path folder = invocation.home / "store";
  if (store::store_exists(folder))
    return fail(ErrorCode::refused,
                "There is a store but no key slots: put keyslots.json back, its key cannot be made anew.");
  const crypto::Key recovery = crypto::Key::random();
  auto slots = crypto::UnlockedSlots::create(recovery);
  if (const auto added = add_slot(slots, invocation); !added) return added;
  if (const auto given = hand_over(recovery, invocation); !given) return given;
  if (const auto created = crypto::create_key_slots(invocation.home, slots); !created) return created;
  const auto opened = store::open_sealed_store(folder, slots.store_key(), store::Setup::create);
  if (!opened) return opened.error();
  std::cout << "The store key is made.\n";
  return {};
}

Result<> list_slots(const Invocation& invocation) {
  const auto slots = crypto::load_key_slots(invocation.home);
  if (!slots) return slots.error();
  boost::json::array list;
  for (const crypto::Slot& slot : slots->slots())
    list.push_back(boost::json::object{{"id", slot.id}, {"kind", crypto::to_string(slot.kind)}, {"label", slot.label}});
  std::cout << (invocation.json ? as_json(list) : as_text("key slots", list));
  return {};
}

Result<crypto::Key> ask_recovery_key(const Invocation& invocation) {
  if (const std::string file = text_of(invocation.arguments, "recovery_from", {}); !file.empty())
    return crypto::read_recovery_file(file);
  const auto typed = platform::ask_secret("Recovery key: ");
  if (!typed)
    return fail(ErrorCode::locked, "The recovery key is needed: run this at a terminal, or say --recovery-from FILE.");
  return crypto::parse_recovery_key(*typed);
}

Result<> recover(const Invocation& invocation) {
  const auto lock = store::HomeLock::take(invocation.home);
  if (!lock) return lock.error();
  const auto slots = crypto::load_key_slots(invocation.home);
  if (!slots) return slots.error();
  const auto recovery = ask_recovery_key(invocation);
  if (!recovery) return recovery.error();
  auto opened = slots->open(SlotSecret::recovery(*recovery));
  if (!opened && opened.error().code == ErrorCode::corrupt) opened = slots->salvage(SlotSecret::recovery(*recovery));
  if (!opened) return opened.error();
  if (const auto added = add_slot(*opened, invocation); !added) return added;
  if (const auto written = crypto::replace_key_slots(invocation.home, *opened); !written) return written;
  std::cout << "The store opens again, with the new slot.\n";
  return {};
}

Result<> add_or_remove(const Invocation& invocation) {
  const auto lock = store::HomeLock::take(invocation.home);
  if (!lock) return fail(ErrorCode::locked, "Stop 'satchel run' first: " + lock.error().text);
  const auto slots = crypto::load_key_slots(invocation.home);
  if (!slots) return slots.error();
  auto opened = unlock(*slots, invocation.home);
  if (!opened) return opened.error();
  if (invocation.verb == "key add") {
    if (const auto added = add_slot(*opened, invocation); !added) return added;
  } else {
    auto words = passphrase("Passphrase of a slot that stays: ");
    if (!words) return words.error();
    const auto removed =
        opened->remove(text_of(invocation.arguments, "id", {}), SlotSecret::passphrase(std::move(*words)));
    if (!removed) return removed;
  }
  return crypto::replace_key_slots(invocation.home, *opened);
}

Result<> destroy(const Invocation& invocation) {
  const auto lock = store::HomeLock::take(invocation.home);
  if (!lock) return fail(ErrorCode::locked, "Stop 'satchel run' first: " + lock.error().text);
  if (text_of(invocation.arguments, "confirm", {}) != "destroy") {
    if (!platform::input_is_terminal())
      return fail(ErrorCode::refused, "Say --confirm destroy: all mail of this home is lost then.");
    for (const char* question :
         {"All mail of this home will be unreadable for ever. Type 'destroy': ", "Once more: "}) {
      std::cout << question << std::flush;
      std::string typed;
      std::getline(std::cin, typed);
      if (typed != "destroy") return fail(ErrorCode::cancelled, "Nothing was destroyed.");
    }
  }
  return crypto::destroy_key_slots(invocation.home);
}

}  // namespace

Result<> perform_key_verb(const Invocation& invocation) {
  if (invocation.verb == "key init") return init(invocation);
  if (invocation.verb == "key slots") return list_slots(invocation);
  if (invocation.verb == "key recover") return recover(invocation);
  if (invocation.verb == "key destroy") return destroy(invocation);
  return add_or_remove(invocation);
}

Result<crypto::Key> open_store_key(const std::filesystem::path& home) {
  const auto slots = crypto::load_key_slots(home);
  if (!slots && slots.error().code == ErrorCode::not_found)
    return fail(ErrorCode::not_found, "This home has no key yet: make one with 'satchel key init'.");
  if (!slots) return slots.error();
  const auto opened = unlock(*slots, home);
  if (!opened) return opened.error();
  return opened->store_key().clone();
}

}  // namespace satchel::app
