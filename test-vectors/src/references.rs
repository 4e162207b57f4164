//! Values that stand in another vector: a field `X_of` names the place of X, a field `X_edit` the
//! place of bytes that X differs from in one spot. Whole vectors have neither, but X itself.

use crate::error::LoadError;
use crate::fields::{Fields, unhex};
use crate::file::{Vector, VectorFile};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How far a reference may lead to another; more is a circle.
const DEEPEST: usize = 8;

/// Vectors by their ids, each file's beside those that they refer to.
#[derive(Debug, Clone, Default)]
pub struct Collection {
    vectors: BTreeMap<String, Vector>,
}

impl Collection {
    /// The vectors of some files.
    #[must_use]
    pub fn new(files: impl IntoIterator<Item = VectorFile>) -> Self {
        let vectors = files.into_iter().flat_map(|file| file.vectors);
        Self { vectors: vectors.map(|vector| (vector.id.clone(), vector)).collect() }
    }

    /// The vector of an id, as it stands in its file.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Vector> {
        self.vectors.get(id)
    }

    /// A vector with all its values: each `X_of` and `X_edit`, however deep, has given place to X.
    /// (A number in `X_of` is that of an event in the same vector, and stays.)
    ///
    /// # Errors
    /// A reference leads nowhere, to what is not bytes where an edit needs some, or in a circle.
    pub fn whole(&self, vector: &Vector) -> Result<Vector, LoadError> {
        let fields = |fields: &Fields| self.fields(&fields.0, 0).map(Fields);
        let whole = || -> Result<Vector, String> {
            let mut whole = vector.clone();
            whole.input = fields(&vector.input)?;
            whole.steps = vector.steps.as_ref().map(fields).transpose()?;
            if let Ok(out) = vector.out() {
                whole.set_out(fields(out)?);
            }
            Ok(whole)
        };
        whole().map_err(|field| LoadError::Reference { id: vector.id.clone(), field })
    }

    fn value(&self, value: &Value, depth: usize) -> Result<Value, String> {
        match value {
            Value::Object(fields) => self.fields(fields, depth).map(Value::Object),
            Value::Array(items) => {
                let items = items.iter().map(|item| self.value(item, depth));
                items.collect::<Result<_, _>>().map(Value::Array)
            }
            plain => Ok(plain.clone()),
        }
    }

    fn fields(
        &self,
        fields: &Map<String, Value>,
        depth: usize,
    ) -> Result<Map<String, Value>, String> {
        let mut whole = Map::new();
        for (name, value) in fields {
            let (name, value) = self.field(name, value, depth)?;
            if whole.insert(name.to_owned(), value).is_some() {
                return Err(format!("{name} is given twice"));
            }
        }
        Ok(whole)
    }

    /// A field under the name that it has in a whole vector.
    fn field<'a>(
        &self,
        name: &'a str,
        value: &Value,
        depth: usize,
    ) -> Result<(&'a str, Value), String> {
        let bad = || name.to_owned();
        if let (Some(whole), Value::String(place)) = (name.strip_suffix("_of"), value) {
            return Ok((whole, self.at(place, depth + 1).ok_or_else(bad)?));
        }
        if let (Some(whole), Value::Object(edit)) = (name.strip_suffix("_edit"), value) {
            return Ok((whole, self.edited(edit, depth + 1).ok_or_else(bad)?));
        }
        Ok((name, self.value(value, depth)?))
    }

    /// The value at a place, `ID.part.field` and so on; an item of a list by its number.
    fn at(&self, place: &str, depth: usize) -> Option<Value> {
        let mut steps = place.split('.');
        let vector = self.vectors.get(steps.next()?).filter(|_| depth <= DEEPEST)?;
        let part = match steps.next()? {
            "in" => &vector.input,
            "steps" => vector.steps.as_ref()?,
            "out" => vector.out().ok()?,
            _ => return None,
        };
        let mut here = Value::Object(part.0.clone());
        for step in steps {
            here = match here {
                Value::Object(fields) => match fields.get(step) {
                    Some(value) => value.clone(),
                    // What stands there by a reference of its own.
                    None => ["_of", "_edit"].into_iter().find_map(|suffix| {
                        let name = format!("{step}{suffix}");
                        let (_, value) = self.field(&name, fields.get(&name)?, depth).ok()?;
                        Some(value)
                    })?,
                },
                Value::Array(items) => items.get(step.parse::<usize>().ok()?)?.clone(),
                _ => return None,
            };
        }
        self.value(&here, depth).ok()
    }

    /// The bytes that an edit makes.
    fn edited(&self, edit: &Map<String, Value>, depth: usize) -> Option<Value> {
        let number = |name: &str| usize::try_from(edit.get(name)?.as_u64()?).ok();
        let base = unhex(self.at(edit.get("of")?.as_str()?, depth)?.as_str()?)?;
        let (at, removed) = (number("at")?, number("remove")?);
        let insert = unhex(edit.get("insert")?.as_str()?)?;
        let behind = base.get(at.checked_add(removed)?..)?;
        let bytes = [base.get(..at)?, &insert, behind].concat();
        (edit.len() == 4).then(|| Value::String(hex::encode(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(vectors: &[(&str, &str)]) -> Result<VectorFile, LoadError> {
        let vectors: Vec<String> = vectors
            .iter()
            .map(|(id, input)| {
                format!(
                    r#"{{"id":"{id}","clauses":["HS-01"],"description":"d","valid":true,"in":{input},"out":{{"list":["00",{{"b":"0a0b0c"}}]}}}}"#
                )
            })
            .collect();
        let text = format!(
            r#"{{"format":"sceau-vectors","version":0,"edition":"0","suite":"core","topic":"t","generator":"t","vectors":[{}]}}"#,
            vectors.join(",")
        );
        VectorFile::parse("t", text.as_bytes())
    }

    fn whole(input: &str) -> Result<String, LoadError> {
        let file = file(&[
            ("A-001", r#"{"key":"000102030405"}"#),
            ("A-002", r#"{"key_edit":{"of":"A-001.in.key","at":1,"remove":2,"insert":"ff"}}"#),
            ("A-003", r#"{"key_of":"A-002.in.key","object":{"key_of":"A-001.in.key"}}"#),
            ("A-004", r#"{"key_of":"A-005.in.key"}"#),
            ("A-005", r#"{"key_of":"A-004.in.key"}"#),
            ("A-006", input),
        ])?;
        let last = file.vectors.last().cloned();
        let whole = last.map(|last| Collection::new([file]).whole(&last)).transpose()?;
        Ok(whole.map(|whole| Value::Object(whole.input.0).to_string()).unwrap_or_default())
    }

    #[test]
    fn references_give_place_to_values() -> Result<(), LoadError> {
        for (input, expected) in [
            (r#"{"x":"00","y":1}"#, r#"{"x":"00","y":1}"#),
            (r#"{"k_of":"A-001.in.key","n":1}"#, r#"{"k":"000102030405","n":1}"#),
            (r#"{"k_of":"A-002.in.key"}"#, r#"{"k":"00ff030405"}"#),
            (r#"{"k_of":"A-003.in.key"}"#, r#"{"k":"00ff030405"}"#),
            (r#"{"k_of":"A-003.in.object"}"#, r#"{"k":{"key":"000102030405"}}"#),
            (r#"{"k_of":"A-001.out.list.1.b"}"#, r#"{"k":"0a0b0c"}"#),
            (r#"{"message_of":3}"#, r#"{"message_of":3}"#),
            (
                r#"{"events":[{"k_edit":{"of":"A-003.in.key","at":5,"remove":0,"insert":"aa"}}]}"#,
                r#"{"events":[{"k":"00ff030405aa"}]}"#,
            ),
        ] {
            assert_eq!(whole(input)?, expected, "{input}");
        }
        Ok(())
    }

    #[test]
    fn references_that_lead_nowhere_are_refused() {
        for input in [
            r#"{"k_of":"A-009.in.key"}"#,
            r#"{"k_of":"A-001.in.none"}"#,
            r#"{"k_of":"A-001.key"}"#,
            r#"{"k_of":"A-001.out.list.2"}"#,
            r#"{"k_of":"A-004.in.key"}"#,
            r#"{"k_of":"A-001.in.key","k":"00"}"#,
            r#"{"k_edit":{"of":"A-001.in.key","at":5,"remove":2,"insert":""}}"#,
            r#"{"k_edit":{"of":"A-001.in.key","at":7,"remove":0,"insert":""}}"#,
            r#"{"k_edit":{"of":"A-001.out.list","at":0,"remove":0,"insert":""}}"#,
            r#"{"k_edit":{"of":"A-001.in.key","at":0,"remove":0,"insert":"zz"}}"#,
            r#"{"k_edit":{"of":"A-001.in.key","at":0,"remove":0,"insert":"","more":1}}"#,
        ] {
            let refused = whole(input);
            assert!(matches!(refused, Err(LoadError::Reference { .. })), "{input}: {refused:?}");
        }
    }
}
