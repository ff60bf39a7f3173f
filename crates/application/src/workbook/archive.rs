//! A ZIP archive (PKWARE's APPNOTE, 2.0): deflated entries without dates, so that the same content has the same bytes.

use std::io::{self, Write};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// 1980-01-01, the first day that the format knows.
const DATE: u16 = 0x21;

/// An archive under way.
#[derive(Default)]
pub(super) struct Archive {
    bytes: Vec<u8>,
    /// The table at the end, and how many entries it has.
    directory: Vec<u8>,
    entries: u16,
}

impl Archive {
    /// Adds an entry.
    pub fn add(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        let mut checksum = Crc::new();
        checksum.update(content);
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content)?;
        let deflated = encoder.finish()?;
        let offset = small(self.bytes.len())?;
        // What the entry says of itself before its content and again in the table.
        let mut said = Vec::new();
        for half in [20_u16, 0x0800, 8, 0, DATE] {
            said.extend(half.to_le_bytes());
        }
        for word in [checksum.sum(), small(deflated.len())?, small(content.len())?] {
            said.extend(word.to_le_bytes());
        }
        said.extend((name.len() as u16).to_le_bytes());
        said.extend(0_u16.to_le_bytes());
        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(&said);
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(deflated);
        self.directory.extend(b"PK\x01\x02");
        self.directory.extend(20_u16.to_le_bytes());
        self.directory.extend(&said);
        // No comment, disk or attributes.
        self.directory.extend([0; 10]);
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.entries += 1;
        Ok(())
    }

    /// The whole archive.
    pub fn finish(mut self) -> io::Result<Vec<u8>> {
        let (offset, size) = (small(self.bytes.len())?, small(self.directory.len())?);
        self.bytes.append(&mut self.directory);
        self.bytes.extend(b"PK\x05\x06\0\0\0\0");
        for half in [self.entries, self.entries] {
            self.bytes.extend(half.to_le_bytes());
        }
        for word in [size, offset] {
            self.bytes.extend(word.to_le_bytes());
        }
        self.bytes.extend([0, 0]);
        Ok(self.bytes)
    }
}

/// A size that fits the format.
fn small(size: usize) -> io::Result<u32> {
    u32::try_from(size).map_err(|_| io::Error::other("the workbook is larger than 4 GiB: ask for csv or parquet"))
}
