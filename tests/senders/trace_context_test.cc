#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "senders/render.h"

namespace hookferry::senders {
namespace {

constexpr std::string_view good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string parent_of(const std::vector<HeaderView>& headers) {
  return std::string(trace_context(headers).parent);
}
std::string state_of(std::string_view state) {
  const std::vector<HeaderView> headers{{"traceparent", good}, {"tracestate", state}};
  return std::string(trace_context(headers).state);
}

TEST(TraceParent, IsPassedOnAsItCame) {
  EXPECT_EQ(parent_of({{"traceparent", good}}), good);
  EXPECT_EQ(parent_of({{"TraceParent", good}}), good);
  EXPECT_EQ(parent_of({{"host", "x"}}), "");
}

TEST(TraceParent, OfALaterVersionMayGoOn) {
  const std::string later = "cc" + std::string(good.substr(2));
  EXPECT_EQ(parent_of({{"traceparent", later}}), later);
  EXPECT_EQ(parent_of({{"traceparent", later + "-what-the-future-brings"}}), later + "-what-the-future-brings");
  EXPECT_EQ(parent_of({{"traceparent", later + ".x"}}), "");
  EXPECT_EQ(parent_of({{"traceparent", later + "-\r\n"}}), "");
  EXPECT_EQ(parent_of({{"traceparent", later + "-" + std::string(600, 'x')}}), "");
}

TEST(TraceParent, ThatIsInvalidIsNone) {
  for (const char* value : {
           "",
           "00",
           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",    // the version that is none
           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",    // zero trace id
           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",    // zero parent id
           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",    // upper case
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",     // too short
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",  // version 00 ends here
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
           "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
           "0-04bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
       }) {
    EXPECT_EQ(parent_of({{"traceparent", value}}), "") << value;
  }
}

TEST(TraceParent, ThatStandsTwiceIsNone) {
  EXPECT_EQ(parent_of({{"traceparent", good}, {"Traceparent", good}}), "");
}

TEST(TraceState, IsPassedOnWithItsParentOnly) {
  EXPECT_EQ(state_of("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"), "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
  const std::vector<HeaderView> alone{{"tracestate", "a=b"}};
  EXPECT_EQ(trace_context(alone).state, "");
  const std::vector<HeaderView> invalid{{"traceparent", "00"}, {"tracestate", "a=b"}};
  EXPECT_EQ(trace_context(invalid).state, "");
}

TEST(TraceState, MayHaveBlanksEmptyMembersAndTenants) {
  for (const char* value : {"a=1 , b=2", "a=1,,b=2", "fw529a3039@dt=FfAAAA", "1a-_*/@x=!~", "a=x y", ",a=1,"}) {
    EXPECT_EQ(state_of(value), value) << value;
  }
}

TEST(TraceState, ThatIsInvalidIsDroppedAlone) {
  std::string many;
  for (int i = 0; i < 33; ++i) many += "k" + std::to_string(i) + "=v,";
  const std::string too_long = "a=" + std::string(255, 'x') + ",b=" + std::string(256, 'x');
  ASSERT_GT(too_long.size(), 512u);
  for (const std::string& value : {std::string(), std::string(","), std::string("a"), std::string("A=1"),
                                   std::string("=1"), std::string("a="), std::string("a=b=c"), std::string("a=\x01"),
                                   std::string("a=\xc3\xa4"), "a=" + std::string(257, 'x'), many, too_long}) {
    EXPECT_EQ(state_of(value), "") << value;
  }
  const std::vector<HeaderView> headers{{"traceparent", good}, {"tracestate", "A"}};
  EXPECT_EQ(trace_context(headers).parent, good);
}

TEST(TraceState, OverSeveralHeadersIsDropped) {
  const std::vector<HeaderView> headers{{"traceparent", good}, {"tracestate", "a=1"}, {"tracestate", "b=2"}};
  EXPECT_EQ(trace_context(headers).parent, good);
  EXPECT_EQ(trace_context(headers).state, "");
}

}  // namespace
}  // namespace hookferry::senders
