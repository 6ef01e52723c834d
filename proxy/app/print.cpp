#include "proxy/app/print.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <functional>
#include <map>

namespace satchel::app {
namespace {

namespace json = boost::json;

std::string word(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_null()) return "-";
  return json::serialize(value);
}

std::string field(const json::object& object, const char* key) {
  const auto* value = object.if_contains(key);
  return value == nullptr ? std::string() : word(*value);
}

std::string bytes_text(const json::value& value) {
  double size = value.to_number<double>();
  const char* units[] = {"bytes", "KB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < std::size(units)) {
    size /= 1024;
    ++unit;
  }
  char text[64];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", size, units[unit]);
  return text;
}

std::string status_text(const json::value& answer) {
  const auto& object = answer.as_object();
  std::string out = "satchel " + field(object, "version");
  const auto& imap = object.at("imap").as_object();
  if (object.at("running").as_bool())
    out += "  imap " + field(imap, "port") + ", TLS " + field(imap, "tls_port") + "  web " +
           field(object.at("web").as_object(), "port");
  out += "\n";
  for (const auto& entry : object.at("accounts").as_array()) {
    const auto& account = entry.as_object();
    out += "\n" + field(account, "email") + "  " + field(account, "state");
    out += account.at("in_sync").as_bool() ? ", in step" : "";
    out += "\n  " + field(account, "detail") + "\n  " + field(account, "mailboxes") + " mailboxes, " +
           field(account, "messages") + " messages, " + field(account, "contents_missing") + " contents missing\n  " +
           field(account, "operations_pending") + " operations pending, " + field(account, "operations_parked") +
           " parked; last pull " + field(account, "last_pull") + "\n";
    for (const char* key : {"notes", "attention"})
      for (const auto& sentence : account.at(key).as_array()) out += "  " + word(sentence) + "\n";
  }
  const auto& store = object.at("store").as_object();
  out +=
      "\nstore " + bytes_text(store.at("bytes")) + " for " + bytes_text(store.at("messages_bytes")) + " of messages\n";
  return out;
}

std::string list_of(const json::value& answer, const std::function<std::string(const json::object&)>& line,
                    const char* nothing) {
  if (answer.as_array().empty()) return std::string(nothing) + "\n";
  std::string out;
  for (const auto& entry : answer.as_array()) out += line(entry.as_object()) + "\n";
  return out;
}

std::string account_text(const json::value& answer) {
  const auto& account = answer.as_object();
  std::string out = "host " + field(account, "host") + "\nport " + field(account, "port") + " (STARTTLS or plain), " +
                    field(account, "tls_port") + " (TLS)\nuser " + field(account, "user") + "\n";
  for (const auto& entry : account.at("clients").as_array())
    out += "password " + field(entry.as_object(), "password") + " (client " + field(entry.as_object(), "name") + ")\n";
  return out;
}

std::string operations_text(const json::value& answer) {
  const auto line = [](const json::object& operation) {
    std::string out = field(operation, "id") + "  " + field(operation, "state") + "  " + field(operation, "operation");
    for (const char* key : {"from", "to"})
      if (const auto* place = operation.if_contains(key))
        out += std::string("  ") + key + " " + field(place->as_object(), "mailbox") + " UID " +
               field(place->as_object(), "uid");
    for (const char* key : {"mailbox", "name", "flags", "why", "waits"})
      if (operation.contains(key)) out += "  " + field(operation, key);
    return out;
  };
  return list_of(answer, line, "Everything is upstream.");
}

std::string check_text(const json::object& check) {
  return std::string(check.at("good").as_bool() ? "good  " : "BAD   ") + field(check, "check") + ": " +
         field(check, "detail");
}

using Printer = std::function<std::string(const json::value&)>;

Printer list_printer(std::vector<const char*> keys, const char* nothing) {
  return [keys, nothing](const json::value& answer) {
    const auto line = [&keys](const json::object& object) {
      std::string out;
      for (const char* key : keys) out += (out.empty() ? "" : "  ") + field(object, key);
      return out;
    };
    return list_of(answer, line, nothing);
  };
}

const std::map<std::string, Printer>& printers() {
  static const std::map<std::string, Printer> all = {
      {"status", status_text},
      {"account add", account_text},
      {"account show", account_text},
      {"account list", list_printer({"id", "name", "email", "host", "port", "security"}, "There is no account yet.")},
      {"client list", list_printer({"name"}, "There is no client.")},
      {"client add",
       [](const json::value& answer) {
         return "user " + field(answer.as_object(), "user") + "\npassword " + field(answer.as_object(), "password") +
                "\n";
       }},
      {"client-setup", [](const json::value& answer) { return field(answer.as_object(), "text"); }},
      {"journal list", operations_text},
      {"guard list", list_printer({"id", "account", "mailbox", "messages"}, "Nothing is held.")},
      {"rescued list", list_printer({"id", "mailbox", "date", "from", "subject"}, "Nothing was rescued.")},
      {"key slots", list_printer({"id", "kind", "created"}, "There is no key slot.")},
      {"doctor", [](const json::value& answer) { return list_of(answer, check_text, "Nothing to check."); }},
      {"sync", [](const json::value&) { return std::string("In step.\n"); }},
  };
  return all;
}

void indent(const json::value& value, const std::string& space, std::string& out) {
  if (value.is_object() && !value.get_object().empty()) {
    const char* separator = "{\n";
    for (const auto& entry : value.get_object()) {
      out += separator + space + "  " + json::serialize(json::value(entry.key())) + ": ";
      indent(entry.value(), space + "  ", out);
      separator = ",\n";
    }
    out += "\n" + space + "}";
  } else if (value.is_array() && !value.get_array().empty()) {
    const char* separator = "[\n";
    for (const auto& entry : value.get_array()) {
      out += separator + space + "  ";
      indent(entry, space + "  ", out);
      separator = ",\n";
    }
    out += "\n" + space + "]";
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::string as_text(const std::string& verb, const json::value& answer) {
  const auto found = printers().find(verb);
  if (found != printers().end()) return found->second(answer);
  std::string out;
  if (answer.is_object())
    for (const auto& entry : answer.get_object()) out += std::string(entry.key()) + " " + word(entry.value()) + "\n";
  return out;
}

std::string as_json(const json::value& answer) {
  std::string out;
  indent(answer, "", out);
  return out + "\n";
}

}  // namespace satchel::app
