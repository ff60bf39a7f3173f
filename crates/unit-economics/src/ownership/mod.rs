//! Total cost of ownership.
