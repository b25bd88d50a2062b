//! The pack as a page in Chinese: who is named, by what rule, what was sent, what the system went through, how to check.

use minijinja::value::Serde;
use serde_json::{Value, json};

use super::Pack;
use super::words::word;
use crate::domain::lapse::{About, Lapse};
use crate::domain::names::PersonId;
use crate::ledger::export::Names;
use crate::ledger::words;
use crate::time::{Timestamp, Zone};

const INSTANT: &str = "%Y-%m-%d %H:%M:%S";

/// The page; none where it cannot be written.
pub(super) fn written(pack: &Pack, (json, names): (&Value, &dyn Names), zone: &Zone) -> Option<String> {
    let mut environment = minijinja::Environment::new();
    let syntax = minijinja::syntax::SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.ok()?);
    let name = zone.clone();
    environment.add_filter("at", move |text: String| shown(&text, &name));
    environment.add_filter("word", |text: String| word(&text).to_owned());
    environment.add_filter("unheld", |held: String, entry: Option<u64>| unheld(&held, entry));
    environment.add_filter("via", |text: String| via(&text));
    environment.add_filter("post", |text: String| post(&text));
    environment.add_filter("trouble", |text: String| trouble(&text));
    let lapses: Vec<Value> = pack
        .lapses
        .iter()
        .enumerate()
        .map(|(index, line)| {
            let told = line.told(names, zone).into_iter().filter(|(_, cell)| !cell.is_empty());
            let told = told.filter(|((heading, _), _)| !HEARD.contains(heading));
            let cells: Vec<(&str, String)> = told.map(|((heading, _), cell)| (heading, cell)).collect();
            json!({
                "matter": line.matter(names), "cells": cells, "unfit": line.lapse.is_unfit(),
                "ruled_out": line.lapse.ruled_out_since(), "excuse_since": line.lapse.excuse_since(),
                "heard": heard(&json["lapses"][index], &line.lapse, names),
            })
        })
        .collect();
    let values = json!({
        "pack": json, "lapses": lapses, "zone": zone.name(), "steps": include_str!("steps.sh"),
    });
    // What people called things is escaped by the file's ending.
    let template = environment.template_from_named_str("index.html", include_str!("index.html")).ok()?;
    template.render(Serde(&values)).ok()
}

/// Columns that say in short what the page tells below them at length: excuses, the word of those named, then verdicts.
const HEARD: [&str; 6] = ["系统查明的免责情形", "陈述", "处理意见", "处理时间", "处理人", "处理次数"];

/// What people wrote of a lapse, by the names of figures and people.
fn heard(told: &Value, lapse: &Lapse, names: &dyn Names) -> Value {
    let mut heard = told.clone();
    let called = |by: &Value| {
        let person = by.as_str().map(PersonId::new);
        person.and_then(|person| names.person(&person)).unwrap_or_default()
    };
    let form = match &lapse.about {
        About::Slot { slot } | About::Report { slot, .. } | About::Correction { slot, .. } => {
            Some(&slot.period.form)
        }
        About::Telephone { .. } | About::Written { .. } | About::Event { .. } => None,
    };
    for report in heard["reports"].as_array_mut().into_iter().flatten() {
        let figures = report["figures"].as_object().into_iter().flatten();
        let figures = figures.filter(|(_, value)| !value.is_null()).map(|(field, value)| {
            let name = form.map_or_else(|| field.clone(), |form| names.figure(form, field));
            format!("{name} {}", value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned))
        });
        let shown = figures.collect::<Vec<_>>().join("；");
        report["shown"] = json!(shown);
        report["called"] = json!(called(&report["filed_by"]));
    }
    let excuses = heard["excuses"].as_array_mut().into_iter().flatten();
    for (it, excuse) in excuses.zip(&lapse.excuses) {
        it["zh"] = json!(words::excuse(excuse.what));
    }
    for it in heard["statements"].as_array_mut().into_iter().flatten() {
        it["called"] = json!(called(&it["by"]));
    }
    let verdicts = heard["verdicts"].as_array_mut().into_iter().flatten();
    for (it, verdict) in verdicts.zip(&lapse.verdicts) {
        it["called"] = json!(called(&it["by"]));
        it["clause"] = json!(words::clause(verdict.clause));
        let found = verdict.findings.found.iter().map(|finding| words::need(finding.word()).to_owned());
        let provision = verdict.findings.provision.map(|number| format!("九项规定第{number}项"));
        it["found"] = json!(found.chain(provision).collect::<Vec<_>>().join("、"));
    }
    for (it, (clause, _)) in heard["clauses"].as_array_mut().into_iter().flatten().zip(lapse.clauses()) {
        let lacking = it["lacking"].as_array().into_iter().flatten().filter_map(Value::as_str);
        it["lacking"] = json!(lacking.map(words::need).collect::<Vec<_>>().join("、"));
        it["clause"] = json!(words::clause(Some(clause)));
    }
    heard
}

/// An instant by the organisation's clock; what is none stays as it is.
fn shown(text: &str, zone: &Zone) -> String {
    text.parse::<Timestamp>().map_or_else(|_cause| text.to_owned(), |at| zone.format(at, INSTANT))
}

/// What proved who did it.
fn via(word: &str) -> String {
    match word.split_once(':') {
        Some(("program", client)) => format!("程序 {client}"),
        _ => match word {
            "session" => "本人登录",
            "code" => "短信验证码",
            "digit" => "电话按键",
            _ => word,
        }
        .to_owned(),
    }
}

/// A post by its word; what is none stays as it is.
fn post(word: &str) -> String {
    serde_json::from_value(json!(word))
        .map_or_else(|_cause| word.to_owned(), |post| words::post(post).to_owned())
}

/// Why there is no text.
fn unheld(held: &str, erased_in: Option<u64>) -> String {
    match (held, erased_in) {
        ("erased", Some(entry)) => format!("（已依法删除，见条目 {entry} erased, see entry {entry}）"),
        ("missing", _) => {
            "（缺失：保险库中没有或打不开，也没有删除的记录，属于故障 MISSING: the vault does not hold it or cannot open it, and no erasure is on record; a fault）".to_owned()
        }
        ("not_opened", _) => {
            "（打包时没有保险库密钥，未打开 not opened: the vault's key was not there）".to_owned()
        }
        (_, _) => String::new(),
    }
}

fn trouble(text: &str) -> String {
    let (what, whose) = text.split_once(':').map_or((text, ""), |(what, whose)| (what, whose));
    let what = word(what);
    if whose.is_empty() { what.to_owned() } else { format!("{what}（{whose}）") }
}
