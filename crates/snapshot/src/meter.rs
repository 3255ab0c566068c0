//! Readers that count: how much was packed, how much was unpacked, how an archive ended.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use crate::limits::{Limits, size};

/// Counts the bytes that pass.
pub(crate) struct Counted<R> {
    stream: R,
    count: Rc<Cell<u64>>,
}

impl<R> Counted<R> {
    pub(crate) fn new(stream: R) -> Counted<R> {
        Counted { stream, count: Rc::default() }
    }

    pub(crate) fn count(&self) -> Rc<Cell<u64>> {
        Rc::clone(&self.count)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.count.set(self.count.get() + count as u64);
        Ok(count)
    }
}

/// Stops a stream that unpacks to too much, or to too much for what it was packed in.
pub(crate) struct Meter<R> {
    stream: R,
    limits: Limits,
    packed: Option<Rc<Cell<u64>>>,
    unpacked: u64,
}

impl<R> Meter<R> {
    pub(crate) fn new(stream: R, limits: Limits, packed: Option<Rc<Cell<u64>>>) -> Meter<R> {
        Meter { stream, limits, packed, unpacked: 0 }
    }
}

impl<R: Read> Read for Meter<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.unpacked += count as u64;
        if self.unpacked > self.limits.unpacked {
            return Err(io::Error::other(Bomb::Size(self.limits.unpacked)));
        }
        let packed = self.packed.as_ref().map_or(u64::MAX, |packed| packed.get().max(1));
        if self.unpacked > Limits::RATIO_FROM && self.unpacked / packed > self.limits.ratio {
            return Err(io::Error::other(Bomb::Ratio(self.limits.ratio)));
        }
        Ok(count)
    }
}

/// An archive that unpacks to what no dump unpacks to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Bomb {
    #[error("it unpacks to more than {}", size(*.0))]
    Size(u64),
    #[error("it unpacks to more than {0} times its size, as only an archive bomb does")]
    Ratio(u64),
}

impl Bomb {
    /// The bomb that an error is about, however often it was wrapped.
    pub(crate) fn of(error: &io::Error) -> Option<&Bomb> {
        let mut cause: &(dyn std::error::Error + 'static) = error.get_ref()?;
        loop {
            if let Some(bomb) = cause.downcast_ref::<Bomb>() {
                return Some(bomb);
            }
            cause = match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
                Some(inner) => inner,
                None => cause.source()?,
            };
        }
    }
}

/// Sees whether a tar stream ends with the block of zeros that ends an archive.
pub(crate) struct Trail<R> {
    stream: R,
    zeros: usize,
    ended_well: Rc<Cell<bool>>,
}

impl<R> Trail<R> {
    pub(crate) fn new(stream: R) -> Trail<R> {
        Trail { stream, zeros: 0, ended_well: Rc::default() }
    }

    pub(crate) fn ended_well(&self) -> Rc<Cell<bool>> {
        Rc::clone(&self.ended_well)
    }
}

impl<R: Read> Read for Trail<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        let read = &buffer[..count];
        match read.iter().rposition(|byte| *byte != 0) {
            Some(last) => self.zeros = count - last - 1,
            None => self.zeros += count,
        }
        self.ended_well.set(self.zeros >= 512);
        Ok(count)
    }
}
