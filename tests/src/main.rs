//! End-to-end tests: one binary that drives the built program as its users do.
