#include "cli/instance.h"

#include <gmock/gmock.h>

namespace hookferry::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view status =
    R"({"version":"1","listen":"[::]:8080","port":8080,"sources":[{"name":"shop","preset":"glossi","path":"/in",)"
    R"("events":["job.complete"],"topics":["shop.job.complete"],"quarantine_topic":"shop-quarantine","secrets":1}],)"
    R"("kafka":{"bootstrap_servers":"a:1,b:2","security_protocol":"sasl_ssl","up":true},"topics":[]})";

std::string without(std::string_view part, std::string_view instead = "") {
  std::string text(status);
  const std::size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos);
  return text.replace(at, part.size(), instead);
}

TEST(Instance, IsReadFromItsStatus) {
  const auto instance = parse_status("http://127.0.0.1:8081", status);
  ASSERT_TRUE(instance) << instance.error().message;
  EXPECT_EQ(instance->server, "http://127.0.0.1:8080");
  EXPECT_EQ(instance->kafka.bootstrap_servers, "a:1,b:2");
  EXPECT_EQ(instance->security_protocol, "sasl_ssl");
  EXPECT_EQ(instance->source_names(), "shop");
  const InstanceSource* const source = instance->find("shop");
  ASSERT_NE(source, nullptr);
  EXPECT_EQ(source->preset, "glossi");
  EXPECT_EQ(source->path, "/in");
  EXPECT_THAT(source->topics, ElementsAre("shop.job.complete"));
  EXPECT_EQ(source->quarantine_topic, "shop-quarantine");
  EXPECT_EQ(instance->find("glossi"), nullptr);
}

TEST(Instance, ThatIsNotOpenYetHasNoServer) {
  EXPECT_EQ(parse_status("", without("\"port\":8080", "\"port\":0"))->server, "");
}

TEST(Instance, IsNotReadFromSomethingElse) {
  for (const std::string& text :
       {std::string(), std::string("<html>"), std::string("{}"), without("\"preset\":\"glossi\",", ""),
        without("\"listen\":\"[::]:8080\",", ""), without("\"path\":\"/in\"", "\"path\":\"http://elsewhere\""),
        without("\"topics\":[\"shop.job.complete\"],", "")}) {
    const auto instance = parse_status("http://127.0.0.1:8081", text);
    ASSERT_FALSE(instance) << text;
    EXPECT_THAT(instance.error().message, HasSubstr("http://127.0.0.1:8081/status"));
  }
}

TEST(Instance, IsReachedOnTheLoopbackWhereItListensOnAnyAddress) {
  EXPECT_EQ(local_server({true, "::", 80}), "http://127.0.0.1:80");
  EXPECT_EQ(local_server({false, "0.0.0.0", 80}), "http://127.0.0.1:80");
  EXPECT_EQ(local_server({false, "10.0.0.1", 80}), "http://10.0.0.1:80");
  EXPECT_EQ(local_server({true, "::1", 80}), "http://[::1]:80");
}

}  // namespace
}  // namespace hookferry::cli
