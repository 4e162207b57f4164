//! The pages of mdBook's JSON.

use crate::error::Result;
use serde_json::Value;

/// A page of the book.
pub struct Page<'a> {
    /// Its file, relative to the folder of the pages.
    pub path: &'a str,
    /// Its Markdown.
    pub content: &'a mut String,
}

/// Calls `act` for each page, in the book's order.
///
/// # Errors
/// The first error of `act`.
pub fn for_each(book: &mut Value, act: &mut impl FnMut(Page<'_>) -> Result) -> Result {
    match book.get_mut("items") {
        Some(Value::Array(items)) => items.iter_mut().try_for_each(|item| descend(item, act)),
        _ => Ok(()),
    }
}

fn descend(item: &mut Value, act: &mut impl FnMut(Page<'_>) -> Result) -> Result {
    let Some(Value::Object(chapter)) = item.get_mut("Chapter") else { return Ok(()) };
    let path = chapter.get("source_path").and_then(Value::as_str).map(str::to_owned);
    if let (Some(path), Some(Value::String(content))) = (path, chapter.get_mut("content")) {
        act(Page { path: &path, content })?;
    }
    match chapter.get_mut("sub_items") {
        Some(Value::Array(items)) => items.iter_mut().try_for_each(|item| descend(item, act)),
        _ => Ok(()),
    }
}
