//! The items of a written report: what a person wrote, else what is on record; what neither says stays unknown.

use super::facts::{Contents, contents};
use super::message::{Scene, kind_of};
use crate::channel::text::{self, Items, Language, clean};
use crate::domain::case::{Case, Clock, ClockState};
use crate::domain::names::{AuthorityId, DutyRole, Kind};
use crate::time::Timestamp;

/// The longest name of an event (首报要素 1), in Chinese characters; English words take more letters for the same.
const NAME_CHARS_MAX: usize = 30;
const NAME_LETTERS_MAX: usize = 80;
/// So many readings are listed, the newest last: a gate that measures all day fills no paper.
const READINGS_MAX: usize = 5;

/// Chinese or English, by the reader.
fn pick<'t>(language: Language, chinese: &'t str, english: &'t str) -> &'t str {
    match language {
        Language::Chinese => chinese,
        Language::English => english,
    }
}

/// All items of a first report.
pub(super) fn items(scene: &Scene<'_>, case: &Case, clock: &Clock) -> Items {
    let language = scene.language;
    let contents = contents(&scene.published.stores, case);
    let instant = |at: Timestamp| scene.published.directory.zone.format(at, "%Y-%m-%d %H:%M");
    let received = case.readings.first().map_or(case.opened_at, |reading| reading.received);
    let occurred = case.suspected_since.unwrap_or(case.discovered_at);
    let wrote = wrote(scene);
    Items {
        event: wrote.event.or_else(|| Some(name(scene, case, &contents))),
        received: wrote.received.or_else(|| Some(instant(received))),
        source: wrote.source.or_else(|| source(language, &contents)),
        occurred: wrote.occurred.or_else(|| Some(instant(occurred))),
        place: wrote.place.or_else(|| contents.place.clone()),
        numbers: wrote.numbers.or_else(|| Some(numbers(language, case.kind, &contents))),
        symptoms: wrote.symptoms.or_else(|| symptoms(scene, case, &contents)),
        cause: wrote.cause.or_else(|| cause(language, case, &contents)),
        scope: wrote.scope.or_else(|| scope(language, case.linked.len())),
        measures: wrote.measures.or_else(|| contents.measures.clone()),
        reporter: wrote.reporter.or_else(|| reporter(scene, clock)),
        told: wrote.told.or_else(|| told(scene, case, &clock.authority)),
        ..wrote
    }
}

/// The items of a later report: what a person wrote down as changed, how many there are, and who reports.
pub(super) fn changed(scene: &Scene<'_>, case: &Case, clock: &Clock) -> Items {
    let wrote = wrote(scene);
    Items {
        numbers: wrote
            .numbers
            .or_else(|| Some(numbers(scene.language, case.kind, &contents(&scene.published.stores, case)))),
        reporter: wrote.reporter.or_else(|| reporter(scene, clock)),
        ..wrote
    }
}

/// What a person wrote into the report.
fn wrote(scene: &Scene<'_>) -> Items {
    let word = |key: &str| scene.written(key);
    Items {
        event: word("event"),
        received: word("received"),
        source: word("source"),
        occurred: word("occurred"),
        place: word("place"),
        numbers: word("numbers"),
        symptoms: word("symptoms"),
        cause: word("cause"),
        scope: word("scope"),
        measures: word("measures"),
        trend: word("trend"),
        next: word("next"),
        leaders: word("leaders"),
        reporter: word("reporter"),
        told: word("told"),
    }
}

/// A time of the day, with the day where that is not today.
fn hour(scene: &Scene<'_>, at: Timestamp) -> String {
    let zone = &scene.published.directory.zone;
    let pattern = if zone.day(at) == zone.day(scene.now()) { "%H:%M" } else { "%m-%d %H:%M" };
    zone.format(at, pattern)
}

fn name(scene: &Scene<'_>, case: &Case, contents: &Contents) -> String {
    let unit = scene.contacts.unit(&case.unit);
    let short = unit.short_name.as_deref().unwrap_or(&unit.name);
    event_name(scene.language, (&unit.name, short), contents.place.as_deref(), kind_of(case))
}

