// A disk for tests that forgets what was not synced (forgetful_files.hpp): a file system over FUSE.
//
//   forgetful_disk FOLDER     serves there until its standard input ends; prints "ready", then takes lines:
//     cut SEED                the power fails: what was not synced is gone, or part of it (SEED not 0); "lost PAGES
//     NAMES" fail AFTER COUNT        after so many syncs that work so many fail with EIO; "ok" failed how many failed
//     since; "failed N" keep                    all is synced, as by sync(1); "ok"
//
// Whoever has a file open is to be killed before a cut. Nothing is cached by the kernel, no file has two names.
#define FUSE_USE_VERSION 31
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <iostream>
#include <mutex>
#include <sstream>
#include <thread>

#include "tests/support/forgetful_files.hpp"

namespace {

using namespace forgetful;

struct Disk {
  std::mutex mutex;
  NodePtr root = std::make_shared<Node>();
  std::uint64_t syncs_before_failure = 0;
  std::uint64_t failures_left = 0;
  std::uint64_t failed = 0;
  struct fuse* fuse = nullptr;
};

Disk disk;

NodePtr make_node(bool folder, mode_t mode) {
  auto node = std::make_shared<Node>();
  node->folder = folder;
  node->mode = mode & 07777;
  node->user = getuid();
  node->group = getgid();
  node->changed = std::time(nullptr);
  return node;
}

NodePtr find(std::string_view path) {
  NodePtr node = disk.root;
  while (node && !path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end == 0) break;
    const auto entry = node->names.find(std::string(path.substr(0, end)));
    node = entry == node->names.end() ? nullptr : entry->second;
    path.remove_prefix(end);
  }
  return node;
}

