//! Lines of the adapter protocol (`conformance/ADAPTERS.md`): requests, read strictly, and answers.

use sceau_spec::octets::{Octets, ascii, from_bytes};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::primitives::{hkdf_sha256_expand, hkdf_sha256_extract, sha256};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// Largest integer of the protocol.
const LARGEST_INTEGER: u64 = (1 << 53) - 1;

/// Why a request did not succeed.
#[derive(Clone, Debug)]
pub enum Stop {
    /// The protocol refuses.
    Reject(ErrorClass),
    /// No such command, parameter or deviation.
    Unsupported(String),
    /// A request that makes no sense.
    Fault(String),
}

impl From<ErrorClass> for Stop {
    fn from(class: ErrorClass) -> Self {
        Stop::Reject(class)
    }
}

/// What a command gives.
pub type Answer = Result<Out, Stop>;

/// A fault with a note.
pub fn fault<T>(note: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Fault(note.into()))
}

/// The results of a command, in their order.
#[derive(Default)]
pub struct Out(Map<String, Value>);

impl Out {
    pub fn bytes(self, name: &str, bytes: &Octets) -> Self {
        self.text(name, &hex(bytes))
    }

    pub fn text(mut self, name: &str, text: &str) -> Self {
        self.0.insert(name.to_owned(), Value::from(text));
        self
    }

    pub fn long(self, name: &str, number: u64) -> Self {
        self.text(name, &number.to_string())
    }

    pub fn int(mut self, name: &str, number: u64) -> Self {
        self.0.insert(name.to_owned(), Value::from(number));
        self
    }

    pub fn flag(self, name: &str, flag: bool) -> Self {
        self.int(name, u64::from(flag))
    }

    pub fn list(mut self, name: &str, items: Vec<String>) -> Self {
        self.0.insert(name.to_owned(), Value::from(items));
        self
    }
}

