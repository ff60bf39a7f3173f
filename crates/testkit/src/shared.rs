use std::path::PathBuf;

/// The path of real data for tests, `relative` to the folder in the environment variable `FARTHING_SHARED`.
///
/// Where the variable is not set it says so and gives `None`: the test returns. Where the variable is set and the file is
/// missing, the test must fail, so that a moved file is noticed.
///
/// # Panics
/// Where the variable is set and there is no such file.
pub fn shared_data(relative: &str) -> Option<PathBuf> {
    let path = PathBuf::from(crate::environment("FARTHING_SHARED")?).join(relative);
    assert!(path.exists(), "{} does not exist: correct FARTHING_SHARED, or unset it to skip", path.display());
    Some(path)
}
