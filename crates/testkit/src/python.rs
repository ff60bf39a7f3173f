use std::path::PathBuf;

/// The Python that has the packages of `tests/use_cases/requirements.txt` and `tests/buckets/requirements.txt`, named by the
/// environment variable `FARTHING_TEST_PYTHON`. `make test` makes it and sets the variable; where it is not set this says so and
/// gives `None`: the test returns.
pub fn python() -> Option<PathBuf> {
    crate::environment("FARTHING_TEST_PYTHON").map(PathBuf::from)
}
