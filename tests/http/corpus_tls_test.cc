// Every case of tests/http/corpus, over TLS: each piece is a record of its own.
#include "tests/http/corpus_run.h"
#include "tests/http/tls_support.h"

namespace hookferry::http {
namespace {

using testing::TlsClient;

class CorpusOverTls : public testing::CorpusTest {
 protected:
  [[nodiscard]] FrontOptions options() const override {
    FrontOptions options = CorpusTest::options();
    options.tls = Tls::create(server_.files()).value();
    return options;
  }
  [[nodiscard]] std::unique_ptr<testing::Wire> connect() const override {
    TlsClient client(port());
    EXPECT_TRUE(client.handshake()) << TlsClient::complaint();
    return std::make_unique<testing::ClientWire<TlsClient>>(std::move(client));
  }

  const testing::Identity server_{"server"};
};

TEST_F(CorpusOverTls, Whole) {
  run_whole();
}
TEST_F(CorpusOverTls, ByteByByte) {
  run_byte_by_byte();
}
TEST_F(CorpusOverTls, CutAtRandom) {
  run_cut_at_random();
}

}  // namespace
}  // namespace hookferry::http
