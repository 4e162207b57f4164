//! The ways to spoil an encoding at one of its places; each gives all spoilt forms.

use super::draft::{Draft, Mark, What, length};

/// Whether a length stands there.
#[must_use]
pub fn is_length(mark: &Mark) -> bool {
    matches!(mark.what, What::Opaque | What::Items | What::Extensions)
}

/// The length in more bytes than it needs.
#[must_use]
pub fn minimal(draft: &Draft, mark: &Mark) -> Vec<Vec<u8>> {
    let value = (mark.length as u32).to_be_bytes();
    let (two, four) =
        ([0x40 | value[2], value[3]], [0x80 | value[0], value[1], value[2], value[3]]);
    let longer: &[&[u8]] = match mark.size {
        1 => &[&two, &four],
        2 => &[&four],
        _ => &[],
    };
    let longer = if is_length(mark) { longer } else { &[] };
    longer.iter().map(|form| draft.spliced(mark, 0, mark.size, form)).collect()
}

/// A length with the prefix 11.
#[must_use]
pub fn prefix(draft: &Draft, mark: &Mark) -> Vec<Vec<u8>> {
    let value = (mark.length as u32).to_be_bytes();
    let eight = [0xc0, 0, 0, 0, value[0], value[1], value[2], value[3]];
    let four = [0xc0 | value[0], value[1], value[2], value[3]];
    match is_length(mark) {
        true => vec![
            draft.spliced(mark, 0, mark.size, &eight),
            draft.spliced(mark, 0, mark.size, &four),
        ],
        false => Vec::new(),
    }
}

/// A list with a byte more than its items.
#[must_use]
pub fn nested(draft: &Draft, mark: &Mark) -> Vec<Vec<u8>> {
    if !matches!(mark.what, What::Items | What::Extensions) {
        return Vec::new();
    }
    // The byte is put behind the list and counted into it.
    let content = &draft.bytes()[mark.at + mark.size..][..mark.length];
    let longer = [length(mark.length + 1), content.to_vec(), vec![0]].concat();
    vec![draft.spliced(mark, 0, mark.size + mark.length, &longer)]
}

/// A length one greater than what is left in the list around it.
#[must_use]
pub fn overrun(draft: &Draft, mark: &Mark) -> Vec<Vec<u8>> {
    if !is_length(mark) {
        return Vec::new();
    }
    let rest = draft.end(mark) - mark.at - mark.size;
    vec![draft.spliced(mark, 0, mark.size, &length(rest + 1))]
}

/// Presence bytes other than 0 and 1.
#[must_use]
pub fn presence(draft: &Draft, mark: &Mark) -> Vec<Vec<u8>> {
    let values: &[u8] = if mark.what == What::Presence { &[2, 0x80, 255] } else { &[] };
    values.iter().map(|&value| draft.spliced(mark, 0, 1, &[value])).collect()
}

/// Versions that nobody knows.
#[must_use]
pub fn version(draft: &Draft, mark: &Mark) -> Vec<Vec<u8>> {
    let values: &[u8] = if mark.what == What::Version { &[1, 255] } else { &[] };
    values.iter().map(|&value| draft.spliced(mark, 0, 1, &[value])).collect()
}

/// Values that no enumeration has.
#[must_use]
pub fn choice(draft: &Draft, mark: &Mark) -> Vec<Vec<u8>> {
    let values: &[u8] = if mark.what == What::Choice { &[7, 0x7f, 0x80, 255] } else { &[] };
    values.iter().map(|&value| draft.spliced(mark, 0, 1, &[value])).collect()
}

fn extension_list(draft: &Draft, mark: &Mark, list: &[(u16, &[u8])]) -> Vec<Vec<u8>> {
    if mark.what != What::Extensions || mark.length == 0 {
        return Vec::new();
    }
    let list = Draft::new().extensions(list);
    vec![draft.spliced(mark, 0, mark.size + mark.length, list.bytes())]
}

/// Extensions in descending order.
#[must_use]
pub fn order(draft: &Draft, mark: &Mark) -> Vec<Vec<u8>> {
    extension_list(draft, mark, &[(0xf001, b""), (0x0a0a, b"grease")])
}

/// An extension twice.
#[must_use]
pub fn repeat(draft: &Draft, mark: &Mark) -> Vec<Vec<u8>> {
    extension_list(draft, mark, &[(0x0a0a, b"grease"), (0x0a0a, b"")])
}
