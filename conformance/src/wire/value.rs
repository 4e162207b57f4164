//! Values and objects of the adapter protocol, read strictly: a key that stands twice is refused
//! at any depth, because two parsers may take different ones.

use crate::digest;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::collections::BTreeSet;
use std::fmt;

/// Largest integer of the protocol, 2^53 - 1; larger ones travel as decimal strings.
pub const LARGEST_INTEGER: u64 = (1 << 53) - 1;

/// A value: text (bytes are text in hexadecimal), an integer, or a list of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A string.
    Text(String),
    /// An integer from 0 to [`LARGEST_INTEGER`].
    Integer(u64),
    /// An array of strings.
    List(Vec<String>),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Text(text) => serializer.serialize_str(text),
            Value::Integer(integer) => serializer.serialize_u64(*integer),
            Value::List(list) => list.serialize(serializer),
        }
    }
}

/// Names and values in their order: the `in` and `rand` of a request, the `out` of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, Value)>);

impl Fields {
    /// Adds a value, or replaces the one of that name.
    pub fn set(&mut self, name: &str, value: Value) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// The value of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The text of that name.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The integer of that name.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<u64> {
        match self.get(name)? {
            Value::Integer(integer) => Some(*integer),
            _ => None,
        }
    }

    /// The list of that name.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<&[String]> {
        match self.get(name)? {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// The bytes of that name: text in lowercase hexadecimal.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        digest::unhex(self.text(name)?)
    }

    /// All names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Anything that JSON can say. What the protocol does not know is kept as `Other`, so that unknown
/// fields can be ignored whatever they hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A value of the protocol.
    Value(Value),
    /// An object whose values are all of the protocol.
    Object(Fields),
    /// Anything else: null, booleans, fractions, negative or large numbers, deeper nesting.
    Other,
}

/// Reads one line as an object.
///
/// # Errors
/// It is not JSON, not an object, or a key stands twice in it at any depth.
pub fn parse_object(line: &str) -> Result<Vec<(String, Node)>, String> {
    match serde_json::from_str::<Parsed>(line) {
        Ok(Parsed::Object(entries)) => Ok(entries),
        Ok(_) => Err("not a JSON object".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

enum Parsed {
    Node(Node),
    Object(Vec<(String, Node)>),
}

impl Parsed {
    fn node(self) -> Node {
        match self {
            Parsed::Node(node) => node,
            Parsed::Object(entries) => {
                let fields = entries.into_iter().map(|(name, node)| match node {
                    Node::Value(value) => Some((name, value)),
                    _ => None,
                });
                fields.collect::<Option<_>>().map_or(Node::Other, |list| Node::Object(Fields(list)))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Parsed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Strict)
    }
}

struct Strict;

impl<'de> Visitor<'de> for Strict {
    type Value = Parsed;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<Parsed, E> {
        Ok(Parsed::Node(Node::Value(Value::Text(text.to_owned()))))
    }

    fn visit_u64<E>(self, integer: u64) -> Result<Parsed, E> {
        Ok(Parsed::Node(match integer {
            0..=LARGEST_INTEGER => Node::Value(Value::Integer(integer)),
            _ => Node::Other,
        }))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Parsed, E> {
        Ok(Parsed::Node(Node::Other))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Parsed, E> {
        Ok(Parsed::Node(Node::Other))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Parsed, E> {
        Ok(Parsed::Node(Node::Other))
    }

    fn visit_unit<E>(self) -> Result<Parsed, E> {
        Ok(Parsed::Node(Node::Other))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Parsed, A::Error> {
        // What is no list of texts is read to its end, for a key may stand twice in it, and not kept.
        let mut texts = Some(Vec::new());
        while let Some(item) = access.next_element()? {
            match (item, &mut texts) {
                (Parsed::Node(Node::Value(Value::Text(text))), Some(texts)) => texts.push(text),
                _ => texts = None,
            }
        }
        Ok(Parsed::Node(texts.map_or(Node::Other, |texts| Node::Value(Value::List(texts)))))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Parsed, A::Error> {
        let mut seen = BTreeSet::new();
        let mut entries = Vec::new();
        while let Some((name, item)) = access.next_entry::<String, Parsed>()? {
            if !seen.insert(name.clone()) {
                return Err(de::Error::custom(format!("the key \"{name}\" stands twice")));
            }
            entries.push((name, item.node()));
        }
        Ok(Parsed::Object(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::{Node, Value, parse_object};

    #[test]
    fn duplicate_keys_are_refused_at_any_depth() {
        assert!(parse_object(r#"{"a":1,"b":2}"#).is_ok());
        assert!(parse_object(r#"{"a":1,"a":1}"#).is_err());
        assert!(parse_object(r#"{"a":{"b":1,"b":2}}"#).is_err());
        assert!(parse_object(r#"{"a":[{"b":1,"b":2}]}"#).is_err());
        assert!(parse_object(r#"{"a":1,"\u0061":1}"#).is_err());
    }

    #[test]
    fn what_the_protocol_does_not_know_is_kept_apart() {
        for other in ["null", "true", "1.5", "-1", "9007199254740992", "[1]", r#"{"b":{"c":"d"}}"#]
        {
            let parsed = parse_object(&format!(r#"{{"a":{other}}}"#));
            assert_eq!(parsed, Ok(vec![("a".to_owned(), Node::Other)]), "{other}");
        }
        let largest = parse_object(r#"{"a":9007199254740991}"#);
        let integer = Node::Value(Value::Integer(super::LARGEST_INTEGER));
        assert_eq!(largest, Ok(vec![("a".to_owned(), integer)]));
    }
}