/// What the event is called: unit, place, how many of what; the longest form that a form's field holds.
fn event_name(
    language: Language,
    (unit, short): (&str, &str),
    place: Option<&str>,
    kind: text::Kind,
) -> String {
    let (unit, short) = (clean(unit), clean(short));
    let place = place.map(clean).filter(|place| !place.is_empty());
    let (most, what) = match (language, kind) {
        (Language::Chinese, text::Kind::Fever) => (NAME_CHARS_MAX, "1人发热"),
        (Language::Chinese, text::Kind::Suspected) => (NAME_CHARS_MAX, "1人疑似"),
        (Language::Chinese, text::Kind::Confirmed) => (NAME_CHARS_MAX, "1人确诊"),
        (Language::English, text::Kind::Fever) => (NAME_LETTERS_MAX, "one fever"),
        (Language::English, text::Kind::Suspected) => (NAME_LETTERS_MAX, "one suspected case"),
        (Language::English, text::Kind::Confirmed) => (NAME_LETTERS_MAX, "one confirmed case"),
    };
    let full = |unit: &str, place: Option<&String>| match (language, place) {
        (Language::Chinese, place) => format!("{unit}{}{what}", place.map_or("", String::as_str)),
        (Language::English, Some(place)) => format!("{what}, {place}, {unit}"),
        (Language::English, None) => format!("{what}, {unit}"),
    };
    let forms = [(&unit, place.as_ref()), (&short, place.as_ref()), (&unit, None), (&short, None)];
    let fits = |name: &String| name.chars().count() <= most;
    let found = forms.into_iter().map(|(unit, place)| full(unit, place)).find(fits);
    found.unwrap_or_else(|| {
        let room = most.saturating_sub(full("…", None).chars().count());
        full(&format!("{}…", short.chars().take(room).collect::<String>()), None)
    })
}

/// Who told us first.
fn source(language: Language, contents: &Contents) -> Option<String> {
    let source = contents.source.as_deref()?;
    Some(match (language, &contents.device) {
        (Language::Chinese, None) => format!("系统报送（{source}）"),
        (Language::Chinese, Some(device)) => format!("系统报送（{source}，设备{device}）"),
        (Language::English, None) => format!("by system ({source})"),
        (Language::English, Some(device)) => format!("by system ({source}, device {device})"),
    })
}

fn numbers(language: Language, kind: Kind, contents: &Contents) -> String {
    let (suspected, confirmed) = match kind {
        Kind::Confirmed => (0, 1),
        Kind::Suspected => (1, 0),
        Kind::Fever | Kind::RuledOut => (0, 0),
    };
    let who = who(language, contents);
    match language {
        Language::Chinese => {
            let who = who.map(|who| format!("（{who}）")).unwrap_or_default();
            format!("疑似{suspected}，确诊{confirmed}，死亡0{who}")
        }
        Language::English => {
            let who = who.map(|who| format!(" ({who})")).unwrap_or_default();
            format!("suspected {suspected}, confirmed {confirmed}, deaths 0{who}")
        }
    }
}

/// The person, by so much as tells two people apart: the family name and the end of the employee number.
fn who(language: Language, contents: &Contents) -> Option<String> {
    let name = contents.name.as_deref().map(clean).and_then(|name| {
        let first = name.chars().next()?;
        // A Chinese family name is its first character; of any other name an initial is enough.
        Some(if ('\u{4e00}'..='\u{9fff}').contains(&first) {
            format!("{first}某")
        } else {
            format!("{first}.")
        })
    });
    let end = contents.reference.as_deref().map(clean).and_then(|reference| {
        let from = reference.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
        let end = reference.get(from..)?.to_owned();
        Some(format!("{}{end}", pick(language, "工号末四位", "staff no. ending ")))
    });
    let parts: Vec<String> = name.into_iter().chain(end).collect();
    (!parts.is_empty()).then(|| parts.join(pick(language, "，", ", ")))
}

