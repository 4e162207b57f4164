//! What a file of vectors is made of: fields, draws, and the check that each step ends as it is said.

use hacspec_lib::*;
use sceau_spec::octets::{Octets, ascii, u32_be};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::primitives::sha256;
use serde_json::{Map, Value, json};

/// Named values, in the order in which they were entered.
pub type Fields = Map<String, Value>;

/// A value of a vector: bytes are lower-case hexadecimal, 64-bit numbers decimal digits.
pub trait Field {
    /// The value in the file.
    fn field(&self) -> Value;
}

impl Field for Octets {
    fn field(&self) -> Value {
        self.native_slice().iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
    }
}

impl Field for u64 {
    fn field(&self) -> Value {
        self.to_string().into()
    }
}

impl Field for bool {
    fn field(&self) -> Value {
        u8::from(*self).into()
    }
}

impl Field for Value {
    fn field(&self) -> Value {
        self.clone()
    }
}

impl Field for Fields {
    fn field(&self) -> Value {
        self.clone().into()
    }
}

impl<T: Field> Field for Vec<T> {
    fn field(&self) -> Value {
        self.iter().map(Field::field).collect::<Vec<_>>().into()
    }
}

impl<T: Field + ?Sized> Field for &T {
    fn field(&self) -> Value {
        (*self).field()
    }
}

macro_rules! plain {
    ($($type:ty),*) => {$(
        impl Field for $type {
            fn field(&self) -> Value {
                json!(self)
            }
        }
    )*};
}
plain!(u8, u16, u32, usize, i32, str, String);

/// Fields of names and values.
macro_rules! fields {
    ($($name:ident: $value:expr),* $(,)?) => {{
        #[allow(unused_mut)]
        let mut fields = $crate::vector::Fields::new();
        $(fields.insert(stringify!($name).into(), $crate::vector::Field::field(&$value));)*
        fields
    }};
}
pub(crate) use fields;

/// Adds a field.
pub fn put(fields: &mut Fields, name: &str, value: impl Field) {
    assert!(fields.insert(name.into(), value.field()).is_none(), "two fields {name}");
}

/// Both, the first ones first.
pub fn join(mut first: Fields, second: Fields) -> Fields {
    for (name, value) in second {
        put(&mut first, &name, value);
    }
    first
}

/// The items of one of hacspec's sequences.
pub fn items<T: Clone + Default>(seq: &Seq<T>) -> Vec<T> {
    (0..seq.len()).map(|i| seq[i].clone()).collect()
}

/// `n` bytes that depend on names alone.
pub fn draw(topic: &str, of: &str, name: &str, n: usize) -> Octets {
    let mut out = Octets::new(0);
    for block in 0..n.div_ceil(32) {
        let seed = ascii(&format!("Sceau vectors/{topic}/{of}/{name}/"));
        out = out.concat(&sha256(&seed.concat(&u32_be(block as u32))));
    }
    out.slice(0, n)
}

/// The bytes 0, 1, 2, …, of the examples in the text.
pub fn counting(n: u8) -> Octets {
    Octets::from_vec((0..n).collect())
}

/// The class as the registry writes it.
pub fn class_name(class: ErrorClass) -> String {
    let mut out = String::new();
    for letter in format!("{class:?}").chars() {
        if letter.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// What a step that must succeed gives.
///
/// # Panics
/// It refuses.
pub fn must<T>(what: &str, result: Result<T, ErrorClass>) -> T {
    match result {
        Ok(value) => value,
        Err(class) => panic!("{what}: refused with {}", class_name(class)),
    }
}

/// The vectors of one topic.
pub struct Topic {
    area: &'static str,
    suite: &'static str,
    name: &'static str,
    prefix: &'static str,
    vectors: Vec<Value>,
}

impl Topic {
    /// A topic without vectors. `prefix` begins their ids.
    pub fn new(name: &'static str, prefix: &'static str) -> Self {
        Self { area: "pairwise", suite: "core", name, prefix, vectors: Vec::new() }
    }

    /// A topic of groups without vectors; each of them names its cipher suite.
    pub fn group(name: &'static str, prefix: &'static str) -> Self {
        Self { area: "group", suite: "mls", ..Self::new(name, prefix) }
    }

    /// The folder of the file.
    pub fn area(&self) -> &'static str {
        self.area
    }

    /// The id of a vector.
    pub fn id(&self, number: u32) -> String {
        format!("{}-{number:03}", self.prefix)
    }

    /// Random bytes of a vector.
    pub fn draw(&self, number: u32, name: &str, n: usize) -> Octets {
        draw(self.name, &self.id(number), name, n)
    }

    fn begin(
        &self,
        number: u32,
        clauses: &str,
        description: &str,
        valid: bool,
        input: Fields,
    ) -> Fields {
        let clauses: Vec<&str> = clauses.split_whitespace().collect();
        let id = self.id(number);
        assert!(!clauses.is_empty(), "{id}: no clause");
        let known = |vector: &Value| vector.get("id") == Some(&Value::from(id.as_str()));
        assert!(!self.vectors.iter().any(known), "{id} stands there twice");
        fields! {
            id: id,
            clauses: clauses,
            description: description,
            valid: Value::Bool(valid),
            in: input,
        }
    }

    /// A vector of a step that succeeds.
    pub fn valid(
        &mut self,
        number: u32,
        clauses: &str,
        description: &str,
        input: Fields,
        steps: Fields,
        out: Fields,
    ) {
        let mut vector = self.begin(number, clauses, description, true, input);
        if !steps.is_empty() {
            put(&mut vector, "steps", steps);
        }
        put(&mut vector, "out", out);
        self.vectors.push(vector.into());
    }

    /// A vector of a step that is refused, which it must have been, with this class.
    ///
    /// # Panics
    /// It was not.
    pub fn refused<T>(
        &mut self,
        number: u32,
        clauses: &str,
        description: &str,
        input: Fields,
        result: Result<T, ErrorClass>,
        class: ErrorClass,
    ) {
        let id = self.id(number);
        match result {
            Ok(_) => panic!("{id}: {description}: not refused"),
            Err(other) => assert!(
                other == class,
                "{id}: {description}: {} instead of {}",
                class_name(other),
                class_name(class)
            ),
        }
        let mut vector = self.begin(number, clauses, description, false, input);
        put(&mut vector, "error", class_name(class));
        self.vectors.push(vector.into());
    }

    /// Name and content of the file.
    pub fn file(self) -> (&'static str, usize, Value) {
        let count = self.vectors.len();
        let file = json!({
            "format": "sceau-vectors",
            "version": 0,
            "edition": "0",
            "suite": self.suite,
            "topic": self.name,
            "generator": "sceau-spec",
            "vectors": self.vectors,
        });
        (self.name, count, file)
    }
}

/// Where some bytes differ from those that stand in another vector: that many bytes are removed
/// `at` a place, and others inserted. For what is long and differs in one place alone.
pub fn edit(of: &str, base: &Octets, altered: &Octets) -> Fields {
    let (old, new) = (base.native_slice(), altered.native_slice());
    let shorter = old.len().min(new.len());
    let at = (0..shorter).take_while(|i| old[*i] == new[*i]).count();
    let same = |i: &usize| old[old.len() - 1 - i] == new[new.len() - 1 - i];
    let behind = (0..shorter - at).take_while(same).count();
    fields! {
        of: of,
        at: at,
        remove: old.len() - at - behind,
        insert: altered.slice(at, new.len() - at - behind),
    }
}
