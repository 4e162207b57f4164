//! An answer: one line from an adapter to the runner.

use super::value::{Fields, Node, Value, parse_object};

/// What an adapter answered: exactly one of five.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done; the results, and the randomness consumed as `name:length` in its order.
    Ok {
        /// The results.
        out: Fields,
        /// Randomness consumed, `name:length` in order.
        rand_used: Vec<String>,
    },
    /// The implementation refused, as a protocol step may; the class is advisory.
    Reject {
        /// Class of the error, empty if the adapter tells none.
        class: String,
    },
    /// The adapter does not have this command, parameter, suite or deviation.
    Unsupported {
        /// What is missing, for people.
        note: String,
    },
    /// The adapter's own error; says nothing about the implementation.
    Fault {
        /// What went wrong, for people.
        note: String,
    },
    /// Not yet; to be asked for with `meta.poll`.
    Pending {
        /// The token to poll with.
        poll: String,
    },
}

/// An answer with the number of the request that it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The request's number; 0 where the adapter could not read one.
    pub id: u64,
    /// The answer.
    pub answer: Answer,
}

/// Why a line is not an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub String);

impl Reply {
    /// Reads a line. Unknown members are ignored.
    ///
    /// # Errors
    /// It is not one flat object, a key stands twice, or it is none or several of the five answers.
    pub fn parse(line: &str) -> Result<Self, Malformed> {
        let entries = parse_object(line).map_err(Malformed)?;
        let get =
            |name: &str| entries.iter().find(|(known, _)| known == name).map(|(_, node)| node);
        let text = |name: &str| match get(name) {
            Some(Node::Value(Value::Text(text))) => Ok(text.clone()),
            None => Ok(String::new()),
            Some(_) => Err(Malformed(format!("\"{name}\" is not a string"))),
        };
        let Some(Node::Value(Value::Integer(id))) = get("id") else {
            return Err(Malformed("no integer \"id\"".to_owned()));
        };
        let kind = text("answer")?;
        if kind != "ok" && get("out").is_some() {
            return Err(Malformed(format!("\"out\" beside the answer \"{kind}\"")));
        }
        let answer = match kind.as_str() {
            "ok" => Answer::Ok {
                out: match get("out") {
                    Some(Node::Object(fields)) => fields.clone(),
                    None => Fields::default(),
                    Some(_) => return Err(Malformed("\"out\" is not a flat object".to_owned())),
                },
                rand_used: match get("rand_used") {
                    Some(Node::Value(Value::List(list))) => list.clone(),
                    None => Vec::new(),
                    Some(_) => return Err(Malformed("\"rand_used\" is no list".to_owned())),
                },
            },
            "reject" => Answer::Reject { class: text("class")? },
            "unsupported" => Answer::Unsupported { note: text("note")? },
            "fault" => Answer::Fault { note: text("note")? },
            "pending" => match text("poll")? {
                token if token.is_empty() => {
                    return Err(Malformed("\"pending\" without \"poll\"".to_owned()));
                }
                poll => Answer::Pending { poll },
            },
            "" => return Err(Malformed("no \"answer\"".to_owned())),
            other => return Err(Malformed(format!("unknown answer \"{other}\""))),
        };
        Ok(Reply { id: *id, answer })
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Reply};

    #[test]
    fn exactly_one_of_five() {
        for (line, good) in [
            (r#"{"id":1,"answer":"ok"}"#, true),
            (r#"{"id":1,"answer":"ok","out":{"a":"b"},"more":[1,{"x":null}]}"#, true),
            (r#"{"id":1,"answer":"reject","class":"malformed"}"#, true),
            (r#"{"id":1,"answer":"pending","poll":"t"}"#, true),
            (r#"{"id":1,"answer":"pending"}"#, false),
            (r#"{"id":1,"answer":"reject","out":{}}"#, false),
            (r#"{"id":1,"answer":"accepted"}"#, false),
            (r#"{"id":1}"#, false),
            (r#"{"answer":"ok"}"#, false),
            (r#"{"id":"1","answer":"ok"}"#, false),
            (r#"{"id":1,"answer":"ok","out":{"a":null}}"#, false),
            (r#"{"id":1,"answer":"ok","answer":"reject"}"#, false),
            ("[]", false),
            ("", false),
        ] {
            assert_eq!(Reply::parse(line).is_ok(), good, "{line}");
        }
        let reply = Reply::parse(r#"{"id":7,"answer":"fault","note":"x"}"#);
        assert_eq!(reply, Ok(Reply { id: 7, answer: Answer::Fault { note: "x".to_owned() } }));
    }
}