fn symptoms(scene: &Scene<'_>, case: &Case, contents: &Contents) -> Option<String> {
    let readings: Vec<(String, String)> = case
        .readings
        .iter()
        .filter_map(|reading| Some((reading.temperature?.to_string(), hour(scene, reading.at))))
        .collect();
    let measured = temperatures(scene.language, &readings);
    let parts: Vec<String> = measured.into_iter().chain(contents.symptoms.clone()).collect();
    (!parts.is_empty()).then(|| parts.join(pick(scene.language, "，", ", ")))
}

/// `38.9℃（03:01），复测38.7℃（03:08）`; a single reading was taken when the event happened and needs no time.
fn temperatures(language: Language, readings: &[(String, String)]) -> Option<String> {
    let (first, rest) = readings.split_first()?;
    let unit = pick(language, "℃", " °C");
    if rest.is_empty() {
        return Some(format!("{}{unit}", first.0));
    }
    let left_out = rest.len().saturating_sub(READINGS_MAX - 1);
    let mut text = match language {
        Language::Chinese => format!("{}{unit}（{}）", first.0, first.1),
        Language::English => format!("{}{unit} ({})", first.0, first.1),
    };
    for (degrees, at) in rest.iter().skip(left_out) {
        text.push_str(&match language {
            Language::Chinese => format!("，复测{degrees}{unit}（{at}）"),
            Language::English => format!(", again {degrees}{unit} ({at})"),
        });
    }
    Some(text)
}

/// What can be said of the cause: the sender's words, an exposure, a cluster; never that it is certain.
fn cause(language: Language, case: &Case, contents: &Contents) -> Option<String> {
    let exposed =
        contents.exposure.then(|| pick(language, "有接触史", "known to have been exposed").to_owned());
    let cluster = case.cluster.as_deref().map(|rule| match language {
        Language::Chinese => format!("符合聚集性判定规则（{rule}）"),
        Language::English => format!("part of a cluster by rule {rule}"),
    });
    let mut parts: Vec<String> = contents.details.clone().into_iter().chain(exposed).chain(cluster).collect();
    if parts.is_empty() {
        return None;
    }
    parts.push(pick(language, "原因待核实", "cause not yet verified").to_owned());
    Some(parts.join(pick(language, "，", "; ")))
}

fn scope(language: Language, linked: usize) -> Option<String> {
    (linked > 0).then(|| match language {
        Language::Chinese => format!("与另外{linked}起事件关联，其他人员待核实"),
        Language::English => format!("linked with {linked} other events; who else is not yet verified"),
    })
}

/// Who reports: whoever wrote it, else whoever is on duty.
fn reporter(scene: &Scene<'_>, clock: &Clock) -> Option<String> {
    let wrote = clock.written.draft.as_ref().map(|draft| draft.actor.by.clone());
    let officer = {
        let crate::engine::Published { state, directory, .. } = scene.published;
        state.on_duty(directory, &DutyRole::new("officer"), scene.now())
    };
    let person = wrote.or_else(|| officer.clone())?;
    let name = clean(&scene.contacts.persons.get(&person)?.name);
    let organisation = &scene.contacts.organisation.name;
    let post = match scene.language {
        _ if officer != Some(person) => "",
        // A name that is the post already needs no other.
        Language::Chinese if name.contains("值班") => "",
        Language::Chinese => "值班员",
        Language::English => "duty officer ",
    };
    let mut text = format!("{organisation}{}{post}{name}", pick(scene.language, " ", ", "));
    if let Some(phone) = &scene.contacts.office_phone {
        text.push_str(&format!("{}{phone}", pick(scene.language, " 电话", ", tel. ")));
    }
    Some(text)
}

