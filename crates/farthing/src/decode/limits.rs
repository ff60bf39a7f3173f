use std::io;

use rlimit::{Resource, setrlimit};
use serde::{Deserialize, Serialize};

/// Text segments, shared libraries and reserved but unused stretches of address space do not count as memory; they have room here.
const ADDRESS_SPACE_BESIDE_MEMORY: u64 = 16 << 30;

/// What a child may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Memory in MiB: setting `decode_memory_mib`.
    pub memory_mib: u64,
    /// Seconds from start to end: setting `decode_seconds`.
    pub seconds: u64,
    /// The size in MiB of any one file that it writes: setting `decode_output_mib`.
    pub output_mib: u64,
}

impl Limits {
    /// Gives up, for this process and for good, what is beyond the limits. The parent watches the clock; should it be gone,
    /// a child that computes on all cores for the time allowed is ended by the system.
    pub(super) fn impose(self) -> io::Result<()> {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
        let memory = self.memory_mib.saturating_mul(1 << 20);
        lower(Resource::CORE, 0)?;
        lower(Resource::CPU, self.seconds.saturating_mul(cores))?;
        lower(Resource::FSIZE, self.output_mib.saturating_mul(1 << 20))?;
        lower(Resource::DATA, memory)?;
        lower(Resource::AS, memory.saturating_add(ADDRESS_SPACE_BESIDE_MEMORY))
    }
}

/// Sets both the soft and the hard limit, never above what is in force already.
fn lower(resource: Resource, to: u64) -> io::Result<()> {
    let (_, hard) = resource.get()?;
    let to = to.min(hard);
    setrlimit(resource, to, to)
}
