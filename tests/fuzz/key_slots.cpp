// links: satchel_crypto
// The parser of keyslots.json (crypto/FORMAT.md section 7): the text as it is, and a whole one after edits.
#include "crypto/key_slots.hpp"

#include "sealed_edits.hpp"

using namespace satchel::crypto;

namespace {

struct Whole {
  UnlockedSlots slots = UnlockedSlots::create(fuzz_key());
  std::string text;

  Whole() {
    require(slots.add_file(fuzz_key(), "/media/key", "stick").has_value());
    require(slots.add_passphrase(SecretBytes::copy("p"), "laptop", {1, PassphraseCost::min_memory}).has_value());
    text = slots.serialize().value();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Whole whole;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const SlotSecret recovery = SlotSecret::recovery(fuzz_key());
  if (auto parsed = KeySlots::parse(input)) {
    require(!parsed->slots().empty() && parsed->slots().size() <= max_slots);
    for (const Slot& slot : parsed->slots()) require(slot.cost.allowed());
    (void)parsed->open(recovery);
    (void)parsed->open(SlotSecret::file(fuzz_key()));
  }
  const std::string text = Edits(input).applied_to(whole.text);
  auto parsed = KeySlots::parse(text);
  if (!parsed) return 0;
  auto opened = parsed->open(recovery);
  if (opened) require(text == whole.text && equal(opened->store_key(), whole.slots.store_key()));
  return 0;
}
