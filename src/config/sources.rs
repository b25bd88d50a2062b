//! Sources of fever events, programs, roles: who may come in, and how they prove who they are.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::finding::Finding;
use super::mapped;
use super::people::People;
use super::reader::Table;
use super::report::At;
use super::secret::secrets;
use super::values::{DAY, EXAMPLE_SIGNING, Hashes, Ids, KINDS, id, own_tokens, tokens, warn_of_example};
use crate::domain::directory::{Role, Source};
use crate::domain::names::{ClientId, Kind, PersonId, SourceId};
use crate::http::credential::SigningSecret;
use crate::http::intake::Format;
use crate::http::settings::{ClientSettings, SourceSettings};

/// Who may come in.
#[derive(Default)]
pub(super) struct Sources {
    pub(super) rules: BTreeMap<SourceId, Source>,
    pub(super) settings: BTreeMap<SourceId, SourceSettings>,
    pub(super) clients: Vec<ClientSettings>,
    pub(super) roles: Vec<(PersonId, Role)>,
}

const ROLES: &str = "office | unit:ID | discipline | operator | read";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Native,
    CloudEvents,
    Fhir,
    Hikvision,
    Mapped,
}

const SHAPES: [(&str, Shape); 5] = [
    ("native", Shape::Native),
    ("cloudevents", Shape::CloudEvents),
    ("fhir", Shape::Fhir),
    ("hikvision", Shape::Hikvision),
    ("mapped", Shape::Mapped),
];

/// Reads `[[source]]`, `[[client]]` and `[[role]]`.
pub(super) fn read(root: &Table<'_>, people: &People) -> Sources {
    let mut sources = Sources::default();
    let (mut known, mut hashes) = (Ids::new(), Hashes::new());
    for table in root.tables("source") {
        let id = id(&table, &mut known);
        let (rules, settings) = source(&table, people, &mut hashes);
        table.finish();
        if let Some(id) = id {
            sources.rules.insert(SourceId::new(&id), rules);
            sources.settings.insert(SourceId::new(&id), settings);
        }
    }
    let (mut known, mut hashes) = (Ids::new(), Hashes::new());
    for table in root.tables("client") {
        let id = id(&table, &mut known);
        let role = table.required("role", ROLES).and_then(|role| self::role(&table, &role, people));
        table.require("token_sha256", "the SHA-256 of the program's token, as `watchfire token` prints it");
        let tokens = own_tokens(&table, "token_sha256", &mut hashes);
        table.finish();
        if let (Some(id), Some(role)) = (id, role) {
            sources.clients.push(ClientSettings { id: ClientId::new(&id), role, tokens });
        }
    }
    for table in root.tables("role") {
        let person = table.required("person", "the id of a [[person]]");
        let person = person.and_then(|who| people.known(&table, &who));
        let role = table.required("role", ROLES).and_then(|role| self::role(&table, &role, people));
        table.finish();
        sources.roles.extend(person.zip(role));
    }
    sources
}

fn source(table: &Table<'_>, people: &People, hashes: &mut Hashes) -> (Source, SourceSettings) {
    table.require("format", "native | cloudevents | fhir | hikvision | mapped");
    let shape = table.word("format", &SHAPES);
    let may = table.words("may", &KINDS).unwrap_or_else(|| vec![Kind::Fever]);
    if let (true, Some(entry)) = (may.is_empty(), table.entry("may")) {
        let finding = Finding::mistake(&entry.node.place, &table.key("may"), "a source that may say nothing");
        table.report.tell(finding.expected("[\"fever\"], and what else it may say"));
    }
    let unit = table.text("unit").and_then(|unit| people.known_unit(table, &unit));
    // A device's clock is nobody's business until somebody says that it is right.
    let device = matches!(shape, Some(Shape::Hikvision | Shape::Mapped));
    let trust_time = table.bool("trust_time").unwrap_or(!device);
    let format = match shape {
        Some(Shape::CloudEvents) => Format::CloudEvents,
        Some(Shape::Fhir) => Format::Fhir,
        Some(Shape::Hikvision) => Format::Hikvision,
        Some(Shape::Mapped) => Format::Mapped(Arc::new(mapped::read(table))),
        // Without a shape there is a mistake, and nothing is taken at all.
        Some(Shape::Native) | None => Format::Native,
    };
    let settings = SourceSettings {
        format,
        tokens: own_tokens(table, "token_sha256", hashes),
        path_secrets: tokens(table, "path_secret_sha256"),
        signing: signing_secrets(table),
        expect_every: table
            .bounded("expect_every", Duration::from_secs(1), DAY * 30)
            .map(|every| every.value),
    };
    if !["token_sha256", "path_secret_sha256", "signing_secret"].iter().any(|key| table.has(key)) {
        let whole = table.whole();
        let finding = Finding::mistake(&whole.place, &whole.key, "nobody can send as this source");
        table.report.tell(finding.expected("token_sha256, path_secret_sha256 or signing_secret").following());
    }
    (Source { may: may.into_iter().collect(), unit, trust_time }, settings)
}

fn signing_secrets(table: &Table<'_>) -> Vec<SigningSecret> {
    let mut read = Vec::new();
    for secret in secrets(table, "signing_secret") {
        match secret.value.expose().parse::<SigningSecret>() {
            Ok(signing) => read.push(signing),
            Err(_unread) => {
                table.wrong(
                    &secret,
                    "not a signing secret",
                    "whsec_ and the base64 of 24 to 64 random bytes",
                );
            }
        }
        if secret.value.expose() == EXAMPLE_SIGNING {
            warn_of_example(table, &secret);
        }
    }
    read
}

fn role(table: &Table<'_>, text: &At<String>, people: &People) -> Option<Role> {
    match text.value.as_str() {
        "office" => Some(Role::Office),
        "discipline" => Some(Role::Discipline),
        "operator" => Some(Role::Operator),
        "read" => Some(Role::Read),
        other => match other.strip_prefix("unit:") {
            Some(unit) => people.known_unit(table, &text.clone().map(|_| unit.to_owned())).map(Role::Unit),
            None => {
                table.dangling(text, ROLES, ["office", "discipline", "operator", "read"].into_iter());
                None
            }
        },
    }
}
