//! The pack as a page in Chinese: who is named, by what rule, what was sent, what the system went through, how to check.

use minijinja::value::Serde;
use serde_json::{Value, json};

use super::Pack;
use super::words::word;
use crate::ledger::export::Names;
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
    environment.add_filter("via", |text: String| via(&text));
    environment.add_filter("trouble", |text: String| trouble(&text));
    let lapses: Vec<Value> = pack
        .lapses
        .iter()
        .map(|line| {
            let told = line.told(names, zone).into_iter().filter(|(_, cell)| !cell.is_empty());
            let cells: Vec<(&str, String)> = told.map(|((heading, _), cell)| (heading, cell)).collect();
            json!({ "matter": line.matter(names), "cells": cells, "to_review": line.lapse.is_to_review() })
        })
        .collect();
    let values = json!({
        "pack": json, "lapses": lapses, "zone": zone.name(), "steps": include_str!("steps.sh"),
    });
    // What people called things is escaped by the file's ending.
    let template = environment.template_from_named_str("index.html", include_str!("index.html")).ok()?;
    template.render(Serde(&values)).ok()
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

fn trouble(text: &str) -> String {
    let (what, whose) = text.split_once(':').map_or((text, ""), |(what, whose)| (what, whose));
    let what = word(what);
    if whose.is_empty() { what.to_owned() } else { format!("{what}（{whose}）") }
}
