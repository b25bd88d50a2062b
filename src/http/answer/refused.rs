//! What stands against an answer, said as a page: whoever stands before it at night reads no JSON.

use std::time::Duration;

use axum::http::header::{ALLOW, CONNECTION, RETRY_AFTER};
use axum::response::Response;

use super::page::{Both, Page, both};
use super::{clock_time, plural};
use crate::domain::lock::Lock;
use crate::http::context::Context;
use crate::http::problem::Problem;
use crate::time::{Now, Timestamp};

/// A wrong number or code, in words that are the same whether the number is known or not.
pub(super) fn wrong() -> Both {
    both(
        "号码或数字不正确，没有记录。请对照消息重新输入；输错六次锁定十分钟，事件办结后数字即失效。",
        "The number or the digits are not right; nothing is recorded. Compare them with the message. Six wrong tries lock it for ten minutes; the digits end with the case.",
    )
}

/// A wrong code at a link, which has proved whose it is: how many tries are left, or until when it is locked.
pub(super) fn wrong_for(context: &Context, lock: &Lock, now: Now) -> Both {
    if let Some(until) = lock.until {
        return locked(context, until, now);
    }
    let left = lock.tries_left();
    both(
        format!("数字不正确，没有记录。请对照消息重新输入，还可以试{left}次。"),
        format!(
            "The digits are not right; nothing is recorded. Compare them with the message: {left} {} left.",
            if left == 1 { "try" } else { "tries" }
        ),
    )
}

/// Until when, rounded up to the minute: who comes back at the time that is said finds it open.
fn locked(context: &Context, until: Timestamp, now: Now) -> Both {
    let time = clock_time(&context.published(), until + Duration::from_secs(59), now);
    let (zh, en) = or_ring(context);
    both(
        format!("输错次数过多，锁定到{time}，到时请再试{zh}。别人的处置不受影响。"),
        format!("Too many wrong codes: locked until {time}. Try again then{en}. Others are not affected."),
    )
}

/// The way out by telephone, said only where the page shows the number.
fn or_ring(context: &Context) -> (&'static str, &'static str) {
    if context.live().contacts.office().is_some() {
        ("，或直接致电值班室", ", or ring the duty desk")
    } else {
        ("", "")
    }
}

/// The page in place of what was answered below `/a` before a handler of the page came to it; the rest of the answer
/// stays as it is. A page is left alone.
pub(in crate::http) fn as_page(context: &Context, response: Response) -> Response {
    let Some(problem) = response.extensions().get::<Problem>().cloned() else { return response };
    let mut page = told(context, Err(problem));
    for name in [ALLOW, CONNECTION, RETRY_AFTER] {
        if let Some(value) = response.headers().get(&name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
    page
}

/// The page for what stands against it.
pub(super) fn told(context: &Context, tried: Result<Response, Problem>) -> Response {
    let problem = match tried {
        Ok(response) => return response,
        Err(problem) => problem,
    };
    let page = Page::new(context).bad(note(context, &problem)).with_office(context);
    let page = if problem.code == "case_closed" { page } else { page.or_elsewhere() };
    page.show_until(problem.status, problem.retry_after)
}

fn note(context: &Context, problem: &Problem) -> Both {
    let (zh, en) = or_ring(context);
    let now = context.now();
    match problem.code {
        "locked" => locked(context, now.either() + problem.retry_after.unwrap_or_default(), now),
        "too_many" => match problem.retry_after.map(|after| after.as_secs().div_ceil(60).max(1)) {
            Some(minutes) => both(
                format!("现在人太多，没有记录。请{minutes}分钟后再试{zh}。"),
                format!(
                    "Too many at once; nothing is recorded. Try again in {minutes} minute{}{en}.",
                    plural(minutes)
                ),
            ),
            None => both(
                format!("现在人太多，没有记录。请过一会儿再试{zh}。"),
                format!("Too many at once; nothing is recorded. Try again soon{en}."),
            ),
        },
        "case_closed" => {
            both("事件已办结，不需要再处理。", "The case is closed; nothing more is asked of you.")
        }
        "holding" => both(
            format!("已生效，但记录暂时写不进磁盘。请过一会儿再按一次{zh}。"),
            format!("It takes effect, but cannot be written down just now. Press once more in a while{en}."),
        ),
        "forbidden" => both(
            "没有记录：请从收到的消息重新打开本页。",
            "Nothing is recorded: open this page again from the message you got.",
        ),
        "not_found" => both(
            "没有这个页面：链接可能不完整。请从收到的消息重新打开，或用下面的入口。",
            "There is no such page: part of the link may be missing. Open it again from the message, or go on below.",
        ),
        "method_not_allowed" => both(
            "没有记录：本页只能打开和提交。请从下面的入口重新打开。",
            "Nothing is recorded: this page can be opened and sent, no more. Open it again below.",
        ),
        "malformed" | "unsupported_type" | "invalid" => both(
            "没有记录：收到的内容无法识别。请重新打开本页再填一次。",
            "Nothing is recorded: what came cannot be read. Open the page again and fill it in once more.",
        ),
        "too_large" => both(
            "没有记录：提交的内容太长。请只填手机号和四位数字。",
            "Nothing is recorded: too much was sent. Enter the number and the four digits, no more.",
        ),
        "too_slow" => both(
            format!("没有记录：网络太慢，没有收全。请再试一次{zh}。"),
            format!("Nothing is recorded: the network is slow, and not all of it came. Try again{en}."),
        ),
        "internal" => both(
            format!("系统出错，不能确定是否已记录。请重新打开本页查看，没有记录的请再试一次{zh}。"),
            format!(
                "Something went wrong here; it may be recorded or not. Open the page again, look, and try once more{en}."
            ),
        ),
        _ => both(
            format!("没有记录：系统暂时不能处理。请再试一次{zh}。"),
            format!("Nothing is recorded: the system cannot do it just now. Try again{en}."),
        ),
    }
}
