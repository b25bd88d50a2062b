//! What stands against a request, said as a page.

use axum::http::header::{ALLOW, CONNECTION, RETRY_AFTER};
use axum::response::Response;
use serde_json::{Value, json};

use super::{both, page_for};
use crate::http::context::Context;
use crate::http::problem::Problem;

/// Whether whoever reports stands before what is answered at this path, and not a program.
pub(in crate::http) fn is_page(path: &str) -> bool {
    matches!(path, "/" | "/f" | "/h" | "/r" | "/sign-in" | "/sign-out")
        || path.starts_with("/f/")
        || path.starts_with("/r/")
}

/// The page in place of what was answered before a handler of the page came to it; a page is left alone.
pub(in crate::http) fn as_page(context: &Context, response: Response) -> Response {
    let Some(problem) = response.extensions().get::<Problem>().cloned() else { return response };
    let mut page = told(context, &problem);
    for name in [ALLOW, CONNECTION, RETRY_AFTER] {
        if let Some(value) = response.headers().get(&name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
    page
}

/// The page for what stands against it.
pub(super) fn told(context: &Context, problem: &Problem) -> Response {
    page_for((context, None), ("refused.html", json!({ "note": note(problem) })), problem)
}

/// What stands against it, and what can be done, in both languages.
pub(super) fn note(problem: &Problem) -> Value {
    match problem.code {
        "too_many" | "locked" => both(
            "现在人太多或试的次数太多。请过几分钟再试。",
            "Too many at once, or too many tries: try again in a few minutes.",
        ),
        "busy" | "unavailable" | "stopping" => both(
            "没有收到：系统暂时不能处理。请稍后再按一次。",
            "Not received: the system cannot do it just now. Press once more in a while.",
        ),
        "holding" => both(
            "没有收到：记录暂时写不进磁盘。请稍后再按一次。",
            "Not received: nothing can be written down just now. Press once more in a while.",
        ),
        "forbidden" | "person_only" => both(
            "没有这项权限，或请求不是从本站页面发出的。",
            "You have no right to this, or it was not sent from a page of ours.",
        ),
        "unauthorized" => both("请先登录。", "Sign in first."),
        "not_found" => both(
            "没有这个页面：链接可能不完整，或已过去太久。",
            "There is no such page: part of the link may be missing, or it is too long ago.",
        ),
        "method_not_allowed" => both("本页只能打开和提交。", "This page can be opened and sent, no more."),
        "too_large" => both("没有收到：内容太大。", "Not received: it is too large."),
        "too_slow" => both(
            "没有收到：网络太慢，没有收全。请再试一次。",
            "Not received: the network is slow, and not all of it came. Try again.",
        ),
        "slot_not_open" => {
            both("没有收到：还没有到开放填报的时间。", "Not received: it cannot be filed yet.")
        }
        "not_owed" => both(
            "没有收到：本单位这一天不需要报这张表。",
            "Not received: the unit does not owe this form on that day.",
        ),
        "no_such_slot" => both(
            "没有收到：没有这一期，或已过去太久。",
            "Not received: there is no such slot, or it is too long ago.",
        ),
        "contradicted" => both(
            "还没有收下：与系统已知不符。请核对后更正；确属实情的，请在下面勾选并写明理由。首次报送半小时内再报的，按首次送达时间计。",
            "Not taken yet: it says otherwise than what is known. Correct it, or say below that it stands and why. A first report that is sent again within half an hour counts from when it was first sent.",
        ),
        "consent_needed" => both(
            "还没有收下：请先确认表中各人已同意，已填的都在。",
            "Not taken yet: say first that the people in the rows have agreed; all you typed is kept.",
        ),
        "no_such_row" | "not_last_report" => both(
            "还没有收下：上次的报告已有变化，请重新核对上次的各行，已填的都在。",
            "Not taken yet: the last report has changed. Look at its rows again; all you typed is kept.",
        ),
        "invalid" => both(
            "还没有收下：请改正标出的各处，已填的都在。",
            "Not taken yet: put right what is marked; all you typed is kept.",
        ),
        "unsupported_type" => {
            both("没有收到：请上传 XLSX 或 CSV 文件。", "Not received: upload an XLSX or a CSV file.")
        }
        "internal" => both(
            "系统出错，不能确定是否已收。请到“我的报送”查看，没有收到的请再提交。",
            "Something went wrong here; it may be on record or not. Look at your reports, and send it again if it is not there.",
        ),
        "not_filer" | "not_late" | "not_shown" | "filed_meanwhile" => not_of_this(problem.code),
        _ => both(
            "没有收到：内容无法识别。请重新打开再试。",
            "Not received: it cannot be read. Open the page again and try once more.",
        ),
    }
}

/// Why a report that is there already stays as it is.
fn not_of_this(code: &str) -> Value {
    match code {
        "not_filer" => both(
            "没有附上：原因只由报送这一份的人说明。",
            "Not added: whoever filed this report says why it was late, and nobody else.",
        ),
        "not_late" => both(
            "没有附上：这一份没有迟报，不需要说明。",
            "Not added: this report is not late, and no reason is owed.",
        ),
        "filed_meanwhile" => both(
            "还没有收下：您打开本页之后，已有人（或您在别处）报过这一份。请先核对那一份；再次提交就是更正它。已填的都在。",
            "Not taken yet: after you opened this page somebody, or you elsewhere, filed this report. Look at that one; sending this again corrects it. All you typed is kept.",
        ),
        _ => both(
            "没有收下：逐项提交会丢掉本页不能显示的内容，已报的一份不变。",
            "Not taken: sent field by field it would leave out what the page cannot show. What was filed stands.",
        ),
    }
}
