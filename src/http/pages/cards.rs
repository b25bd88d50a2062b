//! The rows of the last report on the page of a register: each has a tick of its own that nobody has set before.

use serde_json::{Map, Value, json};

use super::form::Desk;
use super::labels;
use super::typed::Typed;
use crate::http::reports::{Before, before};

/// So much of a page is for them, of the 60 KB that it may weigh.
const BYTES_MAX: usize = 20_000;
/// What stands around the cells of one, and around a cell.
const CARD_BYTES: usize = 420;
const CELL_BYTES: usize = 80;
/// What a sign that HTML has a use for is written as.
const ESCAPED_BYTES: usize = 6;

impl Desk<'_> {
    /// What is offered, to those who may see whom it names; nothing where rows are filed already.
    pub(super) fn cards(&self, typed: &Typed) -> Option<Value> {
        let Self { context, caller, slot, form, .. } = self;
        let has_rows = self.filed().is_some_and(|filed| filed.zero.is_none());
        if form.columns.is_empty() || has_rows || !caller.reads_rows(&context.published(), &slot.unit) {
            return None;
        }
        let before = before(context, (&form.id, &slot.unit), slot.period.place()).ok()??;
        let mut room = BYTES_MAX;
        let cards = (1..).zip(&before.rows).map_while(|(number, row): (u32, _)| {
            let (card, bytes) = self.card(typed, (&before, number), row);
            room = room.checked_sub(bytes)?;
            Some(card)
        });
        let cards: Vec<Value> = cards.collect();
        let rows = before.rows.len();
        Some(json!({
            "day": before.period.day, "number": (before.period.number > 1).then_some(before.period.number),
            "shown": cards.len(), "more": (cards.len() < rows).then_some(rows), "cards": cards,
        }))
    }

    /// One of them, and how many bytes of the page it takes at most.
    fn card(
        &self,
        typed: &Typed,
        (before, number): (&Before, u32),
        row: &Map<String, Value>,
    ) -> (Value, usize) {
        let mut bytes = CARD_BYTES;
        let mut cells = Vec::new();
        for column in &self.form.columns {
            let value = match row.get(&column.name) {
                None | Some(Value::Null) => continue,
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
            for text in [&column.label.zh, &column.label.en, &value] {
                bytes += text.len() + ESCAPED_BYTES * text.matches(['<', '>', '&', '"', '\'', '/']).count();
            }
            bytes += CELL_BYTES;
            cells.push(json!({ "label": labels(&column.label), "value": value }));
        }
        let id = Typed::tick(&before.report, number);
        let ticked = typed.get(&id) == "true";
        (json!({ "number": number, "id": id, "ticked": ticked, "cells": cells }), bytes)
    }
}
