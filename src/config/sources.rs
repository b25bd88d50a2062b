//! Sources of fever events, programs, roles: who may come in.

use std::collections::{BTreeMap, BTreeSet};

use super::channels::tokens;
use super::daemon::KINDS;
use super::finding::Finding;
use super::people::People;
use super::reader::{At, Table};
use super::{Places, id};
use crate::domain::directory::{Role, Source};
use crate::domain::names::{ClientId, PersonId, SourceId, UnitId};
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

/// Reads `[[source]]`, `[[client]]` and `[[role]]`.
pub(super) fn read(root: &Table<'_>, places: &Places, people: &People) -> Sources {
    let mut sources = Sources::default();
    let mut known = Vec::new();
    for table in root.tables("source") {
        if let Some(id) = id(&table, &mut known) {
            places.note(format!("source:{id}"), table.place());
            sources.source(&table, SourceId::new(&id), people);
        }
        table.finish();
    }
    let mut known = Vec::new();
    for table in root.tables("client") {
        let id = id(&table, &mut known);
        let role = table.required("role", "office, unit:ID, discipline, operator or read");
        let role = role.and_then(|role| self::role(&table, &role, people));
        let tokens = tokens(&table, "token_sha256");
        if !table.has("token_sha256") {
            table.missing(
                "token_sha256",
                "the SHA-256 of the program's token, as `watchfire token` prints it",
            );
        }
        if let (Some(id), Some(role)) = (id, role) {
            places.note(format!("client:{id}"), table.place());
            sources.clients.push(ClientSettings { id: ClientId::new(&id), role, tokens });
        }
        table.finish();
    }
    for table in root.tables("role") {
        let person =
            table.required("person", "the id of a [[person]]").and_then(|who| people.known(&table, &who));
        let role = table.required("role", "office, unit:ID, discipline, operator or read");
        let role = role.and_then(|role| self::role(&table, &role, people));
        sources.roles.extend(person.zip(role));
        table.finish();
    }
    sources
}

impl Sources {
    fn source(&mut self, table: &Table<'_>, id: SourceId, people: &People) {
        let formats = [
            ("native", Some(Format::Native)),
            ("cloudevents", Some(Format::CloudEvents)),
            ("fhir", Some(Format::Fhir)),
            ("hikvision", Some(Format::Hikvision)),
            ("mapped", None),
        ];
        let format = table.word("format", &formats);
        if format.is_none() && !table.has("format") {
            table.missing("format", "native, cloudevents, fhir, hikvision or mapped");
        }
        let format = format.flatten();
        let may = table.words("may", &KINDS).unwrap_or_else(|| vec![crate::domain::names::Kind::Fever]);
        let unit = table.text("unit").and_then(|unit| known_unit(table, &unit, people));
        let devices = matches!(format, Some(Format::Hikvision) | None);
        let trust_time = table.bool("trust_time").unwrap_or(!devices);
        let mut secrets: Vec<SigningSecret> = Vec::new();
        if let Some(secret) = super::secret::secret(table, "signing_secret") {
            let at = At { value: (), place: table.place().clone(), key: table.key("signing_secret") };
            secrets.extend(signing_secret(table, secret.expose(), &at));
        }
        if let Some(map) = table.table("map") {
            drop(map.free());
        }
        let settings = SourceSettings {
            format,
            tokens: tokens(table, "token_sha256"),
            path_secrets: tokens(table, "path_secret_sha256"),
            signing: secrets,
            expect_every: table.duration("expect_every").map(|every| every.value),
        };
        let open = ["token_sha256", "path_secret_sha256", "signing_secret"].iter().any(|key| table.has(key));
        if !open {
            let message = "nobody can send as this source";
            let finding = Finding::mistake(table.place(), &table.key("token_sha256"), message);
            table.tell(finding.help("add token_sha256, path_secret_sha256 or signing_secret"));
        }
        self.rules
            .insert(id.clone(), Source { may: may.into_iter().collect::<BTreeSet<_>>(), unit, trust_time });
        self.settings.insert(id, settings);
    }
}

fn signing_secret<T>(table: &Table<'_>, text: &str, at: &At<T>) -> Option<SigningSecret> {
    match text.parse::<SigningSecret>() {
        Ok(secret) => Some(secret),
        Err(error) => {
            table.wrong(at, error.to_string());
            None
        }
    }
}

fn known_unit(table: &Table<'_>, unit: &At<String>, people: &People) -> Option<UnitId> {
    let found = people.units.get_key_value(unit.value.as_str()).map(|(id, _)| id.clone());
    if found.is_none() {
        table.wrong(unit, "expected the id of a [[unit]]");
    }
    found
}

fn role(table: &Table<'_>, text: &At<String>, people: &People) -> Option<Role> {
    match text.value.as_str() {
        "office" => Some(Role::Office),
        "discipline" => Some(Role::Discipline),
        "operator" => Some(Role::Operator),
        "read" => Some(Role::Read),
        other => match other.strip_prefix("unit:") {
            Some(unit) => known_unit(table, &text.clone().map(|_| unit.to_owned()), people).map(Role::Unit),
            None => {
                table.wrong(text, "expected office, unit:ID, discipline, operator or read");
                None
            }
        },
    }
}
