//! What was recorded, when, and what is to be done next.

use std::time::Duration;

use super::page::{Both, Call, Page, both};
use super::{clock_time, headline, owing, plural};
use crate::domain::case::{Case, Clock};
use crate::domain::command::Act;
use crate::domain::fact::Fact;
use crate::domain::names::{AuthorityId, CaseId, Medium, PersonId};
use crate::domain::notification::Purpose;
use crate::engine::Answer;
use crate::http::context::Context;
use crate::time::Now;

/// The page after the right code.
pub(super) fn recorded(
    context: &Context,
    (tried, case, person): (&Answer, Option<&Case>, &PersonId),
    (act, now): (Act, Now),
) -> Page {
    let at = context.published().directory.zone.format(now.wall, "%H:%M:%S");
    let note = |zh: &str, en: &str| both(format!("已记录 {at}，{zh}"), format!("Recorded {at}: {en}"));
    let page = Page::new(context);
    let page = match case {
        Some(case) => page.about(headline(context, case)),
        None => page,
    };
    let clock = case.and_then(owing);
    let others = case.and_then(|case| handled(context, case, person));
    match act {
        Act::Take | Act::TakeOver => {
            let (mut steps, call) = after_taking(context, tried, case.zip(clock));
            if tried.facts.iter().any(tells_the_former) {
                steps.insert(0, both("原处置人会收到通知。", "Whoever handled it before is told."));
            }
            let page = if clock.is_none() { page.with_office(context) } else { page };
            page.good(note("由您处置。", "you handle it.")).next(steps, call)
        }
        Act::Confirm => {
            let calling = others.is_none();
            let page = page.good(note("您知道了。", "you know.")).handled(others);
            let step = match clock {
                None => return page,
                Some(_) if calling => both(
                    "报告时限没有停止，还在呼叫处置人。",
                    "The clock is running, and we are still calling for somebody to take it.",
                ),
                Some(_) => both("报告时限没有停止。", "The clock is running."),
            };
            page.next(vec![step], None)
        }
        Act::Pass if others.is_some() => {
            page.good(note("您无法处置。", "you cannot handle it.")).handled(others)
        }
        // Only what was recorded with it is promised.
        Act::Pass
            if case.is_some_and(|case| tried.facts.iter().any(|it| it.calls_another(&case.id, person))) =>
        {
            page.good(note("您无法处置，马上呼叫下一位。", "you cannot; the next person is called at once."))
        }
        Act::Pass => page.with_office(context).good(note(
            "您无法处置；这一次没有再呼叫别的人。如还没有人处置，请联系值班室。",
            "you cannot; nobody further is called for this. If nobody handles it yet, ring the duty desk.",
        )),
        // Whoever this is got the message of somebody else: no name is theirs to read.
        Act::WrongPerson(Medium::Email) => page.good(note(
            "本邮箱不会再收到邮件。对不起打扰了，请删除该邮件。",
            "this address gets no more mail. Sorry to have troubled you; please delete the mail.",
        )),
        Act::WrongPerson(Medium::Phone | Medium::Sms | Medium::Robot) => page.good(note(
            "本号码不会再收到来电和短信。对不起打扰了，请删除该消息。",
            "this number gets no more calls and messages. Sorry to have troubled you; please delete the message.",
        )),
    }
}

/// The question whether to take a case from whoever handles it: the code is there already, the answer is one button.
pub(super) fn anothers(context: &Context, (case, handler): (&CaseId, &PersonId), ask: Page) -> Page {
    let name = context.live().contacts.person(handler);
    let (zh, en) =
        name.map_or_else(|| ("别人".to_owned(), "Somebody".to_owned()), |name| (name.clone(), name));
    let note =
        both(format!("还没有记录：{zh}正在处置。"), format!("Nothing is recorded yet: {en} is handling it."));
    let page = match context.published().state.case(case) {
        Some(case) => ask.about(headline(context, case)),
        None => ask,
    };
    let button = both(format!("{zh}正在处置：改由我处置？"), format!("{en} is handling it: take it over?"));
    page.handled(None).bad(note).over(button)
}

