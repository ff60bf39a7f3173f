//! A reader that refuses pieces (a tag, a row) longer than a limit, which parsers would otherwise hold in memory whole.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

/// The longest tag or row (4 MiB).
pub(crate) const LONGEST: u64 = 4 << 20;

pub(crate) struct Bounded<R> {
    inner: BufReader<R>,
    since: Rc<Cell<u64>>,
}

impl<R: Read> Bounded<R> {
    /// The reader, and the count of bytes since the last piece, which whoever ends a piece sets to 0.
    pub fn new(inner: R) -> (Self, Rc<Cell<u64>>) {
        let since = Rc::new(Cell::new(0));
        (Self { inner: BufReader::with_capacity(1 << 16, inner), since: since.clone() }, since)
    }

    fn check(&self) -> io::Result<()> {
        if self.since.get() > LONGEST { Err(io::Error::new(io::ErrorKind::FileTooLarge, "a piece is too long")) } else { Ok(()) }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.check()?;
        let read = self.inner.read(buffer)?;
        self.since.set(self.since.get() + read as u64);
        Ok(read)
    }
}

impl<R: Read> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.check()?;
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.since.set(self.since.get() + amount as u64);
        self.inner.consume(amount);
    }
}
