//! One line in, one line out: requests, values and answers of the adapter protocol.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::fmt;

/// Why a command was not carried out.
pub enum No {
    /// The library refused, with the class of its error.
    Reject(&'static str),
    /// The library refused, for a reason that is in no registry of classes.
    Refused(String),
    /// The adapter has no such thing.
    Unsupported(String),
    /// The request makes no sense, or the adapter itself failed.
    Fault(String),
}

/// What a command comes to: its results, or why not.
pub type Answer = Result<Out, No>;

#[cfg(feature = "sceau")]
impl From<sceau::Error> for No {
    fn from(error: sceau::Error) -> Self {
        No::Reject(error.class())
    }
}

#[cfg(feature = "sceau")]
impl From<sceau::error::ProviderFailed> for No {
    fn from(_: sceau::error::ProviderFailed) -> Self {
        No::Reject("malformed")
    }
}

/// Results of a command.
#[derive(Default)]
pub struct Out(Map<String, Value>);

impl Out {
    /// With a result that is bytes.
    #[must_use]
    pub fn bytes(self, name: &str, bytes: &[u8]) -> Self {
        self.text(name, &hex::encode(bytes))
    }

    /// With a result that is text.
    #[must_use]
    pub fn text(mut self, name: &str, text: &str) -> Self {
        self.0.insert(name.to_owned(), json!(text));
        self
    }

    /// With a result that is a small integer.
    #[must_use]
    pub fn integer(mut self, name: &str, integer: impl Into<u64>) -> Self {
        self.0.insert(name.to_owned(), json!(integer.into()));
        self
    }

    /// With a 64-bit number, in decimal.
    #[must_use]
    pub fn long(self, name: &str, number: u64) -> Self {
        self.text(name, &number.to_string())
    }

    /// With a list.
    #[must_use]
    pub fn list(mut self, name: &str, items: Vec<String>) -> Self {
        self.0.insert(name.to_owned(), json!(items));
        self
    }
}

/// A JSON object without nesting beyond what a request has, and without a key that stands twice.
#[derive(Default)]
pub struct Fields(Vec<(String, Field)>);

/// A value of a request.
pub enum Field {
    /// A string.
    Text(String),
    /// An integer below 2^53.
    Integer(u64),
    /// Strings.
    List(Vec<String>),
    /// The members of `in` or `rand`.
    Object(Fields),
}

/// A request that has been read.
#[derive(Default)]
pub struct Request {
    /// Its number.
    pub id: u64,
    /// The command.
    pub cmd: String,
    /// Who acts; empty where nobody does.
    pub party: String,
    /// The session's name; empty where there is none.
    pub session: String,
    /// The group's name; empty where there is none.
    pub group: String,
    /// Parameters.
    pub input: Fields,
    /// Randomness, name to bytes, where it is fed.
    pub rand: Option<Fields>,
    /// The case's seed.
    pub seed: Option<[u8; 32]>,
}

impl Request {
    /// Reads a line.
    ///
    /// # Errors
    /// It is no request; with its number, 0 where that could not be read.
    pub fn read(line: &str) -> Result<Self, (u64, No)> {
        let fields: Fields =
            serde_json::from_str(line).map_err(|error| (0, No::Fault(error.to_string())))?;
        let mut request = Request { id: fields.integer("id").unwrap_or(0), ..Request::default() };
        let (id, mut numbered) = (request.id, false);
        for (name, field) in fields.0 {
            match (name.as_str(), field) {
                ("id", Field::Integer(_)) => numbered = true,
                ("cmd", Field::Text(cmd)) => request.cmd = cmd,
                ("party", Field::Text(party)) => request.party = party,
                ("session", Field::Text(session)) => request.session = session,
                ("group", Field::Text(group)) => request.group = group,
                ("in", Field::Object(input)) if input.is_flat() => request.input = input,
                ("rand", Field::Object(rand)) if rand.is_flat() => request.rand = Some(rand),
                ("seed", Field::Text(seed)) => {
                    let seed = unhex(&seed).ok().and_then(|seed| seed.try_into().ok());
                    request.seed = Some(seed.ok_or((id, No::Fault("seed".to_owned())))?);
                }
                ("deviate", Field::List(names)) if names.is_empty() => {}
                ("deviate", Field::List(names)) => {
                    return Err((id, No::Unsupported(format!("deviation {}", names.join(" ")))));
                }
                _ => return Err((id, No::Fault(format!("member {name}")))),
            }
        }
        if numbered { Ok(request) } else { Err((0, No::Fault("no id".to_owned()))) }
    }

    /// Refuses parameters that the command does not have.
    ///
    /// # Errors
    /// `unsupported`, with the name of the first of them.
    pub fn only(&self, names: &[&str]) -> Result<(), No> {
        match self.input.0.iter().find(|(name, _)| !names.contains(&name.as_str())) {
            Some((name, _)) => Err(No::Unsupported(format!("parameter {name}"))),
            None => Ok(()),
        }
    }

    /// A text parameter.
    ///
    /// # Errors
    /// `fault` where it is not there or no text; so for the next ones.
    pub fn text(&self, name: &str) -> Result<&str, No> {
        self.input.text(name).ok_or_else(|| No::Fault(format!("no {name}")))
    }

    /// A parameter of bytes.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, No> {
        self.optional_bytes(name)?.ok_or_else(|| No::Fault(format!("no {name}")))
    }

