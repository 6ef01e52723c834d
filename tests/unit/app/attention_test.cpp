#include "proxy/app/attention.hpp"

#include <gtest/gtest.h>

namespace satchel::app {
namespace {

store::Operation subscribe(std::uint64_t id, store::OperationState state, const char* why) {
  store::Operation operation;
  operation.id = store::OperationId{id};
  operation.order = id << 16;
  operation.kind = store::OperationKind::subscribe;
  operation.name = "Work";
  operation.state = state;
  operation.why = why;
  return operation;
}

TEST(Attention, WhatDoesNotGetThroughIsToldBesideWhatIsParked) {
  store::AccountState state;
  state.journal.put(subscribe(1, store::OperationState::waiting, ""));
  state.journal.put(subscribe(2, store::OperationState::waiting, "the connection is lost"));
  state.journal.put(subscribe(3, store::OperationState::parked, "you may not do that there"));
  state.journal.put(subscribe(4, store::OperationState::parked, "you may not do that there"));
  const std::vector<std::string> told = {
      "Parked: subscribe in Work, 2 times: you may not do that there. See 'satchel journal list'.",
      "Waiting: subscribe in Work: the connection is lost. See 'satchel journal list'."};
  EXPECT_EQ(attention(state), told);
}

}  // namespace
}  // namespace satchel::app
