//! Bills in a bucket: the same import as from a folder, and what is refused.

mod changing;
mod moto;
mod refused;
