//! Reminders of reports through the outbox: what people really read, and when.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use watchfire::channel::{Channel, Memory};
use watchfire::domain::names::ChannelId;

use crate::app::TestApp;

/// Everything that is to be sent by now has been.
async fn sent(app: &TestApp, channel: &Memory) -> Vec<String> {
    let now = watchfire::time::Clock::read(&app.clock).wall;
    app.until(|published| {
        let mut due = published.state.notifications.values().filter(|it| it.notification.due <= now);
        due.all(|track| track.state.is_settled()).then_some(())
    })
    .await;
    channel.take().into_iter().map(|message| message.text).collect()
}

#[tokio::test]
async fn one_message_over_both_forms_then_the_leader_and_then_the_list() {
    let reminded = "missing_after = \"4h\"\nremind_before = [\"30m\"]\n";
    let clerk = "mobile = \"+8613800000051\"\n";
    let with_mail = format!("{clerk}email = \"clerk@watchfire.example\"\n");
    let changes = [("missing_after = \"4h\"\n", reminded), (clerk, &*with_mail)];
    let app = TestApp::armed_with(&changes).await;
    let (sms, mail) = (Memory::new(), Memory::new());
    let channels = BTreeMap::from([
        (ChannelId::new("sms"), Arc::new(Channel::Memory(sms.clone()))),
        (ChannelId::new("voice"), Arc::new(Channel::Memory(Memory::new()))),
        (ChannelId::new("mail"), Arc::new(Channel::Memory(mail.clone()))),
    ]);
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    tasks.spawn(app.outbox(channels, 256).run(tasks.clone(), stop.clone()));
    let zero = json!({
        "unit": "trade", "form": "daily", "by": "trader", "zero": true, "asked": 23, "total": 23,
        "figures": { "on_duty": 23, "travelling": 0, "fever": 0 },
    });
    assert_eq!(app.post("/v1/reports", "office", &zero).await.status, 201);

    to(&app, "2026-11-23T07:29:00Z").await;
    let reminders = sent(&app, &sms).await;
    assert_eq!(reminders.len(), 1, "{reminders:?}");
    for part in ["统计报表和出行登记表", "截止16:00", "零报告"] {
        assert!(reminders[0].contains(part), "{reminders:?}");
    }
    to(&app, "2026-11-23T08:12:00Z").await;
    let leaders = sent(&app, &sms).await;
    assert_eq!(leaders.len(), 1, "{leaders:?}");
    assert!(leaders[0].contains("已过16:00时限"), "{leaders:?}");
    to(&app, "2026-11-23T08:42:00Z").await;
    let (office, list) = (sent(&app, &sms).await, sent(&app, &mail).await);
    assert!(office.iter().all(|text| text.contains("仍未报")) && !office.is_empty(), "{office:?}");
    assert!(list.iter().any(|text| text.contains("：统计报表") && text.contains("：出行登记表")), "{list:?}");
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

#[tokio::test]
async fn a_reminder_over_two_limits_names_the_first_and_the_list_says_whose_leader_does_not_know() {
    let clerk = "mobile = \"+8613800000051\"\n";
    let with_mail = format!("{clerk}email = \"clerk@watchfire.example\"\n");
    let app = TestApp::armed_with(&[
        (clerk, &*with_mail),
        // No way leads to the leader of finance.
        ("mobile = \"+8613800000011\"\n", ""),
        ("zero_allowed = true\nzero_needs", "remind_before = [\"30m\"]\nzero_allowed = true\nzero_needs"),
        (
            "due = \"0 0 16 * * *\"\nunits = [\"finance\"]\n",
            "due = \"0 0 18 * * *\"\nunits = [\"finance\"]\nremind_before = [\"2h30m\"]\n",
        ),
    ])
    .await;
    let (sms, mail) = (Memory::new(), Memory::new());
    let channels = BTreeMap::from([
        (ChannelId::new("sms"), Arc::new(Channel::Memory(sms.clone()))),
        (ChannelId::new("voice"), Arc::new(Channel::Memory(Memory::new()))),
        (ChannelId::new("mail"), Arc::new(Channel::Memory(mail.clone()))),
    ]);
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    tasks.spawn(app.outbox(channels, 256).run(tasks.clone(), stop.clone()));
    to(&app, "2026-11-23T07:29:00Z").await;
    let reminders = sent(&app, &sms).await;
    let of_both = reminders.iter().find(|text| text.contains("另1张")).expect("one over both forms");
    assert!(of_both.contains("统计报表未报，截止16:00") && !of_both.contains("出行登记表"), "{of_both}");
    to(&app, "2026-11-23T08:12:00Z").await;
    sent(&app, &mail).await;
    to(&app, "2026-11-23T08:42:00Z").await;
    let list = sent(&app, &mail).await;
    let lines: Vec<&str> = list.iter().flat_map(|text| text.lines()).collect();
    for line in ["财务部 Finance：统计报表（未能通知到单位负责人）", "交易部 Trade：统计报表"]
    {
        assert!(lines.contains(&line), "{list:?}");
    }
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

async fn to(app: &TestApp, instant: &str) {
    let at: watchfire::time::Timestamp = instant.parse().unwrap();
    let now = watchfire::time::Clock::read(&app.clock).wall;
    app.pass_seconds(at.since(now).as_secs()).await;
}
