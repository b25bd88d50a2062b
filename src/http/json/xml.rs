//! XML as the same values as JSON: elements by their names, repeated ones as a list, text as text.

use std::collections::btree_map::Entry;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};

use super::{DEPTH_MAX, Fault, Json, Malformed, Object, VALUES_MAX};

/// Reads bytes as one XML element: an object with the element's name and what it holds.
///
/// Attributes, comments, instructions and prefixes of names are passed over; text beside elements as well.
///
/// # Errors
/// [`Malformed`] where they are not one, have a document type, or exceed the bounds of JSON.
pub fn from_xml(bytes: &[u8]) -> Result<Json, Malformed> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = str::from_utf8(bytes).map_err(|error| malformed(bytes, error.valid_up_to(), Fault::Markup))?;
    let mut reader = Reader::from_str(text);
    read(&mut reader).map_err(|why| {
        // The reader knows where what it refused begins; what is refused here ends where it has come to.
        let at = if reader.error_position() > 0 { reader.error_position() } else { reader.buffer_position() };
        malformed(bytes, usize::try_from(at).unwrap_or(0), why)
    })
}

fn malformed(bytes: &[u8], at: usize, why: Fault) -> Malformed {
    let before = bytes.get(..at).unwrap_or(bytes);
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
    Malformed { line, column, why }
}

/// An element whose end has not come.
struct Open {
    name: String,
    children: Object,
    text: String,
}

impl Open {
    fn close(self) -> (String, Json) {
        if self.children.is_empty() {
            (self.name, Json::Text(self.text.trim().to_owned()))
        } else {
            (self.name, Json::Object(self.children))
        }
    }
}

fn read(reader: &mut Reader<&[u8]>) -> Result<Json, Fault> {
    let mut open: Vec<Open> = Vec::new();
    let mut root = Object::new();
    let mut left = VALUES_MAX;
    loop {
        match reader.read_event().map_err(|_cause| Fault::Markup)? {
            Event::Start(start) => {
                left = left.checked_sub(1).ok_or(Fault::TooMany)?;
                if open.len() >= DEPTH_MAX {
                    return Err(Fault::TooDeep);
                }
                let name = start.local_name().into_inner().to_owned();
                open.push(Open { name, children: Object::new(), text: String::new() });
            }
            Event::Empty(empty) => {
                left = left.checked_sub(1).ok_or(Fault::TooMany)?;
                let name = empty.local_name().into_inner().to_owned();
                put(open.last_mut(), &mut root, name, Json::Text(String::new()))?;
            }
            Event::End(_) => {
                let (name, value) = open.pop().ok_or(Fault::Markup)?.close();
                put(open.last_mut(), &mut root, name, value)?;
            }
            Event::Text(text) => match open.last_mut() {
                Some(element) => element.text.push_str(&text.xml10_content()),
                None if text.trim().is_empty() => {}
                None => return Err(Fault::Markup),
            },
            Event::CData(text) => {
                open.last_mut().ok_or(Fault::Markup)?.text.push_str(&text.xml10_content());
            }
            Event::GeneralRef(reference) => {
                let element = open.last_mut().ok_or(Fault::Markup)?;
                resolve(&reference, &mut element.text)?;
            }
            Event::DocType(_) => return Err(Fault::DocumentType),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof if open.is_empty() && !root.is_empty() => return Ok(Json::Object(root)),
            Event::Eof => return Err(Fault::Markup),
        }
    }
}

/// Puts a value into the element around it, or makes it the root; there is one root.
fn put(parent: Option<&mut Open>, root: &mut Object, name: String, value: Json) -> Result<(), Fault> {
    let Some(parent) = parent else {
        return if root.is_empty() {
            root.insert(name, value);
            Ok(())
        } else {
            Err(Fault::Markup)
        };
    };
    match parent.children.entry(name) {
        Entry::Vacant(place) => {
            place.insert(value);
        }
        Entry::Occupied(mut place) => {
            if let Json::List(list) = place.get_mut() {
                list.push(value);
            } else {
                let first = place.insert(Json::Null);
                place.insert(Json::List(vec![first, value]));
            }
        }
    }
    Ok(())
}

/// The character of a reference: by number, or one of the five that XML knows.
fn resolve(reference: &BytesRef<'_>, text: &mut String) -> Result<(), Fault> {
    if let Some(c) = reference.resolve_char_ref().map_err(|_cause| Fault::Markup)? {
        text.push(c);
        return Ok(());
    }
    text.push_str(resolve_predefined_entity(reference).ok_or(Fault::Markup)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(json: &Json) -> String {
        match json {
            Json::Text(text) => format!("{text:?}"),
            Json::List(list) => format!("[{}]", list.iter().map(told).collect::<Vec<_>>().join(",")),
            Json::Object(object) => {
                let members: Vec<String> =
                    object.iter().map(|(name, value)| format!("{name}:{}", told(value))).collect();
                format!("{{{}}}", members.join(","))
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => panic!("XML has texts alone"),
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let told = from_xml(text.as_bytes()).map_or_else(|error| error.to_string(), |json| told(&json));
        assert_eq!(told, expected, "{text}");
    }

    #[test]
    fn elements_become_members_and_repeated_ones_a_list() {
        check(
            "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- gate --><x:a xmlns:x=\"u\" b=\"1\">\n <b> 1 </b><c/>\n\
             <b>2</b><b><d><![CDATA[<3>]]></d></b></x:a>\n",
            r#"{a:{b:["1","2",{d:"<3>"}],c:""}}"#,
        );
        check("<a>1 &lt; 2 &amp;&#x738B;&#26576;</a>", r#"{a:"1 < 2 &王某"}"#);
        check("<a/>", r#"{a:""}"#);
    }

    #[test]
    fn what_is_no_element_is_refused() {
        check("", "line 1, column 1: not valid XML");
        check("<a>", "line 1, column 4: not valid XML");
        check("<a></b>", "line 1, column 4: not valid XML");
        check("<a/><b/>", "line 1, column 9: not valid XML");
        check("<a/>x", "line 1, column 6: not valid XML");
        check("<a>&nbsp;</a>", "line 1, column 10: not valid XML");
        check("<a>&#0;</a>", "line 1, column 8: not valid XML");
        assert_eq!(
            from_xml(b"<a>\n\xb2\xc6</a>").unwrap_err().to_string(),
            "line 2, column 1: not valid XML"
        );
    }

    #[test]
    fn bombs_are_refused() {
        check(
            "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>",
            "line 1, column 54: a document type is not taken",
        );
        check(
            "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
            "line 1, column 41: a document type is not taken",
        );
        assert_eq!(from_xml("<a>".repeat(100_000).as_bytes()).unwrap_err().why, Fault::TooDeep);
        let many = format!("<a>{}</a>", "<b/>".repeat(VALUES_MAX));
        assert_eq!(from_xml(many.as_bytes()).unwrap_err().why, Fault::TooMany);
    }
}
