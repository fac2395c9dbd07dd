// Words of a text, by the collections of Rust. Nothing here is random: no HashMap.

use std::collections::BTreeMap;

/// Words without a pattern, the same on every machine (Knuth's LCG).
fn text(count: usize) -> String {
    let mut state: u64 = 42;
    let mut text = String::new();
    for _ in 0..count {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        let length = 1 + (state >> 60) as usize % 7;
        text.extend((0..length).map(|i| (b'a' + (state >> (20 + 4 * i)) as u8 % 16) as char));
        text.push(' ');
    }
    text
}

/// Returns how often each word occurs, by one allocation a word and some for the tree.
fn counted(text: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word.to_string()).or_insert(0) += 1;
    }
    counts
}

/// Counts words; returns how many there are.
#[no_mangle]
pub extern "C" fn count_words(words: usize) -> usize {
    counted(&text(words)).len()
}

/// Sorts words in boxes; returns the length of the first.
#[no_mangle]
pub extern "C" fn sort_boxes(words: usize) -> usize {
    let text = text(words);
    let mut boxes: Vec<Box<str>> = text.split_whitespace().map(Box::from).collect();
    boxes.sort();
    boxes.first().map_or(0, |word| word.len())
}

/// Joins words to one string that grows by reallocation; returns its length.
#[no_mangle]
pub extern "C" fn join_words(words: usize) -> usize {
    let text = text(words);
    let mut joined = String::new();
    for word in text.split_whitespace().rev() {
        joined.push_str(word);
    }
    joined.len()
}
