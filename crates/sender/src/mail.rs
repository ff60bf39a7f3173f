//! Messages by mail.

use std::sync::Arc;
use std::time::Duration;

use farthing_alerts::{Encryption, Message, SecretName, Smtp};
use farthing_collectors::source::Allow;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::letter::letter;
use crate::smtp::Conversation;
use crate::{Delivered, Undelivered};

/// How long handing over a letter may take in all.
const PATIENCE: Duration = Duration::from_secs(60);

/// A letter on its way: to whom, and by whose login.
struct Post<'a> {
    smtp: &'a Smtp,
    to: &'a [String],
    letter: String,
    login: Option<(&'a str, String)>,
}

pub(crate) async fn send(
    smtp: &Smtp,
    to: &[String],
    message: &Message,
    secret: impl Fn(&SecretName) -> Result<String, Undelivered>,
) -> Result<Delivered, Undelivered> {
    let login = smtp.login.as_ref().map(|(user, name)| Ok((user.as_str(), secret(name)?))).transpose()?;
    let post = Post { smtp, to, letter: letter(message, &smtp.from, to), login };
    let late = |_| Undelivered::later(format!("the mail server took longer than {} seconds", PATIENCE.as_secs()));
    tokio::time::timeout(PATIENCE, post.send()).await.map_err(late)?
}

impl Post<'_> {
    async fn send(&self) -> Result<Delivered, Undelivered> {
        let stream = self.connect().await?;
        match self.smtp.encryption {
            Encryption::None => self.talk(stream, true).await,
            Encryption::Tls => self.talk(self.encrypted(stream).await?, true).await,
            Encryption::StartTls => {
                let mut open = Conversation::on(stream);
                open.greeting().await?;
                if !open.hello(self.name()).await?.offers("STARTTLS") {
                    return Err(Undelivered::later("the mail server offers no STARTTLS, and without encryption nothing is sent"));
                }
                open.starttls().await?;
                self.talk(self.encrypted(open.into_stream()).await?, false).await
            }
        }
    }

    /// By what the sender is known: its own name nobody needs to know.
    fn name(&self) -> &str {
        self.smtp.from.rsplit('@').next().unwrap_or_default()
    }

    async fn talk(&self, stream: impl AsyncRead + AsyncWrite + Unpin, greets: bool) -> Result<Delivered, Undelivered> {
        let mut conversation = Conversation::on(stream);
        if greets {
            conversation.greeting().await?;
        }
        let offered = conversation.hello(self.name()).await?;
        if let Some((user, password)) = &self.login {
            conversation.authenticate(&offered, user, password).await?;
        }
        conversation.deliver(&self.smtp.from, self.to, &self.letter).await
    }

    async fn connect(&self) -> Result<TcpStream, Undelivered> {
        let Smtp { host, port, allow_loopback: loopback, allow_private: private, .. } = self.smtp;
        let allow = Allow { loopback: *loopback, link_local: false, private: *private };
        let found = allow.addresses(host, *port).await.map_err(|why| Undelivered::later(format!("{why}; nothing was sent")))?;
        // What was looked at is what is connected to.
        let connected = TcpStream::connect(found.as_slice()).await;
        connected.map_err(|error| Undelivered::later(format!("no connection to {host}:{port}: {error}")))
    }

    async fn encrypted(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, Undelivered> {
        let host = &self.smtp.host;
        let failed = |why: String| Undelivered::later(format!("no encrypted connection to {host}: {why}"));
        let mut roots = RootCertStore::empty();
        // One certificate of the system that cannot be read does not matter where another will do.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let config =
            ClientConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions();
        let config = config.map_err(|error| failed(error.to_string()))?.with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::try_from(host.clone()).map_err(|error| failed(error.to_string()))?;
        let connector = TlsConnector::from(Arc::new(config));
        connector.connect(name, stream).await.map_err(|error| failed(error.to_string()))
    }
}
