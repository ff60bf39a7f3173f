//! Passwords: Argon2id (RFC 9106) with the parameters that OWASP's cheat sheet on password storage states first (19 MiB, 2 passes, 1 lane).

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use ring::rand::{SecureRandom, SystemRandom};

use crate::guessable::is_guessed_first;

/// The shortest password (ASVS 5.0, 6.2.1 asks for 8 and recommends 15).
pub const SHORTEST_PASSWORD: usize = 12;
/// The longest one: nobody makes the program hash a book.
pub const LONGEST_PASSWORD: usize = 256;

/// Why a password is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short to be one.
    #[error("a password has {SHORTEST_PASSWORD} characters at least; a few words that only you put together are best")]
    Short,
    /// Too long to be hashed.
    #[error("a password has {LONGEST_PASSWORD} characters at most")]
    Long,
    /// It is what people guess first.
    #[error(
        "this password is among the first that are tried: a common one, hardly more than a name, or a few characters again and again. Choose a few words that only you put together"
    )]
    Guessed,
    /// The system's source of random numbers failed, or the memory.
    #[error("the password could not be hashed: the system gave no random numbers or no memory")]
    Failed,
}

/// The hash of a password as a PHC string, which names algorithm, parameters and salt.
///
/// # Errors
/// [`PasswordError`] where it is none to choose.
pub fn hash_password(name: &str, password: &str) -> Result<String, PasswordError> {
    let length = password.chars().count();
    match length {
        ..SHORTEST_PASSWORD => return Err(PasswordError::Short),
        _ if length > LONGEST_PASSWORD => return Err(PasswordError::Long),
        _ => {}
    }
    if is_guessed_first(name, password) {
        return Err(PasswordError::Guessed);
    }
    let mut salt = [0; 16];
    SystemRandom::new().fill(&mut salt).map_err(|_| PasswordError::Failed)?;
    let hash: PasswordHash =
        Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map_err(|_| PasswordError::Failed)?;
    Ok(hash.to_string())
}

/// True where the hash is that of the password. Where there is no hash one is made all the same, so that nobody learns from the time it
/// takes who there is.
pub fn password_fits(password: &str, hash: Option<&str>) -> bool {
    /// Of no password: nothing has this hash.
    const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    if password.chars().count() > LONGEST_PASSWORD {
        return false;
    }
    let Ok(parsed) = PasswordHash::new(hash.unwrap_or(NOBODYS)) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_hash_alone() {
        let hash = hash_password("ada", "three small horses").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(password_fits("three small horses", Some(&hash)));
        assert!(!password_fits("three small horse", Some(&hash)) && !password_fits("", Some(&hash)));
        assert!(!password_fits("three small horses", None) && !password_fits("three small horses", Some("no hash")));
        assert_ne!(hash, hash_password("ada", "three small horses").unwrap(), "each has its salt");
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        assert_eq!(hash_password("ada", "short"), Err(PasswordError::Short));
        assert_eq!(hash_password("ada", &"x".repeat(300)), Err(PasswordError::Long));
        assert_eq!(hash_password("ada", "aaaaaaaaaaaaaaa"), Err(PasswordError::Guessed));
        assert_eq!(hash_password("ada.lovelace", "Ada.Lovelace1"), Err(PasswordError::Guessed));
    }
}