// The folder that a path is in, and the name there.
std::pair<NodePtr, std::string> place(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return {find(path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

NodePtr& handle(struct fuse_file_info* info) {
  return *reinterpret_cast<NodePtr*>(info->fh);
}

NodePtr node_of(const char* path, struct fuse_file_info* info) {
  return info != nullptr && info->fh != 0 ? handle(info) : find(path);
}

void keep_open(struct fuse_file_info* info, NodePtr node) {
  info->fh = reinterpret_cast<std::uint64_t>(new NodePtr(std::move(node)));
  info->direct_io = 1;
}

int sync_node(const NodePtr& node) {
  if (!node) return -ENOENT;
  Sync outcome = Sync::done;
  if (disk.failures_left > 0 && disk.syncs_before_failure > 0) {
    --disk.syncs_before_failure;
  } else if (disk.failures_left > 0) {
    --disk.failures_left;
    ++disk.failed;
    outcome = Sync::failed;
  }
  sync(*node, outcome);
  return outcome == Sync::done ? 0 : -EIO;
}

void* on_init(struct fuse_conn_info*, struct fuse_config* config) {
  config->nullpath_ok = 1;
  config->hard_remove = 1;
  config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
  std::cout << "ready" << std::endl;
  return nullptr;
}

int on_getattr(const char* path, struct stat* out, struct fuse_file_info* info) {
  const std::lock_guard lock(disk.mutex);
  const NodePtr node = node_of(path, info);
  if (!node) return -ENOENT;
  std::memset(out, 0, sizeof *out);
  out->st_mode = (node->folder ? S_IFDIR : S_IFREG) | node->mode;
  out->st_nlink = node->folder ? 2 : 1;
  out->st_uid = node->user;
  out->st_gid = node->group;
  out->st_size = off_t(node->now.size());
  out->st_blocks = off_t(node->now.size() + 511) / 512;
  out->st_mtim.tv_sec = out->st_ctim.tv_sec = out->st_atim.tv_sec = node->changed;
  return 0;
}

int make(const char* path, NodePtr node) {
  const auto [folder, name] = place(path);
  if (!folder) return -ENOENT;
  if (folder->names.contains(name)) return -EEXIST;
  rename(*folder, {{name, std::move(node)}});
  return 0;
}

int on_mkdir(const char* path, mode_t mode) {
  const std::lock_guard lock(disk.mutex);
  return make(path, make_node(true, mode));
}

int on_create(const char* path, mode_t mode, struct fuse_file_info* info) {
  const std::lock_guard lock(disk.mutex);
  const NodePtr node = make_node(false, mode);
  const int made = make(path, node);
  if (made == 0) keep_open(info, node);
  return made;
}

int on_open(const char* path, struct fuse_file_info* info) {
  const std::lock_guard lock(disk.mutex);
  const NodePtr node = find(path);
  if (!node) return -ENOENT;
  if (!node->folder && (info->flags & O_TRUNC) != 0) resize(*node, 0);
  keep_open(info, node);
  return 0;
}

int on_opendir(const char* path, struct fuse_file_info* info) {
  const int opened = on_open(path, info);
  info->direct_io = 0;
  return opened;
}

int on_release(const char*, struct fuse_file_info* info) {
  const std::lock_guard lock(disk.mutex);
  delete &handle(info);
  return 0;
}

int on_read(const char*, char* out, std::size_t size, off_t offset, struct fuse_file_info* info) {
  const std::lock_guard lock(disk.mutex);
  const std::string& bytes = handle(info)->now;
  if (std::size_t(offset) >= bytes.size()) return 0;
  return int(bytes.copy(out, size, std::size_t(offset)));
}

int on_write(const char*, const char* bytes, std::size_t size, off_t offset, struct fuse_file_info* info) {
  const std::lock_guard lock(disk.mutex);
  Node& file = *handle(info);
  write(file, {bytes, size}, (info->flags & O_APPEND) != 0 ? file.now.size() : std::size_t(offset));
  file.changed = std::time(nullptr);
  return int(size);
}

int on_truncate(const char* path, off_t size, struct fuse_file_info* info) {
  const std::lock_guard lock(disk.mutex);
  const NodePtr node = node_of(path, info);
  if (!node) return -ENOENT;
  resize(*node, std::size_t(size));
  return 0;
}

int on_fsync(const char* path, int, struct fuse_file_info* info) {
  const std::lock_guard lock(disk.mutex);
  return sync_node(node_of(path, info));
}

int remove(const char* path, bool folder_wanted) {
  const std::lock_guard lock(disk.mutex);
  const NodePtr node = find(path);
  if (!node) return -ENOENT;
  if (node->folder != folder_wanted) return folder_wanted ? -ENOTDIR : -EISDIR;
  if (!node->names.empty()) return -ENOTEMPTY;
  const auto [folder, name] = place(path);
  rename(*folder, {{name, nullptr}});
  return 0;
}
int on_unlink(const char* path) {
  return remove(path, false);
}
int on_rmdir(const char* path) {
  return remove(path, true);
}

int on_rename(const char* from, const char* to, unsigned int flags) {
  const std::lock_guard lock(disk.mutex);
  const NodePtr node = find(from);
  const auto [folder, name] = place(from);
  const auto [target, new_name] = place(to);
  if (!node || !target) return -ENOENT;
  if (target != folder) return -EXDEV;
  if (flags != 0) return -EINVAL;
  rename(*folder, {{name, nullptr}, {new_name, node}});
  return 0;
}

int on_readdir(const char* path, void* buffer, fuse_fill_dir_t fill, off_t, struct fuse_file_info* info,
               enum fuse_readdir_flags) {
  const std::lock_guard lock(disk.mutex);
  const NodePtr node = node_of(path, info);
  if (!node) return -ENOENT;
  for (const char* name : {".", ".."}) fill(buffer, name, nullptr, 0, fuse_fill_dir_flags(0));
  for (const auto& [name, entry] : node->names) fill(buffer, name.c_str(), nullptr, 0, fuse_fill_dir_flags(0));
  return 0;
}

int on_chmod(const char* path, mode_t mode, struct fuse_file_info* info) {
  const std::lock_guard lock(disk.mutex);
  const NodePtr node = node_of(path, info);
  if (!node) return -ENOENT;
  node->mode = mode & 07777;
  return 0;
}

int on_chown(const char* path, uid_t user, gid_t group, struct fuse_file_info* info) {
  const std::lock_guard lock(disk.mutex);
  const NodePtr node = node_of(path, info);
  if (!node) return -ENOENT;
  if (user != uid_t(-1)) node->user = user;
  if (group != gid_t(-1)) node->group = group;
  return 0;
}

int on_utimens(const char* path, const struct timespec times[2], struct fuse_file_info* info) {
  const std::lock_guard lock(disk.mutex);
  const NodePtr node = node_of(path, info);
  if (!node) return -ENOENT;
  node->changed = times[1].tv_nsec == UTIME_NOW ? std::time(nullptr) : times[1].tv_sec;
  return 0;
}

int on_statfs(const char*, struct statvfs* out) {
  std::memset(out, 0, sizeof *out);
  out->f_bsize = out->f_frsize = page_size;
  out->f_blocks = out->f_bfree = out->f_bavail = 1 << 20;
  out->f_namemax = 255;
  return 0;
}

int on_fallocate(const char*, int, off_t, off_t, struct fuse_file_info*) {
  return -EOPNOTSUPP;
}

std::string perform(const std::string& line) {
  const std::lock_guard lock(disk.mutex);
  std::istringstream words(line);
  std::string word;
  std::uint64_t first = 0, second = 0;
  words >> word >> first >> second;
  if (word == "cut") {
    std::mt19937_64 chance(first);
    const Lost lost = cut(*disk.root, first == 0 ? nullptr : &chance);
    return "lost " + std::to_string(lost.pages) + " " + std::to_string(lost.names);
  }
  if (word == "failed") return "failed " + std::to_string(disk.failed);
  if (word == "keep") {
    sync_everything(*disk.root);
    return "ok";
  }
  if (word != "fail") return "what?";
  disk.syncs_before_failure = first;
  disk.failures_left = second;
  disk.failed = 0;
  return "ok";
}

void take_commands() {
  std::string line;
  while (std::getline(std::cin, line)) std::cout << perform(line) << std::endl;
  fuse_unmount(disk.fuse);
}

struct fuse_operations operations() {
  struct fuse_operations all = {};
  all.init = on_init;
  all.getattr = on_getattr;
  all.mkdir = on_mkdir;
  all.create = on_create;
  all.open = on_open;
  all.opendir = on_opendir;
  all.release = all.releasedir = on_release;
  all.read = on_read;
  all.write = on_write;
  all.truncate = on_truncate;
  all.fsync = all.fsyncdir = on_fsync;
  all.unlink = on_unlink;
  all.rmdir = on_rmdir;
  all.rename = on_rename;
  all.readdir = on_readdir;
  all.chmod = on_chmod;
  all.chown = on_chown;
  all.utimens = on_utimens;
  all.statfs = on_statfs;
  all.fallocate = on_fallocate;
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: forgetful_disk FOLDER\n";
    return 2;
  }
  disk.root = make_node(true, 0755);
  std::string name = argv[0], options = "-odefault_permissions,fsname=forgetful";
  char* arguments[] = {name.data(), options.data()};
  struct fuse_args args = FUSE_ARGS_INIT(2, arguments);
  const struct fuse_operations all = operations();
  disk.fuse = fuse_new(&args, &all, sizeof all, nullptr);
  if (disk.fuse == nullptr || fuse_mount(disk.fuse, argv[1]) != 0) return 1;
  std::thread commands(take_commands);
  fuse_loop(disk.fuse);
  commands.join();
  fuse_destroy(disk.fuse);
  return 0;
}
