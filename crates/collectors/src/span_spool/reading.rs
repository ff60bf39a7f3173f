//! Files of blocks, span by span.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};
use farthing_usage::Dimensions;
use farthing_usage::otlp::{RunningTotal, SpanBlock, SpanFact};

use super::SpoolError;

/// Spans of a block of a run: what is held of each run at a time.
const BLOCK: usize = 16_384;

/// The dimensions of several files, each once.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub all: Vec<Dimensions>,
    places: HashMap<Dimensions, u32>,
}

impl Names {
    pub fn place(&mut self, of: Dimensions) -> u32 {
        let next = u32::try_from(self.all.len()).expect("fewer than 2^32 different dimensions fit in memory");
        *self.places.entry(of).or_insert_with_key(|of| {
            self.all.push(of.clone());
            next
        })
    }
}

/// The spans of a file, in its order, with dimensions by their places in shared names.
pub(super) struct Spans {
    path: Utf8PathBuf,
    file: BufReader<File>,
    at: u64,
    names: Rc<RefCell<Names>>,
    block: std::vec::IntoIter<SpanFact>,
    places: Vec<u32>,
    totals: Vec<RunningTotal>,
}

impl Spans {
    pub fn open(path: &Utf8Path, names: &Rc<RefCell<Names>>) -> Result<Self, SpoolError> {
        let file = BufReader::with_capacity(1 << 18, File::open(path).map_err(SpoolError::io(path))?);
        let (names, block) = (Rc::clone(names), Vec::new().into_iter());
        Ok(Self { path: path.to_owned(), file, at: 0, names, block, places: Vec::new(), totals: Vec::new() })
    }

    fn next_block(&mut self) -> Result<bool, SpoolError> {
        let read = SpanBlock::read(&mut self.file, self.at);
        let Some((block, bytes)) = read.map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidData => SpoolError::Damaged { path: self.path.clone(), why: error.to_string() },
            _ => SpoolError::io(&self.path)(error),
        })?
        else {
            return Ok(false);
        };
        self.at += bytes;
        let mut names = self.names.borrow_mut();
        self.places = block.dimensions.into_iter().map(|of| names.place(of)).collect();
        self.block = block.spans.into_iter();
        let place = |total: RunningTotal| RunningTotal { dimensions: self.places[total.dimensions as usize], ..total };
        self.totals.extend(block.totals.into_iter().map(place));
        Ok(true)
    }

    /// Up to where the file was read.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// The sums that go on of what was read, which only a journal has.
    pub fn totals(self) -> Vec<RunningTotal> {
        self.totals
    }
}

impl Iterator for Spans {
    type Item = Result<SpanFact, SpoolError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(span) = self.block.next() {
                return Some(Ok(SpanFact { dimensions: self.places[span.dimensions as usize], ..span }));
            }
            match self.next_block() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// A file of sorted spans that is being written.
pub(super) struct RunWriter {
    path: Utf8PathBuf,
    file: BufWriter<File>,
    names: Rc<RefCell<Names>>,
    block: SpanBlock,
    places: HashMap<Dimensions, u32>,
}

impl RunWriter {
    /// An empty one, in place of what is there.
    pub fn create(path: &Utf8Path, names: &Rc<RefCell<Names>>) -> Result<Self, SpoolError> {
        let file = BufWriter::new(File::create(path).map_err(SpoolError::io(path))?);
        let names = Rc::clone(names);
        Ok(Self { path: path.to_owned(), file, names, block: SpanBlock::default(), places: HashMap::new() })
    }

    pub fn add(&mut self, span: SpanFact) -> Result<(), SpoolError> {
        self.block.add(span, &self.names.borrow().all[span.dimensions as usize], &mut self.places);
        if self.block.spans.len() >= BLOCK { self.end_block() } else { Ok(()) }
    }

    fn end_block(&mut self) -> Result<(), SpoolError> {
        self.file.write_all(&self.block.to_bytes()).map_err(SpoolError::io(&self.path))?;
        self.places.clear();
        self.block = SpanBlock::default();
        Ok(())
    }

    /// Ends the file and waits until it is safe from a loss of power.
    pub fn end(mut self) -> Result<(), SpoolError> {
        if !self.block.spans.is_empty() {
            self.end_block()?;
        }
        let file = self.file.into_inner().map_err(|error| SpoolError::io(&self.path)(error.into_error()))?;
        file.sync_all().map_err(SpoolError::io(&self.path))
    }
}
