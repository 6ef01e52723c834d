#include "crypto/key_slots_json.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <initializer_list>

#include "crypto/hex.hpp"
#include "crypto/key_slots.hpp"
#include "crypto/sealed_value.hpp"

namespace satchel::crypto {

namespace {

namespace json = boost::json;

constexpr std::string_view format_name = "satchel-key-slots";
constexpr std::int64_t format_version = 1;
constexpr std::size_t tag_bytes = 32;
constexpr std::size_t sealed_key_size = Key::size + value_overhead;
constexpr std::string_view tag_open = "  \"tag\": \"";
constexpr std::string_view tag_close = "\"\n}\n";
constexpr std::size_t tag_line_size = tag_open.size() + 2 * tag_bytes + tag_close.size();
static_assert(tag_line_size == 78);

Error wrong(std::string_view what) {
  return fail(ErrorCode::corrupt, "keyslots.json is damaged or was altered: " + std::string(what) + ".");
}

// The members of an object, each asked for once; finish() tells whether there were others, and whether all fitted.
class Members {
 public:
  explicit Members(const json::object& object) : object_(object) {}

  std::string text(std::string_view name, std::size_t longest) {
    const json::value* value = take(name);
    if (value == nullptr || !value->is_string() || value->get_string().size() > longest) return failed();
    return std::string(value->get_string());
  }

  std::string bytes(std::string_view name, std::size_t size) {
    auto decoded = from_hex(text(name, 2 * size));
    if (!decoded || decoded->size() != size) return failed();
    return std::move(*decoded);
  }

  std::uint64_t number(std::string_view name, std::uint64_t most) {
    const json::value* value = take(name);
    const bool fits = value != nullptr && value->is_int64() && value->get_int64() >= 0 &&
                      static_cast<std::uint64_t>(value->get_int64()) <= most;
    if (!fits) return failed(), 0;
    return static_cast<std::uint64_t>(value->get_int64());
  }

  const json::array* array(std::string_view name) {
    const json::value* value = take(name);
    if (value == nullptr || !value->is_array()) return failed(), nullptr;
    return &value->get_array();
  }

  bool all_fit() const { return fit_ && taken_ == object_.size(); }

 private:
  const json::value* take(std::string_view name) {
    ++taken_;
    return object_.if_contains(json::string_view(name.data(), name.size()));
  }
  std::string failed() {
    fit_ = false;
    return {};
  }

