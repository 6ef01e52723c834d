// Random client actions against a naive model, with reopenings and power cuts in between.
#include <map>
#include <random>
#include <set>

#include "world.hpp"

namespace satchel::store {
namespace {

struct NaiveMessage {
  std::set<std::string> flags;
  std::string bytes;
};
struct NaiveMailbox {
  std::uint32_t uid_next = 1;
  std::map<std::uint32_t, NaiveMessage> messages;
};
using Naive = std::map<std::string, NaiveMailbox>;

const std::vector<std::string> some_flags{"\\Seen", "\\Deleted", "\\Flagged", "Work", "$Junk"};

class RandomActions {
 public:
  explicit RandomActions(std::uint64_t seed) : random_{seed}, world_(256 * 1024) { model_["INBOX"]; }

  void run(int steps) {
    for (int step = 0; step < steps && !::testing::Test::HasFailure(); ++step) {
      act();
      compare();
    }
    expect_consistent(world_);
  }

 private:
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }

  std::string any_mailbox() {
    auto at = model_.begin();
    std::advance(at, std::ptrdiff_t(pick(model_.size())));
    return at->first;
  }
  std::vector<Uid> some_uids(const std::string& name) {
    std::vector<Uid> uids;
    for (const auto& [uid, message] : model_[name].messages)
      if (pick(3) == 0) uids.push_back(Uid{uid});
    uids.push_back(Uid{model_[name].uid_next + 5});
    return uids;
  }
  MailboxId id(const std::string& name) { return world_.mailbox(name).id; }

  void act() {
    switch (pick(12)) {
      case 0:
      case 1:
      case 2:
        return append_one();
      case 3:
      case 4:
        return change_flags();
      case 5:
        return transfer(pick(2) == 0 ? OperationKind::copy : OperationKind::move);
      case 6:
        return transfer(OperationKind::move);
      case 7:
        return expunge_some();
      case 8:
        return create_one();
      case 9:
        return pick(3) == 0 ? delete_one() : create_one();
      case 10:
        return rename_one();
      default:
        return begin_again();
    }
  }

  void append_one() {
    const std::string name = any_mailbox();
    const std::string bytes = mail(std::to_string(pick(20)), pick(3000));
    FlagSet flags;
    NaiveMessage message{{}, bytes};
    for (const std::string& flag : some_flags)
      if (pick(4) == 0) {
        flags.add(flag);
        message.flags.insert(flag);
      }
    const Uid uid = world_.append(name, bytes, flags);
    NaiveMailbox& mailbox = model_[name];
    EXPECT_EQ(uid.value, mailbox.uid_next++);
    mailbox.messages[uid.value] = message;
  }

  void change_flags() {
    const std::string name = any_mailbox();
    const std::vector<Uid> uids = some_uids(name);
    const auto change = FlagChange(pick(3));
    const std::string flag = some_flags[pick(some_flags.size())];
    world_.must(
        [&](Transaction& tx) { ASSERT_TRUE(store_flags(tx, id(name), uids, change, flag_set({flag}), std::nullopt)); });
    for (const Uid uid : uids) {
      const auto found = model_[name].messages.find(uid.value);
      if (found == model_[name].messages.end()) continue;
      if (change == FlagChange::replace) found->second.flags.clear();
      if (change == FlagChange::remove)
        found->second.flags.erase(flag);
      else
        found->second.flags.insert(flag);
    }
  }

  void transfer(OperationKind kind) {
    const std::string from = any_mailbox();
    const std::string to = any_mailbox();
    const std::vector<Uid> uids = some_uids(from);
    UidPairs pairs;
    world_.must([&](Transaction& tx) {
      pairs = kind == OperationKind::copy ? *copy(tx, id(from), uids, id(to)) : *move(tx, id(from), uids, id(to));
    });
    std::size_t expected = 0;
    for (const Uid uid : uids) expected += model_[from].messages.contains(uid.value) ? 1 : 0;
    EXPECT_EQ(pairs.size(), expected);
    for (const auto& [source, target] : pairs) {
      EXPECT_EQ(target.value, model_[to].uid_next++);
      model_[to].messages[target.value] = model_[from].messages[source.value];
      if (kind == OperationKind::move) model_[from].messages.erase(source.value);
    }
  }

  void expunge_some() {
    const std::string name = any_mailbox();
    const std::vector<Uid> uids = some_uids(name);
    world_.must([&](Transaction& tx) { ASSERT_TRUE(expunge(tx, id(name), uids)); });
    for (const Uid uid : uids) {
      const auto found = model_[name].messages.find(uid.value);
      if (found != model_[name].messages.end() && found->second.flags.contains("\\Deleted"))
        model_[name].messages.erase(found);
    }
  }

