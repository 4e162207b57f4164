//! The CBOR twin of a JSON file: the same data model, encoded deterministically.

use serde_cbor::Value as Cbor;
use serde_json::Value as Json;

/// The deterministic encoding (RFC 8949 §4.2.1) of a JSON value. serde_cbor keeps maps in ascending
/// order of length, then bytes, of their keys, which for text is the order of the encoded keys.
pub(crate) fn twin(json: &Json) -> Result<Vec<u8>, String> {
    serde_cbor::to_vec(&convert(json)?).map_err(|e| e.to_string())
}

fn convert(json: &Json) -> Result<Cbor, String> {
    match json {
        Json::Bool(b) => Ok(Cbor::Bool(*b)),
        Json::String(text) => Ok(Cbor::Text(text.clone())),
        Json::Number(n) => match n.as_u64() {
            Some(n) if n < 1 << 53 => Ok(Cbor::Integer(n.into())),
            _ => Err(format!("{n} is no integer from 0 to 2^53 - 1")),
        },
        Json::Array(items) => items.iter().map(convert).collect::<Result<_, _>>().map(Cbor::Array),
        Json::Object(map) => {
            let pair =
                |(key, value): (&String, &Json)| Ok((Cbor::Text(key.clone()), convert(value)?));
            map.iter().map(pair).collect::<Result<_, String>>().map(Cbor::Map)
        }
        Json::Null => Err("null has no place in a vector".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_in_one_way_only() -> Result<(), Box<dyn std::error::Error>> {
        let json = serde_json::from_str(r#"{"in": {}, "b": [24, 0], "a": "00", "clauses": true}"#)?;
        let expected = b"\xa4\x61a\x6200\x61b\x82\x18\x18\x00\x62in\xa0\x67clauses\xf5";
        assert_eq!(twin(&json)?, expected);
        Ok(())
    }

    #[test]
    fn refuses_what_no_vector_has() -> Result<(), Box<dyn std::error::Error>> {
        for json in ["null", "[1.5]", "-1", "9007199254740992"] {
            assert!(twin(&serde_json::from_str(json)?).is_err(), "{json}");
        }
        Ok(())
    }
}
