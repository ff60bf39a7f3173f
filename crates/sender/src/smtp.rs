//! A conversation with a mail server (RFC 5321), over whatever carries it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::{Delivered, Undelivered};

/// The most that a reply may hold.
const LARGEST_REPLY: usize = 16 << 10;

/// A conversation under way.
pub(crate) struct Conversation<S> {
    stream: S,
}

/// What a server answers: its code, and the lines without it.
pub(crate) struct Reply {
    code: u16,
    lines: Vec<String>,
}

impl Reply {
    fn said(&self) -> String {
        format!("it answered {} {}", self.code, self.lines.join(" "))
    }

    /// The error that it is, if it is one: codes from 500 on are meant for good.
    fn failure(&self, doing: &str) -> Undelivered {
        let said = format!("{doing}: {}", self.said());
        if self.code >= 500 { Undelivered::Never(said) } else { Undelivered::later(said) }
    }

    /// True where it names an extension.
    pub fn offers(&self, extension: &str) -> bool {
        self.lines.iter().any(|line| line.split(' ').next().is_some_and(|word| word.eq_ignore_ascii_case(extension)))
    }

    fn authenticates_by(&self, mechanism: &str) -> bool {
        let lines = self.lines.iter().map(|line| line.to_ascii_uppercase());
        lines
            .filter_map(|line| line.strip_prefix("AUTH").map(str::to_owned))
            .any(|line| line.split([' ', '=']).any(|word| word == mechanism))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Conversation<S> {
    pub fn on(stream: S) -> Self {
        Self { stream }
    }

    /// What carries it. Nothing that the server said is lost, since nothing is read ahead.
    pub fn into_stream(self) -> S {
        self.stream
    }

    /// The server speaks first.
    pub async fn greeting(&mut self) -> Result<(), Undelivered> {
        let reply = self.reply("greeting").await?;
        if reply.code == 220 { Ok(()) } else { Err(Undelivered::later(format!("greeting: {}", reply.said()))) }
    }

    /// Says who speaks; the server answers with what it offers.
    pub async fn hello(&mut self, name: &str) -> Result<Reply, Undelivered> {
        self.command("EHLO", &format!("EHLO {name}"), 250).await
    }

    pub async fn starttls(&mut self) -> Result<(), Undelivered> {
        self.command("STARTTLS", "STARTTLS", 220).await.map(|_| ())
    }

    /// Proves who speaks. That it is not believed is the settings' fault, which may be corrected.
    pub async fn authenticate(&mut self, offered: &Reply, user: &str, password: &str) -> Result<(), Undelivered> {
        let code = |text: &str| STANDARD.encode(text);
        let both = code(&format!("\0{user}\0{password}"));
        let proven = if offered.authenticates_by("PLAIN") {
            self.command("AUTH", &format!("AUTH PLAIN {both}"), 235).await
        } else if offered.authenticates_by("LOGIN") {
            self.command("AUTH", "AUTH LOGIN", 334).await?;
            self.command("AUTH", &code(user), 334).await?;
            self.command("AUTH", &code(password), 235).await
        } else {
            Err(Undelivered::later("AUTH: it offers neither PLAIN nor LOGIN"))
        };
        // Servers have repeated what they were told.
        let secrets = [password.to_owned(), code(password), both.clone()];
        let hidden = |said: &str| secrets.iter().fold(said.to_owned(), |said, secret| said.replace(secret, "(not shown)"));
        proven.map(|_| ()).map_err(|error| Undelivered::later(hidden(error.said())))
    }

    /// Hands a letter over. Who of several is not taken keeps nobody else from getting it.
    pub async fn deliver(&mut self, from: &str, to: &[String], letter: &str) -> Result<Delivered, Undelivered> {
        self.command("MAIL", &format!("MAIL FROM:<{from}>"), 250).await?;
        let (mut refused, mut last) = (Vec::new(), None);
        for one in to {
            let reply = self.exchange("RCPT", &format!("RCPT TO:<{one}>")).await?;
            if !matches!(reply.code, 250 | 251) {
                refused.push(format!("{one}: {}", reply.said()));
                last = Some(reply);
            }
        }
        if let Some(reply) = last.filter(|_| refused.len() == to.len()) {
            return Err(reply.failure("RCPT"));
        }
        self.command("DATA", "DATA", 354).await?;
        // Base64 and headers have no line that begins with a point, which would have to be doubled.
        self.command("DATA", &format!("{letter}."), 250).await?;
        // It has the letter, whatever becomes of the farewell.
        let _ = self.exchange("QUIT", "QUIT").await;
        Ok((!refused.is_empty()).then(|| format!("not taken for {}", refused.join("; "))))
    }

    async fn command(&mut self, name: &str, line: &str, expected: u16) -> Result<Reply, Undelivered> {
        let reply = self.exchange(name, line).await?;
        if reply.code == expected { Ok(reply) } else { Err(reply.failure(name)) }
    }

    async fn exchange(&mut self, name: &str, line: &str) -> Result<Reply, Undelivered> {
        let sent = self.stream.write_all(format!("{line}\r\n").as_bytes()).await;
        let sent = match sent {
            Ok(()) => self.stream.flush().await,
            failed => failed,
        };
        sent.map_err(|error| Undelivered::later(format!("{name}: the connection broke off: {error}")))?;
        self.reply(name).await
    }

    async fn reply(&mut self, name: &str) -> Result<Reply, Undelivered> {
        let broken = |why: String| Undelivered::later(format!("{name}: {why}"));
        let (mut lines, mut line, mut read) = (Vec::new(), Vec::new(), 0);
        loop {
            // A byte at a time: what follows the answer to STARTTLS is not ours to have read.
            let byte = self.stream.read_u8().await.map_err(|error| broken(format!("the connection broke off: {error}")))?;
            read += 1;
            if read > LARGEST_REPLY {
                return Err(broken(format!("its answer is larger than {LARGEST_REPLY} bytes")));
            }
            if byte != b'\n' {
                line.push(byte);
                continue;
            }
            let text: String = String::from_utf8_lossy(&line).chars().filter(|letter| !letter.is_control()).collect();
            line.clear();
            let code = text.get(..3).and_then(|code| code.parse().ok()).filter(|code| (200..600).contains(code));
            let Some(code) = code else { return Err(broken("what answers is no mail server".to_owned())) };
            lines.push(text.get(4..).unwrap_or_default().to_owned());
            if text.as_bytes().get(3) != Some(&b'-') {
                return Ok(Reply { code, lines });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A server that says all it has to say beforehand.
    async fn told(script: &str) -> (Result<Delivered, Undelivered>, String) {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let (mut reading, mut writing) = tokio::io::split(theirs);
        tokio::io::copy(&mut Cursor::new(script.replace('\n', "\r\n")), &mut writing).await.unwrap();
        writing.shutdown().await.unwrap();
        let mut conversation = Conversation::on(ours);
        let result = async {
            conversation.greeting().await?;
            let offered = conversation.hello("example.org").await?;
            conversation.authenticate(&offered, "ada", "hidden").await?;
            conversation.deliver("f@example.org", &["a@x".to_owned(), "b@x".to_owned()], "Subject: s\r\n\r\nYQ==\r\n").await
        }
        .await;
        drop(conversation);
        let mut heard = String::new();
        reading.read_to_string(&mut heard).await.unwrap();
        (result, heard)
    }

    const BEGINNING: &str = "220 hello\n250-smtp.example.org\n250-SIZE 1000\n250 AUTH LOGIN PLAIN\n";

    #[tokio::test]
    async fn a_letter_is_handed_over() {
        let (result, heard) = told(&format!("{BEGINNING}235 in\n250 ok\n250 ok\n250 ok\n354 go\n250 taken\n221 bye\n")).await;
        assert_eq!(result, Ok(None));
        let commands = "EHLO example.org\r\nAUTH PLAIN AGFkYQBoaWRkZW4=\r\nMAIL FROM:<f@example.org>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n";
        assert_eq!(heard, format!("{commands}Subject: s\r\n\r\nYQ==\r\n.\r\nQUIT\r\n"));
    }

    #[tokio::test]
    async fn who_is_not_taken_keeps_nobody_else_from_it() {
        let (result, _) = told(&format!("{BEGINNING}235 in\n250 ok\n550 no such user\n250 ok\n354 go\n250 taken\n")).await;
        assert_eq!(result, Ok(Some("not taken for a@x: it answered 550 no such user".to_owned())));
        let (result, _) = told(&format!("{BEGINNING}235 in\n250 ok\n550 no\n550 no\n")).await;
        assert!(matches!(result, Err(Undelivered::Never(_))), "{result:?}");
    }

    #[tokio::test]
    async fn what_may_pass_is_told_from_what_will_not_and_no_password_is_repeated() {
        for (script, later) in [
            ("421 come back\n".to_owned(), true),
            (format!("{BEGINNING}535 hidden is no password, nor is aGlkZGVu\n"), true),
            (format!("{BEGINNING}235 in\n451 greylisted\n"), true),
            (format!("{BEGINNING}235 in\n250 ok\n250 ok\n250 ok\n354 go\n554 spam\n"), false),
            (format!("{BEGINNING}235 in\n250 ok\n250 ok\n250 ok\n354 go\n"), true),
            ("HTTP/1.1 400 Bad Request\n".to_owned(), true),
            (format!("220 hello\n{}", "250-x\n".repeat(9_000)), true),
            ("220 hello\n250 nothing\n".to_owned(), true),
        ] {
            let (result, _) = told(&script).await;
            let error = result.unwrap_err();
            assert_eq!(matches!(error, Undelivered::Later { .. }), later, "{error:?}");
            assert!(!error.said().contains("hidden") && !error.said().contains("aGlkZGVu"), "{error:?}");
        }
    }
}