  std::string new_name() {
    std::string name = "box" + std::to_string(pick(6));
    for (std::uint64_t depth = pick(3); depth > 0; --depth) name += "/box" + std::to_string(pick(3));
    return name;
  }
  void naive_parents(const std::string& name) {
    for (std::size_t at = name.find('/'); at != std::string::npos; at = name.find('/', at + 1))
      model_[name.substr(0, at)];
  }

  void create_one() {
    const std::string name = new_name();
    const auto done = world_.change([&](Transaction& tx) -> Result<> {
      const auto made = create_mailbox(tx, name, SpecialUse::none);
      return made ? Result<>() : Result<>(made.error());
    });
    EXPECT_EQ(bool(done), !model_.contains(name));
    if (!done) return;
    naive_parents(name);
    model_[name];
  }

  void delete_one() {
    const std::string name = any_mailbox();
    const auto done = world_.change([&](Transaction& tx) { return delete_mailbox(tx, name); });
    EXPECT_EQ(bool(done), name != "INBOX");
    if (done) model_.erase(name);
  }

  void rename_one() {
    const std::string from = any_mailbox();
    const std::string to = new_name();
    if (from == "INBOX") return;
    std::map<std::string, NaiveMailbox> moved;
    for (const auto& [name, mailbox] : model_)
      if (name == from || name.starts_with(from + "/")) moved[to + name.substr(from.size())] = mailbox;
    bool possible = to != from && !to.starts_with(from + "/");
    for (const auto& [name, mailbox] : moved) {
      const bool in_tree = name == from || name.starts_with(from + "/");
      possible = possible && (in_tree || !model_.contains(name));
    }
    const auto done = world_.change([&](Transaction& tx) { return rename_mailbox(tx, from, to); });
    EXPECT_EQ(bool(done), possible) << from << " to " << to;
    if (!done) return;
    std::erase_if(model_, [&](const auto& one) { return one.first == from || one.first.starts_with(from + "/"); });
    naive_parents(to);
    for (auto& [name, mailbox] : moved) model_[name] = std::move(mailbox);
  }

  void begin_again() {
    switch (pick(3)) {
      case 0:
        world_.close();
        return world_.open();
      case 1:
        return world_.crash(random_());
      default:
        EXPECT_TRUE(world_.wait(world_.store().sweep(0)));
    }
  }

  void compare() {
    std::set<std::string> names;
    for (const MailboxPtr& mailbox : world_.view().mailboxes)
      if (mailbox->live()) names.insert(mailbox->name);
    std::set<std::string> expected;
    for (const auto& [name, mailbox] : model_) expected.insert(name);
    ASSERT_EQ(names, expected);
    for (const auto& [name, naive] : model_) compare_one(world_.mailbox(name), naive);
  }

  void compare_one(const Mailbox& mailbox, const NaiveMailbox& naive) {
    ASSERT_EQ(mailbox.exists, naive.messages.size());
    ASSERT_EQ(mailbox.uid_next.value, naive.uid_next);
    std::uint32_t unseen = 0, deleted = 0;
    std::uint64_t size = 0;
    for (const auto& [uid, message] : naive.messages) {
      const Message* found = mailbox.messages.find(Uid{uid});
      ASSERT_NE(found, nullptr);
      const auto flags = (*world_.view().flags)[found->effective].names();
      ASSERT_EQ(std::set<std::string>(flags.begin(), flags.end()), message.flags);
      ASSERT_EQ(found->here.size, message.bytes.size());
      unseen += message.flags.contains("\\Seen") ? 0 : 1;
      deleted += message.flags.contains("\\Deleted") ? 1 : 0;
      size += message.bytes.size();
    }
    ASSERT_EQ(mailbox.unseen, unseen);
    ASSERT_EQ(mailbox.deleted, deleted);
    ASSERT_EQ(mailbox.size, size);
    if (naive.messages.empty()) return;
    const auto& [uid, message] = *naive.messages.begin();
    ASSERT_EQ(*world_.read(mailbox.messages.find(Uid{uid})->content), message.bytes);
  }

  std::mt19937_64 random_;
  World world_;
  Naive model_;
};

TEST(RandomActions, TheReplicaIsWhatANaiveOneWouldBe) {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomActions(seed).run(150);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace satchel::store