/// Lowercase hexadecimal.
pub fn hex(bytes: &Octets) -> String {
    bytes.native_slice().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of lowercase hexadecimal.
pub fn unhex(text: &str) -> Option<Octets> {
    let digits = text.as_bytes();
    let fits = digits.len() % 2 == 0
        && digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = if fits { digits.chunks(2).map(byte).collect() } else { None };
    bytes.map(|bytes| from_bytes(&bytes))
}

/// A parameter's bytes, in one of the three forms.
pub fn octets(text: &str) -> Result<Octets, Stop> {
    if let Some(rest) = text.strip_prefix("@repeat:") {
        let (byte, count) = rest.split_once(':').unwrap_or_default();
        match (unhex(byte), count.parse::<usize>()) {
            (Some(byte), Ok(count)) if byte.len() == 1 && count <= 1 << 28 => {
                Ok(from_bytes(&vec![byte[0usize]; count]))
            }
            _ => fault("@repeat:BB:N"),
        }
    } else if let Some(rest) = text.strip_prefix("@file:") {
        let (digest, path) = rest.split_once(':').unwrap_or_default();
        match std::fs::read(path) {
            Ok(data) if hex(&sha256(&from_bytes(&data))) == digest => Ok(from_bytes(&data)),
            Ok(_) => fault("the file has another hash"),
            Err(error) => fault(error.to_string()),
        }
    } else {
        unhex(text).ok_or_else(|| Stop::Fault("not lowercase hexadecimal".to_owned()))
    }
}

/// A request.
#[derive(Default)]
pub struct Request {
    pub id: u64,
    pub cmd: String,
    pub party: Option<String>,
    pub session: Option<String>,
    pub group: Option<String>,
    pub input: Map<String, Value>,
    /// What is fed; none: the seed's, or the system's.
    pub rand: Option<Map<String, Value>>,
    pub seed: Option<Octets>,
    pub deviate: Vec<String>,
    /// What was drawn, `name:length`.
    pub used: Vec<String>,
}

/// The `id` of a line, as far as one can be read, and the request.
pub fn parse(line: &str) -> (u64, Result<Request, Stop>) {
    let object = match serde_json::from_str::<Strict>(line) {
        Ok(Strict(Value::Object(object))) => object,
        Ok(_) => return (0, fault("not an object")),
        Err(error) => return (0, fault(error.to_string())),
    };
    match object.get("id").and_then(Value::as_u64) {
        Some(id) if id <= LARGEST_INTEGER => (id, request(id, object)),
        _ => (0, fault("no id")),
    }
}

fn request(id: u64, object: Map<String, Value>) -> Result<Request, Stop> {
    let mut request = Request { id, ..Request::default() };
    let (mut input, mut cmd) = (None, None);
    for (name, value) in object {
        match (name.as_str(), value) {
            ("id", _) => {}
            ("cmd", Value::String(text)) => cmd = Some(text),
            ("party", Value::String(text)) => request.party = Some(text),
            ("session", Value::String(text)) => request.session = Some(text),
            ("group", Value::String(text)) => request.group = Some(text),
            ("in", Value::Object(fields)) => input = Some(flat(fields)?),
            ("rand", Value::Object(fields)) => request.rand = Some(flat(fields)?),
            ("seed", Value::String(text)) => match unhex(&text) {
                Some(seed) if seed.len() == 32 => request.seed = Some(seed),
                _ => return fault("seed"),
            },
            ("deviate", Value::Array(items)) => {
                request.deviate = texts(&items).ok_or(Stop::Fault("deviate".to_owned()))?;
            }
            (name, _) => return fault(format!("member \"{name}\"")),
        }
    }
    request.input = input.ok_or(Stop::Fault("no \"in\"".to_owned()))?;
    request.cmd = cmd.ok_or(Stop::Fault("no \"cmd\"".to_owned()))?;
    Ok(request)
}

fn texts(items: &[Value]) -> Option<Vec<String>> {
    items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Checks that an object holds strings, integers and arrays of strings only.
fn flat(fields: Map<String, Value>) -> Result<Map<String, Value>, Stop> {
    for (name, value) in &fields {
        let fits = match value {
            Value::String(_) => true,
            Value::Number(number) => number.as_u64().is_some_and(|n| n <= LARGEST_INTEGER),
            Value::Array(items) => texts(items).is_some(),
            _ => false,
        };
        if !fits {
            return fault(format!("value of \"{name}\""));
        }
    }
    Ok(fields)
}

impl Request {
    /// Refuses parameters that the command does not know, and deviations where it has none.
    pub fn knows(&self, names: &[&str]) -> Result<(), Stop> {
        match self.input.keys().find(|name| !names.contains(&name.as_str())) {
            Some(name) => Err(Stop::Unsupported(format!("parameter {name}"))),
            None => Ok(()),
        }
    }

    pub fn text(&self, name: &str) -> Result<Option<&str>, Stop> {
        match self.input.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => fault(format!("\"{name}\" is no text")),
        }
    }

    pub fn optional(&self, name: &str) -> Result<Option<Octets>, Stop> {
        self.text(name)?.map(octets).transpose()
    }

    pub fn bytes(&self, name: &str) -> Result<Octets, Stop> {
        self.optional(name)?.ok_or_else(|| Stop::Fault(format!("no \"{name}\"")))
    }

    pub fn optional_int(&self, name: &str) -> Result<Option<u64>, Stop> {
        match self.input.get(name) {
            None => Ok(None),
            Some(Value::Number(number)) => Ok(number.as_u64()),
            Some(_) => fault(format!("\"{name}\" is no integer")),
        }
    }

    pub fn int(&self, name: &str) -> Result<u64, Stop> {
        self.optional_int(name)?.ok_or_else(|| Stop::Fault(format!("no \"{name}\"")))
    }

    pub fn flag(&self, name: &str) -> Result<bool, Stop> {
        match self.optional_int(name)? {
            None | Some(0) => Ok(false),
            Some(1) => Ok(true),
            Some(_) => fault(format!("\"{name}\" is neither 0 nor 1")),
        }
    }

    pub fn optional_long(&self, name: &str) -> Result<Option<u64>, Stop> {
        match self.text(name)? {
            None => Ok(None),
            Some(text) => match text.parse::<u64>() {
                Ok(number) if number.to_string() == text => Ok(Some(number)),
                _ => fault(format!("\"{name}\" is no decimal number")),
            },
        }
    }

    pub fn long(&self, name: &str) -> Result<u64, Stop> {
        self.optional_long(name)?.ok_or_else(|| Stop::Fault(format!("no \"{name}\"")))
    }

    pub fn list(&self, name: &str) -> Result<Vec<String>, Stop> {
        match self.input.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => texts(items).ok_or(Stop::Fault(name.to_owned())),
            Some(_) => fault(format!("\"{name}\" is no list")),
        }
    }

    /// The randomness of a draw, as it was fed, as the seed gives it, or the system's; not yet drawn.
    pub fn offered(&self, name: &str, length: usize) -> Result<Option<Octets>, Stop> {
        let fed = self.rand.as_ref().and_then(|rand| rand.get(name));
        match (fed, &self.seed) {
            (Some(Value::String(text)), _) => match unhex(text) {
                Some(bytes) if bytes.len() == length => Ok(Some(bytes)),
                _ => fault(format!("rand \"{name}\" has not {length} bytes")),
            },
            (Some(_), _) => fault(format!("rand \"{name}\"")),
            (None, Some(seed)) => {
                let party = self.party.as_deref().unwrap_or_default();
                let info = format!("{party}\0{}\0{name}", self.id);
                let prk = hkdf_sha256_extract(&ascii("sceau conformance 0 rand"), seed);
                Ok(Some(hkdf_sha256_expand(&prk, &ascii(&info), length)))
            }
            (None, None) if self.rand.is_some() => Ok(None),
            (None, None) => {
                let mut bytes = vec![0; length];
                match getrandom::fill(&mut bytes) {
                    Ok(()) => Ok(Some(from_bytes(&bytes))),
                    Err(error) => fault(error.to_string()),
                }
            }
        }
    }

    /// Draws.
    pub fn draw(&mut self, name: &str, length: usize) -> Result<Octets, Stop> {
        let bytes = self.offered(name, length)?;
        self.used.push(format!("{name}:{length}"));
        bytes.ok_or_else(|| Stop::Fault(format!("no rand \"{name}\"")))
    }
}

