// Tls: what it takes of certificates and keys, and its tickets; and the transport over it.
#include "http/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <array>
#include <future>

#include "http/listener.h"
#include "http/transport.h"
#include "tests/http/tls_support.h"

namespace hookferry::http {
namespace {

using testing::Identity;
using testing::Owned;
using namespace std::chrono_literals;

TEST(TlsFaults, AreNoneWhereAllIsWell) {
  const Identity root("root");
  const Identity server("server", &root);
  const std::string chain = server.certificate_pem() + root.certificate_pem();
  EXPECT_FALSE(check_tls({chain, server.key_pem(), {}}).any());
  EXPECT_FALSE(check_tls({"some words before it\n" + chain, server.key_pem(), root.certificate_pem()}).any());
  EXPECT_FALSE(check_tls(Identity("rsa", nullptr, testing::rsa(2048)).files()).any());
}

TEST(TlsFaults, NameWhatIsNoPem) {
  const Identity server("server");
  const TlsFaults all = check_tls({"no", "nothing", "none"});
  EXPECT_EQ(all.certificate, "has no certificate in PEM (-----BEGIN CERTIFICATE-----)");
  EXPECT_EQ(all.key, "");  // there is nothing to hold it against
  EXPECT_EQ(all.client_ca, "has no certificate in PEM (-----BEGIN CERTIFICATE-----)");
  EXPECT_EQ(check_tls({server.certificate_pem(), server.certificate_pem(), {}}).key,
            "has no private key in PEM (-----BEGIN PRIVATE KEY-----)");
  std::string damaged = server.certificate_pem();
  damaged[60] = '!';
  EXPECT_EQ(check_tls({damaged, server.key_pem(), {}}).certificate,
            "has a certificate (number 1) that is damaged: bad base64 decode");
  EXPECT_EQ(check_tls({server.certificate_pem() + damaged, server.key_pem(), {}}).certificate,
            "has a certificate (number 2) that is damaged: bad base64 decode");
}

TEST(TlsFaults, NameAKeyOfAnotherCertificate) {
  const std::string expected =
      "is not the key of the first certificate in http.tls.certificate: give the key that the certificate was made "
      "for, and put the server's own certificate first";
  const Identity root("root");
  const Identity server("server", &root);
  EXPECT_EQ(check_tls({server.certificate_pem(), root.key_pem(), {}}).key, expected);
  EXPECT_EQ(check_tls({root.certificate_pem() + server.certificate_pem(), server.key_pem(), {}}).key, expected);
  const Identity of_another_kind("rsa", nullptr, testing::rsa(2048));
  EXPECT_EQ(check_tls({server.certificate_pem(), of_another_kind.key_pem(), {}}).key, expected);
}

TEST(TlsFaults, NameAKeyWithAPassphrase) {
  const Identity server("server");
  const std::string locked = testing::pem([&](BIO* bio) {
    PEM_write_bio_PKCS8PrivateKey(bio, server.key(), EVP_aes_128_cbc(), "word", 4, nullptr, nullptr);
  });
  EXPECT_EQ(check_tls({server.certificate_pem(), locked, {}}).key,
            "is encrypted with a passphrase, which nobody is there to type: take it off with openssl pkey -in OLD -out "
            "NEW, and let hookferry alone read the new file");
}

TEST(TlsFaults, NameAWeakKey) {
  const Identity weak("weak", nullptr, testing::rsa(1024));
  EXPECT_EQ(
      check_tls(weak.files()).certificate,
      "has a certificate that OpenSSL does not use: ee key too small; ask for one with an RSA key of 2048 bits or "
      "more, or a P-256 key");
}

TEST(TlsFaults, AreTheErrorOfCreate) {
  const auto tls = Tls::create({"no", "nothing", {}});
  ASSERT_FALSE(tls);
  EXPECT_EQ(tls.error().message,
            "the file of http.tls.certificate has no certificate in PEM (-----BEGIN CERTIFICATE-----)");
}

TEST(Tls, ExpiresWithTheFirstCertificateThatItShows) {
  const Identity root("root", nullptr, testing::p256(), 1h);
  const Identity server("server", &root, testing::p256(), 24h);
  const auto until = [](const TlsFiles& files) { return (*Tls::create(files))->expiry() - SystemClock().wall(); };
  EXPECT_NEAR(std::chrono::duration<double>(until(server.files())).count(), 86400, 60);
  const TlsFiles both{server.certificate_pem() + root.certificate_pem(), server.key_pem(), {}};
  EXPECT_NEAR(std::chrono::duration<double>(until(both)).count(), 3600, 60);
}

/// Both ends of one connection in this thread; returns what the client may resume, and says whether it did.
class Resumption {
 public:
  explicit Resumption(int version) : version_(version) {}

