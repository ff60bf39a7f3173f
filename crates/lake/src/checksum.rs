//! SHA-256 of files: the checksum in the catalogue, which `sha256sum` prints as well.
//!
//! A bill is read for its checksum before it is decoded, and what was written is read once more. On processors without
//! instructions for SHA-256 the plain code takes longer for that than decoding does, so this is the one in assembler.

use std::io::{self, Read};

use camino::Utf8Path;
use ring::digest::{Context, Digest, SHA256};

use crate::LakeError;

/// The SHA-256 of all that a reader gives.
///
/// # Errors
/// What the reader says.
pub fn sha256(mut reader: impl Read) -> io::Result<[u8; 32]> {
    let mut hash = Context::new(&SHA256);
    let mut buffer = vec![0; 1 << 20];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(bytes(&hash.finish())),
            read => hash.update(&buffer[..read]),
        }
    }
}

/// The SHA-256 of a file, in hex.
///
/// # Errors
/// When the file cannot be read.
pub fn sha256_of(path: &Utf8Path) -> Result<String, LakeError> {
    let hash = std::fs::File::open(path).and_then(sha256).map_err(LakeError::io(path))?;
    Ok(hash.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn bytes(digest: &Digest) -> [u8; 32] {
    digest.as_ref().try_into().expect("a SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_that_others_compute() {
        let hex = |text: &[u8]| sha256(text).unwrap().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(hex(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