/// The line of an answer.
pub fn line(id: u64, answer: Answer, used: Vec<String>) -> String {
    let mut object = Map::new();
    object.insert("id".to_owned(), Value::from(id));
    let mut set = |name: &str, value: Value| object.insert(name.to_owned(), value);
    match answer {
        Ok(out) => {
            set("answer", Value::from("ok"));
            set("out", Value::Object(out.0));
            set("rand_used", Value::from(used));
        }
        Err(Stop::Reject(class)) => {
            set("answer", Value::from("reject"));
            set("class", Value::from(class_name(class)));
        }
        Err(Stop::Unsupported(note)) => {
            set("answer", Value::from("unsupported"));
            set("note", Value::from(note));
        }
        Err(Stop::Fault(note)) => {
            set("answer", Value::from("fault"));
            set("note", Value::from(note));
        }
    }
    Value::Object(object).to_string()
}

/// The registry's name of a class: the variant's, in snake_case.
pub fn class_name(class: ErrorClass) -> String {
    let mut name = String::new();
    for letter in format!("{class:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

/// JSON in which no key stands twice at any depth.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Strict(value))) = access.next_entry::<String, Strict>()? {
            if object.insert(name, value).is_some() {
                return Err(de::Error::custom("a key stands twice"));
            }
        }
        Ok(Value::Object(object))
    }
}
