//! The API document as the tests read it: its operations, its examples, and whether an answer has the shape it says.

use serde_json::{Map, Value};

use crate::app::{TestApp, Told};

/// The document, as the daemon serves it.
pub(crate) struct Document(Value);

/// One method of one path.
pub(crate) struct Operation<'d> {
    pub(crate) document: &'d Document,
    pub(crate) method: &'d str,
    pub(crate) path: &'d str,
    says: &'d Value,
}

impl Document {
    pub(crate) async fn of(app: &TestApp) -> Self {
        Self(app.get("/openapi.json", "").await.json())
    }

    pub(crate) fn version(&self) -> &str {
        self.0["info"]["version"].as_str().unwrap()
    }

    pub(crate) fn operations(&self) -> Vec<Operation<'_>> {
        let paths = self.0["paths"].as_object().unwrap().iter();
        let all = paths.flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().iter();
            methods.map(move |(method, says)| Operation { document: self, method, path, says })
        });
        all.collect()
    }

    /// Follows a reference.
    fn at<'d>(&'d self, value: &'d Value) -> &'d Value {
        match value["$ref"].as_str() {
            Some(place) => self.0.pointer(place.strip_prefix('#').unwrap()).expect(place),
            None => value,
        }
    }

    /// What of a value is not as its schema says. A member that the schema does not name is a mistake.
    pub(crate) fn mistakes(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        let schema = self.at(schema);
        if let Some(any) = schema["anyOf"].as_array() {
            let all: Vec<_> = any.iter().map(|one| self.mistakes(one, value, at)).collect();
            return all.iter().find(|one| one.is_empty()).or_else(|| all.last()).cloned().unwrap();
        }
        if let Some(one) = schema.get("const") {
            return if one == value { Vec::new() } else { vec![format!("{at}: not {one}")] };
        }
        if let Some(words) = schema["enum"].as_array() {
            return if words.contains(value) {
                Vec::new()
            } else {
                vec![format!("{at}: {value} is no word of it")]
            };
        }
        let kinds: Vec<&str> = match (schema["type"].as_str(), schema["type"].as_array()) {
            (Some(kind), _) => vec![kind],
            (None, Some(kinds)) => kinds.iter().map(|kind| kind.as_str().unwrap()).collect(),
            (None, None) => return Vec::new(),
        };
        let fits = |kind: &&str| match *kind {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_u64(),
            "number" => value.is_number(),
            "string" => value.is_string(),
            "array" => value.is_array(),
            _ => value.is_object(),
        };
        if !kinds.iter().any(fits) {
            return vec![format!("{at}: {value} is no {kinds:?}")];
        }
        if let Some(items) = value.as_array() {
            let one = |item| self.mistakes(&schema["items"], item, &format!("{at}/-"));
            return items.iter().flat_map(one).collect();
        }
        match (value.as_object(), schema["properties"].as_object()) {
            (Some(members), Some(known)) => self.members(schema, (known, members), at),
            (Some(_) | None, _) => Vec::new(),
        }
    }

    fn members(
        &self,
        schema: &Value,
        (known, members): (&Map<String, Value>, &Map<String, Value>),
        at: &str,
    ) -> Vec<String> {
        let required = schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap());
        let lacking = required.filter(|name| !members.contains_key(*name));
        let lacking: Vec<_> = lacking.map(|name| format!("{at}/{name} is not there")).collect();
        let wrong = members.iter().flat_map(|(name, value)| match known.get(name) {
            Some(schema) => self.mistakes(schema, value, &format!("{at}/{name}")),
            None => vec![format!("{at}/{name} is not in the document")],
        });
        lacking.into_iter().chain(wrong).collect()
    }
}

impl<'d> Operation<'d> {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(crate) fn statuses(&self) -> Vec<u16> {
        self.says["responses"].as_object().unwrap().keys().map(|status| status.parse().unwrap()).collect()
    }

    /// The schema of its JSON body.
    pub(crate) fn body(&self) -> Option<&'d Value> {
        let schema = self.says["requestBody"]["content"].get("application/json")?;
        Some(self.document.at(&schema["schema"]))
    }

    /// A body that it takes.
    pub(crate) fn example(&self) -> Option<&'d Value> {
        self.body().map(|schema| &schema["example"])
    }

    pub(crate) fn queries(&self) -> Vec<&'d Value> {
        let parameters = self.says["parameters"].as_array().into_iter().flatten();
        parameters.map(|it| self.document.at(it)).filter(|it| it["in"] == "query").collect()
    }

    /// The names of the ways to prove who calls; none where anybody may.
    pub(crate) fn security(&self) -> Vec<&'d str> {
        let own =
            self.says.get("security").unwrap_or_else(|| &self.document.0["security"]).as_array().unwrap();
        own.iter().flat_map(|way| way.as_object().unwrap().keys().map(String::as_str)).collect()
    }

    /// What of an answer the document does not say.
    pub(crate) fn mistakes(&self, told: &Told) -> Vec<String> {
        let name = format!("{} {}", self.name(), told.status);
        let Some(says) = self.says["responses"].get(told.status.to_string()) else {
            return vec![format!("{name} is not in the document: {}", told.text)];
        };
        let Some(contents) = self.document.at(says)["content"].as_object() else { return Vec::new() };
        let kind = told.header("content-type").split(';').next().unwrap();
        match contents.get(kind) {
            None => vec![format!("{name}: {kind} is not in the document")],
            Some(content) if kind.ends_with("json") => {
                self.document.mistakes(&content["schema"], &told.json(), &name)
            }
            Some(_) => Vec::new(),
        }
    }
}
