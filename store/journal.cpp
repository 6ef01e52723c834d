#include <algorithm>

#include "store/operation.hpp"

namespace satchel::store {
namespace {

void add_to(std::unordered_map<MessageRef, std::vector<OperationId>>& index, MessageRef ref, OperationId id) {
  if (ref) index[ref].push_back(id);
}

void remove_from(std::unordered_map<MessageRef, std::vector<OperationId>>& index, MessageRef ref, OperationId id) {
  const auto found = index.find(ref);
  if (found == index.end()) return;
  std::erase(found->second, id);
  if (found->second.empty()) index.erase(found);
}

}  // namespace

const Operation* Journal::find(OperationId id) const {
  const auto found = operations_.find(id);
  return found == operations_.end() ? nullptr : &found->second;
}

void Journal::put(const Operation& operation) {
  erase(operation.id);
  operations_[operation.id] = operation;
  by_order_[operation.order] = operation.id;
  add_to(by_message_, operation.source, operation.id);
  if (operation.target != operation.source) add_to(by_message_, operation.target, operation.id);
}

bool Journal::erase(OperationId id) {
  const auto found = operations_.find(id);
  if (found == operations_.end()) return false;
  by_order_.erase(found->second.order);
  remove_from(by_message_, found->second.source, id);
  remove_from(by_message_, found->second.target, id);
  operations_.erase(found);
  return true;
}

std::vector<const Operation*> Journal::of(MessageRef ref) const {
  std::vector<const Operation*> found;
  if (const auto ids = by_message_.find(ref); ids != by_message_.end())
    for (const OperationId id : ids->second) found.push_back(&operations_.at(id));
  std::sort(found.begin(), found.end(), [](const auto* a, const auto* b) { return a->order < b->order; });
  return found;
}

}  // namespace satchel::store
