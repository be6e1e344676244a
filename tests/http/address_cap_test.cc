#include "http/address_cap.h"

#include <gtest/gtest.h>

#include <vector>

namespace hookferry::http {
namespace {

IpAddress address(std::string_view text) {
  return IpAddress::parse(text).value();
}

TEST(AddressCap, CountsEachAddressByItself) {
  AddressCap cap(2);
  const auto first = cap.enter(address("192.0.2.1"));
  auto second = cap.enter(address("::ffff:192.0.2.1"));
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(cap.enter(address("192.0.2.1")));
  EXPECT_TRUE(cap.enter(address("192.0.2.2")));
  second.reset();
  EXPECT_TRUE(cap.enter(address("192.0.2.1"))) << "its seat was given back";
}

TEST(AddressCap, OfIpv6CountsTheSubnet) {
  AddressCap cap(1);
  const auto first = cap.enter(address("2001:db8:0:1::1"));
  EXPECT_FALSE(cap.enter(address("2001:db8:0:1:ffff::2")));
  EXPECT_TRUE(cap.enter(address("2001:db8:0:2::1")));
}

TEST(AddressCap, ZeroIsNoBoundAndTakesNoMemory) {
  AddressCap cap(0);
  std::vector<std::optional<AddressCap::Seat>> seats;
  for (int i = 0; i < 1000; ++i) seats.push_back(cap.enter(address("192.0.2.1")));
  for (const auto& seat : seats) EXPECT_TRUE(seat);
  EXPECT_EQ(cap.addresses(), 0u);
}

TEST(AddressCap, ForgetsWhoHasLeftAndWhoWasRefused) {
  AddressCap cap(1);
  {
    std::vector<AddressCap::Seat> seats;
    for (std::uint8_t i = 0; i < 100; ++i) {
      const std::uint8_t bytes[4] = {192, 0, 2, i};
      auto seat = cap.enter(IpAddress::v4(bytes));
      ASSERT_TRUE(seat);
      seats.push_back(std::move(*seat));
      EXPECT_FALSE(cap.enter(IpAddress::v4(bytes)));
    }
    EXPECT_EQ(cap.addresses(), 100u);
  }
  EXPECT_EQ(cap.addresses(), 0u);
}

TEST(AddressCap, ASeatThatIsMovedIsOneSeat) {
  AddressCap cap(1);
  AddressCap::Seat kept;
  {
    auto seat = cap.enter(address("192.0.2.1"));
    ASSERT_TRUE(seat);
    kept = std::move(*seat);
  }
  EXPECT_EQ(cap.addresses(), 1u);
  { const AddressCap::Seat last = std::move(kept); }
  EXPECT_EQ(cap.addresses(), 0u);
}

}  // namespace
}  // namespace hookferry::http