fn tells_the_former(fact: &Fact) -> bool {
    matches!(fact, Fact::NotificationPlanned { notification, .. } if notification.purpose == Purpose::Relieved)
}

/// Who handles the case and since when, for a reader who has shown the code.
fn handled(context: &Context, case: &Case, reader: &PersonId) -> Option<Both> {
    let handler = case.handler.as_ref().filter(|_| case.is_taken())?;
    let since = clock_time(&context.published(), handler.since, context.now());
    if handler.person == *reader {
        return Some(both(format!("{since}起由您处置。"), format!("You have handled it since {since}.")));
    }
    let name = context.live().contacts.person(&handler.person);
    Some(name.map_or_else(
        || both(format!("{since}起已有人处置。"), format!("Somebody has handled it since {since}.")),
        |name| both(format!("{since}起由{name}处置。"), format!("{name} has handled it since {since}.")),
    ))
}

/// The next steps of a handler: telephone first, then in writing.
fn after_taking(
    context: &Context,
    tried: &Answer,
    owes: Option<(&Case, &Clock)>,
) -> (Vec<Both>, Option<Call>) {
    let Some((case, clock)) = owes else { return (vec![retest(context)], None) };
    let published = context.published();
    let due = clock_time(&published, clock.due, context.now());
    let name = context.live().contacts.authority(&clock.authority);
    let name = name.map_or_else(|| clock.authority.to_string(), |(name, _)| name);
    let mut steps = Vec::new();
    let phoned = clock.phone.proof.is_some();
    if !phoned {
        steps.push(both(
            format!("先打电话报告{name}，{due}前要有人接报；记下接报人姓名职务和时间，并登记。"),
            format!("First ring {name}: somebody there must have taken the report by {due}. Note and enter who took it, and when."),
        ));
    }
    if clock.written.sent_at.is_none() {
        let policy = tried.state.policy(case, clock.plan).and_then(|policy| policy.clock.clone());
        let latest =
            policy.map(|policy| clock_time(&published, clock.anchor + policy.written.latest, context.now()));
        let (zh, en) = latest
            .map(|latest| {
                (
                    format!("；最迟{latest}由系统发出当前稿"),
                    format!("; at {latest} the system sends what there is"),
                )
            })
            .unwrap_or_default();
        steps.push(both(format!("再发书面报告{zh}。"), format!("Then send the written report{en}.")));
    }
    if let Some(idle) = tried.state.policy(case, clock.plan).and_then(|policy| policy.idle_after) {
        let minutes = whole_minutes(idle);
        steps.push(both(
            format!("{minutes}分钟内没有进展，我们会再次来电。"),
            format!("Without progress in {minutes} minute{} we ring again.", plural(minutes)),
        ));
    }
    let call = if phoned { None } else { call(context, &clock.authority, clock) };
    (steps, call)
}

/// The duty desk is named where its number is shown.
fn retest(context: &Context) -> Both {
    if context.live().contacts.office().is_some() {
        both(
            "请立即复测体温、先行隔离，并把结果告诉值班室。",
            "Retest and isolate at once, and tell the duty desk the result.",
        )
    } else {
        both("请立即复测体温、先行隔离。", "Retest and isolate at once.")
    }
}

/// The number that the daemon itself would ring at this hour.
fn call(context: &Context, authority: &AuthorityId, clock: &Clock) -> Option<Call> {
    let (name, numbers) = context.live().contacts.authority(authority)?;
    let directory = &context.published().directory;
    let open = directory.numbers_at(authority, Some(&clock.phone), context.now().either());
    let (number, extension) = numbers.get(usize::try_from(*open.first()?).ok()?)?.clone();
    Some(Call { name, number, extension })
}

fn whole_minutes(span: Duration) -> u64 {
    span.as_secs().div_ceil(60)
}
