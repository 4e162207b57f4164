//! The session in the repository's README is the example that is compiled.

#[test]
fn the_readme_shows_the_example() {
    let readme = include_str!("../../README.md");
    assert!(readme.contains(include_str!("../examples/hello.rs").trim_end()));
}