  const json::object& object_;
  std::size_t taken_ = 0;
  bool fit_ = true;
};

bool is_slot_id(std::string_view id) {
  return id.size() == 2 * slot_id_size && from_hex(id).has_value();
}

// A slot of a kind that has no code here: kept as it stands.
Result<Slot> kept_slot(const json::object& object, SlotKind kind) {
  Slot slot;
  slot.kind = kind;
  slot.kept = json::serialize(object);
  const json::value* id = object.if_contains("id");
  if (id == nullptr || !id->is_string() || !is_slot_id(std::string_view(id->get_string())))
    return wrong("a slot has no id");
  slot.id = std::string(id->get_string());
  const json::value* label = object.if_contains("label");
  if (label != nullptr && label->is_string()) slot.label = std::string(label->get_string());
  return slot;
}

Result<Slot> slot_of(const json::value& value) {
  if (!value.is_object()) return wrong("a slot is not an object");
  const json::object& object = value.get_object();
  const json::value* name = object.if_contains("kind");
  if (name == nullptr || !name->is_string()) return wrong("a slot has no kind");
  const SlotKind kind = slot_kind_of(std::string_view(name->get_string()));
  if (kind != SlotKind::passphrase && kind != SlotKind::file && kind != SlotKind::recovery)
    return kept_slot(object, kind);

  Members members(object);
  Slot slot;
  slot.kind = kind;
  members.text("kind", max_label);
  slot.id = members.text("id", 2 * slot_id_size);
  slot.label = members.text("label", max_label);
  slot.sealed = members.bytes("sealed", sealed_key_size);
  if (kind == SlotKind::file) slot.path = members.text("path", max_path);
  if (kind == SlotKind::passphrase) {
    slot.cost.operations = static_cast<std::uint32_t>(members.number("ops", PassphraseCost::max_operations));
    slot.cost.memory = members.number("memory", PassphraseCost::max_memory);
    slot.salt = members.bytes("salt", slot_salt_size);
  }
  if (!members.all_fit() || !is_slot_id(slot.id) || !slot.cost.allowed())
    return wrong("a slot has members that are not allowed");
  return slot;
}

Result<std::vector<Slot>> slots_of(const json::array& array) {
  if (array.empty() || array.size() > max_slots) return wrong("it must have 1 to 32 slots");
  std::vector<Slot> slots;
  for (const json::value& value : array) {
    auto slot = slot_of(value);
    if (!slot) return slot.error();
    const bool twice = std::any_of(slots.begin(), slots.end(), [&](const Slot& other) { return other.id == slot->id; });
    if (twice) return wrong("two slots have the same id");
    slots.push_back(std::move(*slot));
  }
  return slots;
}

json::object object_of(const Slot& slot) {
  json::object object;
  object["id"] = slot.id;
  object["kind"] = to_string(slot.kind);
  object["label"] = slot.label;
  if (slot.kind == SlotKind::passphrase) {
    object["ops"] = static_cast<std::int64_t>(slot.cost.operations);
    object["memory"] = static_cast<std::int64_t>(slot.cost.memory);
    object["salt"] = to_hex(slot.salt);
  }
  if (slot.kind == SlotKind::file) object["path"] = slot.path;
  object["sealed"] = to_hex(slot.sealed);
  return object;
}

}  // namespace

Result<SlotFile> parse_slot_file(std::string_view text) {
  if (text.size() > max_slot_file) return wrong("it is too big");
  if (text.size() < tag_line_size || !text.ends_with(tag_close)) return wrong("its end is missing");
  const std::string_view tag_line = text.substr(text.size() - tag_line_size);
  if (!tag_line.starts_with(tag_open)) return wrong("its tag is not where it belongs");

  json::parse_options options;
  options.max_depth = 8;
  json::error_code error;
  const json::value root = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  if (error || !root.is_object()) return wrong("it is no JSON object");

  SlotFile file;
  Members members(root.get_object());
  if (members.text("format", format_name.size()) != format_name) return wrong("it is no file of key slots");
  if (members.number("version", INT64_MAX) != format_version)
    return wrong("it is of a version that this program does not know");
  file.place.store_id = members.bytes("store_id", store_id_size);
  file.place.epoch = static_cast<std::uint32_t>(members.number("epoch", UINT32_MAX));
  file.tag = members.bytes("tag", tag_bytes);
  const json::array* array = members.array("slots");
  if (!members.all_fit() || file.place.epoch == 0) return wrong("it has members that are not allowed");
  if (to_hex(file.tag) != tag_line.substr(tag_open.size(), 2 * tag_bytes)) return wrong("it has two tags");
  auto slots = slots_of(*array);
  if (!slots) return slots.error();
  file.slots = std::move(*slots);
  file.authenticated = text.substr(0, text.size() - tag_line_size);
  return file;
}

std::string print_authenticated_part(const SlotPlace& place, const std::vector<Slot>& slots) {
  std::string text = "{\n  \"format\": \"" + std::string(format_name) + "\",\n";
  text += "  \"version\": " + std::to_string(format_version) + ",\n";
  text += "  \"store_id\": \"" + to_hex(place.store_id) + "\",\n";
  text += "  \"epoch\": " + std::to_string(place.epoch) + ",\n  \"slots\": [";
  const char* before = "\n    ";
  for (const Slot& slot : slots) {
    text += before + (slot.kept.empty() ? json::serialize(object_of(slot)) : slot.kept);
    before = ",\n    ";
  }
  return text + "\n  ],\n";
}

std::string print_tag_line(std::string_view tag) {
  return std::string(tag_open) + to_hex(tag) + std::string(tag_close);
}

}  // namespace satchel::crypto