/// Who knows, and since when: people who said so, and the other authorities.
fn told(scene: &Scene<'_>, case: &Case, reader: &AuthorityId) -> Option<String> {
    let gap = pick(scene.language, "", " ");
    let people = case.confirmations.iter().filter_map(|known| {
        let name = clean(&scene.contacts.persons.get(&known.by)?.name);
        Some(format!("{name}{gap}{}", hour(scene, known.at)))
    });
    let others =
        case.clocks.iter().filter(|clock| clock.authority != *reader && clock.state != ClockState::Withdrawn);
    let authorities = others.filter_map(|clock| {
        let name = clean(&scene.contacts.authorities.get(&clock.authority)?.name);
        let at = clock.phone.proof.as_ref().map(|proof| proof.at).or(clock.written.sent_at)?;
        Some(format!("{name}{gap}{}", hour(scene, at)))
    });
    let known: Vec<String> = people.chain(authorities).collect();
    (!known.is_empty()).then(|| known.join(pick(scene.language, "；", "; ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::facts::read;
    use serde_json::json;

    #[test]
    fn an_event_is_named_by_unit_place_and_kind_in_thirty_characters() {
        let unit = ("拍卖公司", "拍卖公司");
        let zh = |place| event_name(Language::Chinese, unit, place, text::Kind::Suspected);
        assert_eq!(zh(Some("职工宿舍")), "拍卖公司职工宿舍1人疑似");
        assert_eq!(zh(None), "拍卖公司1人疑似");
        let long = "哈尔滨市南岗区某某街道某某路一百二十三号职工宿舍三楼东侧";
        assert_eq!(zh(Some(long)), "拍卖公司1人疑似");
        let en = |place| event_name(Language::English, unit, place, text::Kind::Confirmed);
        assert_eq!(en(Some("staff dormitory")), "one confirmed case, staff dormitory, 拍卖公司");
        let endless = "长".repeat(100);
        for language in [Language::Chinese, Language::English] {
            for place in [None, Some(endless.as_str())] {
                let name = event_name(language, (&endless, &endless), place, text::Kind::Fever);
                let most = if language == Language::Chinese { NAME_CHARS_MAX } else { NAME_LETTERS_MAX };
                assert!(name.chars().count() <= most && name.contains('…'), "{name}");
            }
        }
    }

    #[test]
    fn what_senders_wrote_is_known_and_the_first_of_them_is_the_source() {
        let first = json!({ "source": "gate", "device": "东门", "place": "一楼", "exposure": false,
                            "person": { "reference": "E1024", "name": null } });
        let newest = json!({ "source": "hr", "place": "宿舍", "exposure": true, "details": "与确诊者同住",
                             "person": { "reference": null, "name": "李雷" } });
        let contents = read([newest, first].into_iter());
        assert_eq!(contents.place.as_deref(), Some("宿舍"));
        assert_eq!(source(Language::Chinese, &contents).unwrap(), "系统报送（gate，设备东门）");
        assert_eq!(source(Language::English, &contents).unwrap(), "by system (gate, device 东门)");
        assert_eq!(
            numbers(Language::Chinese, Kind::Suspected, &contents),
            "疑似1，确诊0，死亡0（李某，工号末四位1024）"
        );
        assert_eq!(
            numbers(Language::English, Kind::Confirmed, &contents),
            "suspected 0, confirmed 1, deaths 0 (李某, staff no. ending 1024)"
        );
        assert!(contents.exposure && contents.details.is_some());
    }

    #[test]
    fn a_person_is_told_apart_and_not_named_in_full() {
        let about = |person| read(std::iter::once(json!({ "person": person })));
        let who = |person| who(Language::English, &about(person));
        assert_eq!(who(json!({ "name": "Smith John" })).unwrap(), "S.");
        assert_eq!(who(json!({ "reference": "7" })).unwrap(), "staff no. ending 7");
        assert_eq!(who(json!({})), None);
    }

    #[test]
    fn every_reading_is_listed_with_its_time_and_a_gate_fills_no_paper() {
        let reading = |n: usize| (format!("38.{n}"), format!("03:0{n}"));
        let all: Vec<_> = (1..9).map(reading).collect();
        let zh = |count: usize| temperatures(Language::Chinese, all.get(..count).unwrap());
        assert_eq!(zh(0), None);
        assert_eq!(zh(1).unwrap(), "38.1℃");
        assert_eq!(zh(2).unwrap(), "38.1℃（03:01），复测38.2℃（03:02）");
        assert_eq!(zh(8).unwrap().matches("复测").count(), READINGS_MAX - 1);
        assert!(zh(8).unwrap().starts_with("38.1℃（03:01），复测38.5℃"));
        let en = temperatures(Language::English, all.get(..2).unwrap()).unwrap();
        assert_eq!(en, "38.1 °C (03:01), again 38.2 °C (03:02)");
    }
}
