#include "base/append_only.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace hookferry {
namespace {

TEST(AppendOnly, KeepsEveryElementWhereItIs) {
  AppendOnly<std::string> list;
  EXPECT_EQ(list.size(), 0u);
  EXPECT_EQ(list.find(0), nullptr);
  std::vector<const std::string*> places;
  for (std::size_t i = 0; i < 5000; ++i) {
    places.push_back(&list.emplace_back(std::to_string(i)));
    ASSERT_EQ(list.size(), i + 1);
  }
  for (std::size_t i = 0; i < 5000; ++i) {
    ASSERT_EQ(&list[i], places[i]);
    ASSERT_EQ(list.find(i), places[i]);
    ASSERT_EQ(list[i], std::to_string(i));
  }
  EXPECT_EQ(list.find(5000), nullptr);
  std::size_t position = 0;
  for (const std::string& element : list) ASSERT_EQ(&element, places[position++]);
  EXPECT_EQ(position, 5000u);
}

TEST(AppendOnly, HoldsAsManyAsItSaysAndEndsThemAll) {
  const auto counted = std::make_shared<int>();
  {
    AppendOnly<std::shared_ptr<int>> list;
    for (std::size_t i = 0; i < AppendOnly<int>::max_size; ++i) list.emplace_back(counted);
    EXPECT_EQ(static_cast<std::size_t>(counted.use_count()), AppendOnly<int>::max_size + 1);
    EXPECT_DEATH(list.emplace_back(counted), "broken invariant");
  }
  EXPECT_EQ(counted.use_count(), 1);
}

TEST(AppendOnly, IsReadWhileItGrows) {
  AppendOnly<std::string> list;
  constexpr std::size_t count = 20000;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&list] {
      for (std::size_t seen = 0; seen < count;) {
        seen = list.size();
        if (seen == 0) continue;
        ASSERT_EQ(list[seen - 1], std::to_string(seen - 1));
        ASSERT_EQ(list[seen / 2], std::to_string(seen / 2));
      }
    });
  }
  for (std::size_t i = 0; i < count; ++i) list.emplace_back(std::to_string(i));
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace hookferry