    /// A parameter of bytes that may be absent.
    ///
    /// # Errors
    /// `fault` where it is there and is of another kind; so for the next ones.
    pub fn optional_bytes(&self, name: &str) -> Result<Option<Vec<u8>>, No> {
        let text = self.optional_text(name)?;
        text.map(decode).transpose().map_err(|why| No::Fault(format!("{name}: {why}")))
    }

    /// A text that may be absent.
    ///
    /// # Errors
    /// As [`optional_bytes`](Self::optional_bytes).
    pub fn optional_text(&self, name: &str) -> Result<Option<&str>, No> {
        match self.input.get(name) {
            None => Ok(None),
            Some(Field::Text(text)) => Ok(Some(text)),
            Some(_) => Err(No::Fault(format!("{name} is no text"))),
        }
    }

    /// An integer that may be absent.
    ///
    /// # Errors
    /// As [`optional_bytes`](Self::optional_bytes).
    pub fn optional_integer(&self, name: &str) -> Result<Option<u64>, No> {
        match self.input.get(name) {
            None => Ok(None),
            Some(Field::Integer(integer)) => Ok(Some(*integer)),
            Some(_) => Err(No::Fault(format!("{name} is no integer"))),
        }
    }

    /// 0 or 1; 0 where it is absent.
    ///
    /// # Errors
    /// As [`optional_bytes`](Self::optional_bytes).
    pub fn flag(&self, name: &str) -> Result<bool, No> {
        match self.optional_integer(name)? {
            None | Some(0) => Ok(false),
            Some(1) => Ok(true),
            Some(_) => Err(No::Fault(format!("{name} is neither 0 nor 1"))),
        }
    }

    /// A list; empty where it is absent.
    ///
    /// # Errors
    /// As [`optional_bytes`](Self::optional_bytes).
    pub fn list(&self, name: &str) -> Result<&[String], No> {
        match self.input.get(name) {
            None => Ok(&[]),
            Some(Field::List(items)) => Ok(items),
            Some(_) => Err(No::Fault(format!("{name} is no list"))),
        }
    }

    /// An integer parameter.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub fn integer(&self, name: &str) -> Result<u64, No> {
        self.input.integer(name).ok_or_else(|| No::Fault(format!("no {name}")))
    }

    /// A 64-bit number.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub fn long(&self, name: &str) -> Result<u64, No> {
        decimal(self.text(name)?).ok_or_else(|| No::Fault(format!("{name} is no number")))
    }
}

impl Fields {
    /// The field of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, field)| field)
    }

    /// A text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Field::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// An integer.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<u64> {
        match self.get(name) {
            Some(Field::Integer(integer)) => Some(*integer),
            _ => None,
        }
    }

    /// Whether no object is in it.
    fn is_flat(&self) -> bool {
        !self.0.iter().any(|(_, field)| matches!(field, Field::Object(_)))
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Object)
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Fields::default();
        while let Some((name, field)) = map.next_entry::<String, Field>()? {
            if fields.get(&name).is_some() {
                return Err(A::Error::custom("a key stands twice"));
            }
            fields.0.push((name, field));
        }
        Ok(fields)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a string, an integer below 2^53, strings or an object")
    }

    fn visit_u64<E: Error>(self, integer: u64) -> Result<Field, E> {
        if integer < 1 << 53 { Ok(Field::Integer(integer)) } else { Err(E::custom("too large")) }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Field, E> {
        Ok(Field::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Field, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element::<String>()? {
            items.push(item);
        }
        Ok(Field::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Field, A::Error> {
        Object.visit_map(map).map(Field::Object)
    }
}

/// Lowercase hexadecimal, or one of the two short forms.
pub fn decode(text: &str) -> Result<Vec<u8>, String> {
    if let Some(form) = text.strip_prefix("@repeat:") {
        let (byte, length) = form.split_once(':').ok_or("no length")?;
        let length = length.parse().map_err(|_| "length")?;
        return match unhex(byte)?.as_slice() {
            [byte] => Ok(vec![*byte; length]),
            _ => Err("not one byte".to_owned()),
        };
    }
    if let Some(form) = text.strip_prefix("@file:") {
        let (hash, path) = form.split_once(':').ok_or("no path")?;
        let data = std::fs::read(path).map_err(|error| error.to_string())?;
        let found = hex::encode(Sha256::digest(&data));
        return if found == hash { Ok(data) } else { Err("another SHA-256".to_owned()) };
    }
    unhex(text)
}

/// Lowercase hexadecimal only.
pub fn unhex(text: &str) -> Result<Vec<u8>, String> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err("upper case".to_owned());
    }
    hex::decode(text).map_err(|error| error.to_string())
}

/// A 64-bit number: decimal digits, nothing else.
pub fn decimal(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// A 16-bit value: four lowercase hexadecimal digits.
pub fn hex16(text: &str) -> Option<u16> {
    unhex(text).ok()?.try_into().ok().map(u16::from_be_bytes)
}

/// The line that answers a request.
#[must_use]
pub fn write(id: u64, answer: Answer, used: &[String]) -> String {
    let line = match answer {
        Ok(Out(out)) => json!({"id": id, "answer": "ok", "out": out, "rand_used": used}),
        Err(No::Reject(class)) => json!({"id": id, "answer": "reject", "class": class}),
        Err(No::Refused(note)) => {
            json!({"id": id, "answer": "reject", "class": "refused", "note": note})
        }
        Err(No::Unsupported(note)) => json!({"id": id, "answer": "unsupported", "note": note}),
        Err(No::Fault(note)) => json!({"id": id, "answer": "fault", "note": note}),
    };
    line.to_string()
}
