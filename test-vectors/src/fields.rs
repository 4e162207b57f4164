//! Named values of a vector, read as what the reader says they are.

use crate::error::{FieldError, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Named values: the `in`, `steps` or `out` of a vector, or an object within.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fields(pub(crate) Map<String, Value>);

impl Fields {
    /// Whether there is a field of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The fields' names, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// A field as it stands in the file.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn value(&self, name: &str) -> Result<&Value, FieldError> {
        self.0.get(name).ok_or_else(|| wrong(name, Wanted::Anything))
    }

    /// A field of bytes.
    ///
    /// # Errors
    /// It is not there, or not lower-case hexadecimal.
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, FieldError> {
        let read = self.0.get(name).and_then(Value::as_str).and_then(unhex);
        read.ok_or_else(|| wrong(name, Wanted::Bytes))
    }

    /// A field of exactly `N` bytes.
    ///
    /// # Errors
    /// It is not there, not lower-case hexadecimal, or of another length.
    pub fn array<const N: usize>(&self, name: &str) -> Result<[u8; N], FieldError> {
        let bytes = self.bytes(name)?;
        bytes.try_into().map_err(|_| wrong(name, Wanted::ExactBytes(N)))
    }

    /// A number, be it written as an integer or as decimal digits in a string.
    ///
    /// # Errors
    /// It is not there, or not a number of 64 bits.
    pub fn u64(&self, name: &str) -> Result<u64, FieldError> {
        let read = self.0.get(name).and_then(number);
        read.ok_or_else(|| wrong(name, Wanted::Number))
    }

    /// A field of text.
    ///
    /// # Errors
    /// It is not there, or not a string.
    pub fn text(&self, name: &str) -> Result<&str, FieldError> {
        let read = self.0.get(name).and_then(Value::as_str);
        read.ok_or_else(|| wrong(name, Wanted::Text))
    }

    /// A list of any values.
    ///
    /// # Errors
    /// It is not there, or not an array.
    pub fn list(&self, name: &str) -> Result<&[Value], FieldError> {
        let read = self.0.get(name).and_then(Value::as_array).map(Vec::as_slice);
        read.ok_or_else(|| wrong(name, Wanted::List))
    }

    /// A list of byte strings.
    ///
    /// # Errors
    /// It is not there, not an array, or an item is not lower-case hexadecimal.
    pub fn bytes_list(&self, name: &str) -> Result<Vec<Vec<u8>>, FieldError> {
        let read = |(index, item): (usize, &Value)| {
            let bytes = item.as_str().and_then(unhex);
            bytes.ok_or_else(|| wrong(&format!("{name}[{index}]"), Wanted::Bytes))
        };
        self.list(name)?.iter().enumerate().map(read).collect()
    }

    /// A list of objects.
    ///
    /// # Errors
    /// It is not there, not an array, or an item is not an object.
    pub fn object_list(&self, name: &str) -> Result<Vec<Self>, FieldError> {
        let read = |(index, item): (usize, &Value)| {
            let object = item.as_object().cloned().map(Self);
            object.ok_or_else(|| wrong(&format!("{name}[{index}]"), Wanted::Object))
        };
        self.list(name)?.iter().enumerate().map(read).collect()
    }

    /// An object within.
    ///
    /// # Errors
    /// It is not there, or not an object.
    pub fn object(&self, name: &str) -> Result<Self, FieldError> {
        let read = self.0.get(name).and_then(Value::as_object).cloned().map(Self);
        read.ok_or_else(|| wrong(name, Wanted::Object))
    }
}

fn wrong(field: &str, wanted: Wanted) -> FieldError {
    FieldError { field: field.to_owned(), wanted }
}

/// Lower-case hexadecimal only, so that a value is written in one way.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let lower = text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    if lower { hex::decode(text).ok() } else { None }
}

/// Digits only, and no leading zero, so that a value is written in one way.
fn number(value: &Value) -> Option<u64> {
    let Some(text) = value.as_str() else { return value.as_u64() };
    let plain = text == "0" || (!text.starts_with('0') && text.bytes().all(|d| d.is_ascii_digit()));
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Result<Fields, serde_json::Error> {
        serde_json::from_str(
            r#"{"key": "00ff", "upper": "FF", "odd": "0", "now": "18446744073709551615",
                "small": 7, "zeros": "007", "path": ["01", "", "zz"], "peer": {"name": "bob"}}"#,
        )
    }

    #[test]
    fn reads_what_is_there() -> Result<(), Box<dyn std::error::Error>> {
        let fields = fields()?;
        assert_eq!(fields.bytes("key")?, [0, 255]);
        assert_eq!(fields.array::<2>("key")?, [0, 255]);
        assert_eq!(fields.u64("now")?, u64::MAX);
        assert_eq!(fields.u64("small")?, 7);
        assert_eq!(fields.object("peer")?.text("name")?, "bob");
        assert!(fields.has("odd") && !fields.has("even"));
        Ok(())
    }

    #[test]
    fn names_what_is_wrong() -> Result<(), Box<dyn std::error::Error>> {
        let fields = fields()?;
        let error = |field: &str, wanted| Some(FieldError { field: field.to_owned(), wanted });
        assert_eq!(fields.bytes("none").err(), error("none", Wanted::Bytes));
        assert_eq!(fields.bytes("upper").err(), error("upper", Wanted::Bytes));
        assert_eq!(fields.bytes("odd").err(), error("odd", Wanted::Bytes));
        assert_eq!(fields.array::<3>("key").err(), error("key", Wanted::ExactBytes(3)));
        assert_eq!(fields.u64("zeros").err(), error("zeros", Wanted::Number));
        assert_eq!(fields.bytes_list("path").err(), error("path[2]", Wanted::Bytes));
        assert_eq!(fields.object("key").err(), error("key", Wanted::Object));
        Ok(())
    }
}
