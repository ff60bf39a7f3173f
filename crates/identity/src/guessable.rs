//! What is guessed first: the passwords that most people chose, and what takes no list to come upon.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::SHORTEST_PASSWORD;

/// 5,000 passwords of 12 characters and more that are frequent among the ten million which Mark Burnett gave to the public domain in 2015, in small
/// letters; SecLists (MIT licence) has all of them. ASVS 5.0 (6.2.4) asks for 3,000 of those that could be chosen here.
static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| include_str!("../data/common-passwords.txt").lines().collect());

/// Words that anybody tries here, whoever it is about.
const HERE: [&str; 3] = ["farthing", "password", "passwort"];
/// How many letters must be left where the words that anybody tries are taken out.
const LEFT: usize = 5;
/// How many different characters a password has at least.
const DIFFERENT: usize = 5;

/// True where a password of somebody of this name is among the first that are tried: one of the common ones, hardly more than a word that
/// anybody tries, few characters again and again, or a row of them.
pub(crate) fn is_guessed_first(name: &str, password: &str) -> bool {
    let small = password.to_lowercase();
    let different: HashSet<char> = small.chars().collect();
    let hardly_more = |word: &str| !word.is_empty() && small.replace(word, "").chars().count() < LEFT;
    let trimmed = small.trim_matches(|letter: char| !letter.is_alphanumeric());
    COMMON.contains(small.as_str())
        || COMMON.contains(trimmed)
        || different.len() < DIFFERENT
        || HERE.into_iter().any(hardly_more)
        || hardly_more(&name.to_lowercase())
        || is_part_again_and_again(&small)
        || longest_row(&small) + LEFT > small.chars().count()
}

/// True where it is one part that repeats itself, the last time perhaps not whole.
fn is_part_again_and_again(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    (1..=letters.len() / 2)
        .filter(|length| *length < SHORTEST_PASSWORD)
        .any(|length| letters[length..].iter().zip(&letters).all(|(again, before)| again == before))
}

/// How many characters follow each other as in the alphabet, in numbers or on a keyboard, forwards or backwards.
fn longest_row(text: &str) -> usize {
    const KEYS: [&str; 4] = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
    let beside = |one: char, next: char| {
        let place = |row: &str, letter| row.find(letter);
        let keys = KEYS.iter().any(|row| place(row, one).zip(place(row, next)).is_some_and(|(at, then)| at.abs_diff(then) == 1));
        keys || u32::from(one).abs_diff(u32::from(next)) == 1
    };
    let letters: Vec<char> = text.chars().collect();
    let (mut longest, mut length) = (0, 1);
    for pair in letters.windows(2) {
        length = if beside(pair[0], pair[1]) { length + 1 } else { 1 };
        longest = longest.max(length);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_what_could_be_chosen_here() {
        assert_eq!(COMMON.len(), 5_000);
        for password in COMMON.iter() {
            let is_one = password.chars().count() >= SHORTEST_PASSWORD && password.to_lowercase() == **password;
            assert!(is_one && is_guessed_first("ada", password), "{password}");
        }
    }

    #[test]
    fn what_anybody_would_try_is_refused_and_a_few_words_are_not() {
        for guessed in [
            "1qaz2wsx3edc",
            "1QAZ2wsx3EDC",
            "1qaz2wsx3edc!!",
            "aaaaaaaaaaaaaaa",
            "abababababab",
            "correct2correct2",
            "Farthing2026",
            "Password2026",
            "farthingfarthing!",
            "abcdefghijklm",
            "98765432109876",
            "qwertyuiop123",
            "ada.lovelace99",
        ] {
            assert!(is_guessed_first("ada.lovelace", guessed), "{guessed}");
        }
        for chosen in ["three small horses", "another fine password", "Tr0ub4dor&3-and-more", "größe der kleinen welt"] {
            assert!(!is_guessed_first("ada.lovelace", chosen), "{chosen}");
        }
        assert!(!is_guessed_first("", "three small horses"));
    }
}
