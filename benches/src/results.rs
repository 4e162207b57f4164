//! What a run leaves: files, the mark of an aim that was missed, and the line that counts them.

use std::fmt::Display;
use std::path::PathBuf;

/// Writes the files of a run into `sceau-benches` of the target folder, and says on which line to look for them.
pub fn write(files: &[(&str, &str)]) -> String {
    let target = std::env::var_os("CARGO_TARGET_DIR");
    let target = target.map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target")),
        PathBuf::from,
    );
    let folder = target.join("sceau-benches");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    format!("in {}: {}", folder.display(), names.join(", "))
}

/// The cell of an aim.
#[must_use]
pub fn aim(most: impl Display, missed: bool) -> String {
    format!("≤ {most}{}", if missed { " !" } else { "" })
}

/// How many aims are met, of those that were missed or not.
#[must_use]
pub fn summary(missed: impl IntoIterator<Item = bool>) -> String {
    let (mut aims, mut misses) = (0, 0);
    for missed in missed {
        aims += 1;
        misses += usize::from(missed);
    }
    let note = if misses > 0 { " (! missed)" } else { "" };
    format!("{} of {aims} aims met{note}", aims - misses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aims_are_counted() {
        assert_eq!(summary([]), "0 of 0 aims met");
        assert_eq!(summary([false, false]), "2 of 2 aims met");
        assert_eq!(summary([true, false]), "1 of 2 aims met (! missed)");
        assert_eq!((aim("1.50", false), aim(7, true)), ("≤ 1.50".into(), "≤ 7 !".into()));
    }
}