  bool connect(Tls& tls, MonotonicTime now) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    Transport server(Descriptor{ends[0]}, tls.begin(now));
    const Descriptor client_end(ends[1]);
    const Owned<SSL_CTX> context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_max_proto_version(context.get(), version_);
    const Owned<SSL> client(SSL_new(context.get()));
    SSL_set_fd(client.get(), client_end.get());
    if (session_) SSL_set_session(client.get(), session_.get());
    bool connected = false;
    bool accepted = false;
    for (int step = 0; step < 20 && !(connected && accepted); ++step) {
      connected = SSL_connect(client.get()) == 1;
      accepted = server.handshake(true) == Transport::Handshake::done;
    }
    EXPECT_TRUE(connected && accepted);
    // With TLS 1.3 the ticket comes behind the handshake.
    EXPECT_EQ(server.send("x"), 1);
    char byte;
    EXPECT_EQ(SSL_read(client.get(), &byte, 1), 1);
    session_.reset(SSL_get1_session(client.get()));
    const bool resumed = SSL_session_reused(client.get()) == 1;
    SSL_shutdown(client.get());
    return resumed;
  }

 private:
  int version_;
  Owned<SSL_SESSION> session_;
};

TEST(Tls, ResumesWithinTheLifeOfATicketAndUnderTheSameCertificateOnly) {
  const Identity server("server");
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto tls = *Tls::create(server.files());
    Resumption client(version);
    const MonotonicTime start{5h};
    EXPECT_FALSE(client.connect(*tls, start));
    EXPECT_TRUE(client.connect(*tls, start + Tls::ticket_life - 1s)) << version;
    EXPECT_FALSE(client.connect(*tls, start + Tls::ticket_life)) << version;
    EXPECT_TRUE(client.connect(*tls, start + Tls::ticket_life)) << version;
    EXPECT_FALSE(client.connect(**Tls::create(server.files()), start)) << version;
  }
}

TEST(TransportTest, WhatComesWhileRecordsAreReadAheadIsAskedFor) {
  const testing::Identity server("server");
  const auto tls = *Tls::create(server.files());
  Listener listener = bind_listener("127.0.0.1:0").value();
  ASSERT_TRUE(start_listening(listener));
  testing::TlsClient client(listener.port);
  Transport transport(Descriptor(::accept4(listener.socket.get(), nullptr, nullptr, SOCK_NONBLOCK)),
                      tls->begin(MonotonicTime()));
  pollfd news{transport.socket(), POLLIN, 0};
  auto shaken = std::async(std::launch::async, [&] { return client.handshake(); });
  while (transport.handshake(true) != Transport::Handshake::done) ASSERT_EQ(::poll(&news, 1, 10000), 1);
  ASSERT_TRUE(shaken.get());

  std::array<char, 100> bytes{};
  client.keep("a");
  client.keep("b");
  client.push();  // both at once
  ASSERT_EQ(::poll(&news, 1, 10000), 1);
  EXPECT_EQ(transport.receive(bytes), 1);
  EXPECT_TRUE(transport.more(1, bytes.size()));
  client.send("c");
  ASSERT_EQ(::poll(&news, 1, 10000), 1);
  EXPECT_EQ(transport.receive(bytes), 1);
  EXPECT_TRUE(transport.more(1, bytes.size())) << "the event that told of the third may be over";
  EXPECT_EQ(transport.receive(bytes), 1);
  EXPECT_EQ(bytes[0], 'c');
  EXPECT_FALSE(transport.more(1, bytes.size()));
}

}  // namespace
}  // namespace hookferry::http
